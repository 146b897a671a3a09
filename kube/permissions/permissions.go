// Package permissions answers who may do what, from the roles and bindings of a cluster or of manifests, and lets the
// API server confirm it.
//
// Its one rule: the API server is right. Where it may be asked its answer counts, and what was computed only says
// through which binding.
package permissions

import (
	"context"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// World is the roles and bindings of one cluster. It implements snapshot.Source, and knows no functions.
type World struct{ *store.Store }

// Get returns the object, or nil.
func (w World) Get(ref model.Ref) model.Object { return w.Object(ref) }

// Function returns nil.
func (w World) Function(model.FunctionKey) *model.Function { return nil }

// Functions returns nothing.
func (w World) Functions(string) []*model.Function { return nil }

// source is one kind to read.
type source struct {
	kind     schema.GroupKind
	resource string
	list     func() runtime.Object
}

var sources = []source{
	{rbac.ClusterRoleKind, "clusterroles", func() runtime.Object { return &rbacv1.ClusterRoleList{} }},
	{rbac.ClusterRoleBindingKind, "clusterrolebindings", func() runtime.Object { return &rbacv1.ClusterRoleBindingList{} }},
	{rbac.RoleKind, "roles", func() runtime.Object { return &rbacv1.RoleList{} }},
	{rbac.RoleBindingKind, "rolebindings", func() runtime.Object { return &rbacv1.RoleBindingList{} }},
}

// Read reads the roles and bindings of a cluster. Where they may not be listed everywhere, those of the namespaces are
// tried; what may be listed nowhere is Denied in the World, and no error.
func Read(ctx context.Context, c *client.Client, namespaces []string) (World, error) {
	w := World{store.New(nil, rbac.Kinds()...)}
	for i := range sources {
		s := &sources[i]
		err := w.list(ctx, c, s, "")
		switch client.Classify(err) {
		case client.KindNone:
			w.SetAvailability(s.kind, "", frameworks.Available)
			continue
		case client.KindForbidden:
			w.SetAvailability(s.kind, "", frameworks.Denied)
		default:
			return w, err
		}
		if s.kind == rbac.ClusterRoleKind || s.kind == rbac.ClusterRoleBindingKind {
			continue
		}
		for _, ns := range namespaces {
			switch err := w.list(ctx, c, s, ns); client.Classify(err) {
			case client.KindNone:
				w.SetAvailability(s.kind, ns, frameworks.Available)
			case client.KindForbidden:
				w.SetAvailability(s.kind, ns, frameworks.Denied)
			default:
				return w, err
			}
		}
	}
	return w, nil
}

const pageSize = 500

func (w World) list(ctx context.Context, c *client.Client, s *source, namespace string) error {
	gvk := rbacv1.SchemeGroupVersion.WithKind(s.kind.Kind)
	q := client.Query{
		API:       client.API{GroupVersionResource: rbacv1.SchemeGroupVersion.WithResource(s.resource), Kind: s.kind.Kind},
		Namespace: namespace, Form: client.Typed,
	}
	for token := ""; ; {
		page := s.list()
		m, err := c.ListTyped(ctx, q, page, pageSize, token)
		if err != nil {
			return err
		}
		var objects []model.Object
		err = meta.EachListItemWithAlloc(page, func(o runtime.Object) error {
			record, err := w.Decoder().Typed(o, gvk)
			if err != nil {
				return fmt.Errorf("read %s: %w", s.resource, err)
			}
			objects = append(objects, record)
			return nil
		})
		if err != nil {
			return err
		}
		w.UpsertAll(objects)
		if token = m.Continue; token == "" {
			return nil
		}
	}
}

// NewReader returns a reader of a world that stands still.
func NewReader(w snapshot.Source, manifests bool) *snapshot.Reader {
	return snapshot.Once(w, &snapshot.Options{Manifests: manifests})
}
