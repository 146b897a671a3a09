package change

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Remote is the API of a framework that is no Kubernetes API. Its objects are changed by steps like others: they have
// metadata with a resourceVersion that changes with every write, what is said openly below spec, and what is or may be
// secret below data. Its errors are those of an API server.
type Remote interface {
	// Title names it for people.
	Title() string
	// Owns reports whether an object is one of its own.
	Owns(ref model.Ref) bool
	// Refusal says why nothing may be written to it; empty: it may.
	Refusal() string
	// Get reads an object; an error that it is not there is one of an API server.
	Get(ctx context.Context, ref model.Ref) (map[string]any, error)
	// Put makes an object that was read another one.
	Put(ctx context.Context, ref model.Ref, was, now map[string]any) error
}

// RemoteMaker is implemented by APIs in which objects can be made and deleted.
type RemoteMaker interface {
	// Make creates an object that is not there.
	Make(ctx context.Context, ref model.Ref, made map[string]any) error
	// Remove deletes an object that was read.
	Remove(ctx context.Context, ref model.Ref, live map[string]any) error
}

// remote is the API that an object is of; nil: the API server's.
func (e *Engine) remote(ref model.Ref) Remote {
	i := slices.IndexFunc(e.o.Remotes, func(r Remote) bool { return r.Owns(ref) })
	if i < 0 {
		return nil
	}
	return e.o.Remotes[i]
}

// RefusesRemote says why nothing is written to an object of a framework's own API; empty: it can be tried.
func (e *Engine) RefusesRemote(ref model.Ref) string {
	if r := e.remote(ref); r != nil {
		return r.Refusal()
	}
	return "no connector leads to the API of " + ref.Group
}

func refTo(t client.Target) model.Ref {
	return model.Ref{Group: t.API.Group, Kind: t.API.Kind, Namespace: t.Namespace, Name: t.Name}
}

// locateRemote finds how a step reaches a remote object.
func (s *Step) locateRemote(r Remote) string {
	s.Remote = r.Title()
	s.API = client.API{
		GroupVersionResource: schema.GroupVersionResource{Group: s.Ref.Group, Version: versionOf(s.group.apiVersion), Resource: strings.ToLower(s.Ref.Kind) + "s"},
		Kind:                 s.Ref.Kind, Namespaced: true,
	}
	if _, makes := r.(RemoteMaker); !makes && s.Verb != plan.Patch && s.Verb != "" {
		return "objects of " + r.Title() + " are only changed"
	}
	return ""
}

// getRemote reads an object; nil when there is none.
func (e *Engine) getRemote(ctx context.Context, r Remote, ref model.Ref) (object, error) {
	o, err := r.Get(ctx, ref)
	if client.Classify(err) == client.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := normal(o)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ref, err)
	}
	m, _ := v.(map[string]any)
	return m, nil
}

// sendRemote writes the step where nobody wrote since it was read, and reads what became of it: such an API neither tests
// nor tells what it did.
func (e *Engine) sendRemote(ctx context.Context, r Remote, s *Step) (*client.Written, error) {
	live, err := e.getRemote(ctx, r, s.Ref)
	switch {
	case err != nil:
		return nil, err
	case s.Verb == plan.Create && live != nil:
		return nil, refused(http.StatusConflict, metav1.StatusReasonAlreadyExists, "somebody else made it meanwhile")
	case s.Verb == plan.Create:
		return e.putRemote(ctx, r, s, func() error { return r.(RemoteMaker).Make(ctx, s.Ref, s.made) })
	case s.Verb == plan.Delete && live == nil:
		return &client.Written{}, nil
	case live == nil:
		return nil, refused(http.StatusNotFound, metav1.StatusReasonNotFound, "it does not exist any more")
	case text(live, "metadata", "resourceVersion") != text(s.live, "metadata", "resourceVersion"):
		return nil, refused(http.StatusConflict, metav1.StatusReasonConflict, "somebody else changed it meanwhile")
	}
	if s.Verb == plan.Delete {
		return &client.Written{}, r.(RemoteMaker).Remove(ctx, s.Ref, live)
	}
	return e.putRemote(ctx, r, s, func() error { return r.Put(ctx, s.Ref, s.live, s.mine) })
}

// putRemote writes, and reads whether the object is as it was to be.
func (e *Engine) putRemote(ctx context.Context, r Remote, s *Step, put func() error) (*client.Written, error) {
	if err := put(); err != nil {
		return nil, err
	}
	after, err := e.getRemote(ctx, r, s.Ref)
	if err != nil {
		return nil, err
	}
	for i := range s.touches {
		t := &s.touches[i]
		if got, there := lookup(after, t.path); there != t.hasNow || there && !within(t.now, got) {
			return nil, refused(http.StatusInternalServerError, metav1.StatusReasonInternalError, r.Title()+" took the change, and "+t.path.String()+" is not as it was to be")
		}
	}
	raw, err := json.Marshal(after)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.Ref, err)
	}
	return &client.Written{Object: raw, Created: s.Verb == plan.Create}, nil
}

func refused(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}}
}

// remoteEffect is how what is taken back of an object of such an API comes to what runs: its containers are nobody's to replace.
func remoteEffect(kind string) plan.Effect {
	if kind == "Action" || kind == "Fn" {
		return plan.NextCall
	}
	return plan.AtOnce
}
