package rest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Writer reads and changes single functions of one API: actions of OpenWhisk, functions of Fn. What goes with them
// (packages, triggers and rules; apps and triggers) it makes and deletes. What it reads is JSON with metadata, with what is
// said openly below spec, and with all values that may be secret below data, as text: `parameters/NAME` (JSON), `code`,
// `config/NAME`, and `annotations/require-whisk-auth` where that is a secret. What a feed of a trigger is told is below sent,
// as JSON, and is never read again.
type Writer struct {
	connector *Connector
	writes    bool
}

// NewWriter checks the configuration. Without writes it only reads.
func NewWriter(config Config, deps Deps, writes bool) (*Writer, error) {
	c, err := New(config, deps)
	if err != nil {
		return nil, err
	}
	return &Writer{connector: c, writes: writes}, nil
}

// Title names the API.
func (w *Writer) Title() string {
	return map[string]string{Fn: "Fn", OpenWhisk: "OpenWhisk"}[w.connector.config.Framework] + " (connector " + w.connector.config.Name + ")"
}

// Owns reports whether an object is one of this API.
func (w *Writer) Owns(ref model.Ref) bool {
	group, kinds := frameworks.FnGroup, fnPlurals
	if w.connector.config.Framework == OpenWhisk {
		group, kinds = frameworks.WhiskGroup, whiskPlurals
	}
	return ref.Group == group && kinds[ref.Kind] != "" && ref.Namespace == w.connector.config.Namespace &&
		strings.HasPrefix(ref.Name, w.connector.config.Name+"/")
}

// Refusal says why nothing may be written.
func (w *Writer) Refusal() string {
	if w.writes {
		return ""
	}
	return "the connector " + w.connector.config.Name + " may only read: its configuration does not say writes: true"
}

// Get reads an object.
func (w *Writer) Get(ctx context.Context, ref model.Ref) (map[string]any, error) {
	var o map[string]any
	err := w.with(ctx, func(c *client) (err error) {
		switch fn := w.connector.config.Framework == Fn; {
		case fn && ref.Kind == "Fn":
			o, err = readFnFunction(ctx, c, ref)
		case fn:
			o, err = readFnObject(ctx, c, ref)
		case ref.Kind == "Action":
			o, err = readAction(ctx, c, ref)
		default:
			o, err = readWhisk(ctx, c, ref)
		}
		return err
	})
	return o, err
}

// Put makes a function that was read another one: only what is different is sent, by the rules of the API for what is left
// out.
func (w *Writer) Put(ctx context.Context, ref model.Ref, was, now map[string]any) error {
	if !w.writes {
		return errors.New(w.Refusal())
	}
	if ref.Kind != "Fn" && ref.Kind != "Action" {
		return fmt.Errorf("a %s is made and deleted, and not changed", ref.Kind)
	}
	return w.with(ctx, func(c *client) error {
		if w.connector.config.Framework == Fn {
			return writeFnFunction(ctx, c, was, now)
		}
		return writeAction(ctx, c, ref, was, now)
	})
}

// with gives a client with the credentials of this moment. Errors are those of an API server, and repeat no credentials.
func (w *Writer) with(ctx context.Context, do func(*client) error) error {
	authorize, secrets, err := w.connector.credentials(ctx)
	if err != nil {
		return fmt.Errorf("getting credentials: %w", err)
	}
	c := newClient(w.connector.base, w.connector.transport, authorize)
	if w.connector.config.Framework == OpenWhisk && len(secrets) > 0 {
		c.key = secrets[0]
	}
	err = do(c)
	var answer *statusError
	var fed *feedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fed): // it is known what became of it
		return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: 422, Reason: metav1.StatusReasonInvalid,
			Message: scrub(w.Title()+": "+fed.text, secrets)}}
	case errors.As(err, &answer):
		message := scrub(w.Title()+": "+answer.Error(), secrets)
		reason := map[int]metav1.StatusReason{
			401: metav1.StatusReasonUnauthorized, 403: metav1.StatusReasonForbidden, 404: metav1.StatusReasonNotFound, 409: metav1.StatusReasonConflict,
			400: metav1.StatusReasonBadRequest, 413: metav1.StatusReasonBadRequest, 429: metav1.StatusReasonTooManyRequests,
		}[answer.code]
		return &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure, Code: int32(answer.code), Reason: reason, Message: message,
			Details: &metav1.StatusDetails{RetryAfterSeconds: int32(answer.retry.Seconds())},
		}}
	}
	return scrubbed(fmt.Errorf("%s: %w", w.Title(), err), secrets)
}

// parts are those of a record's name, behind the connector's.
func parts(ref model.Ref) []string {
	all := strings.Split(ref.Name, "/")[1:]
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "%2F", "/")
	}
	return all
}

// shape puts an object together.
func shape(ref model.Ref, version, uid, state string, spec, data map[string]any) map[string]any {
	meta := map[string]any{"name": ref.Name, "namespace": ref.Namespace, "resourceVersion": state}
	if uid != "" {
		meta["uid"] = uid
	}
	return map[string]any{"apiVersion": ref.Group + "/" + version, "kind": ref.Kind, "metadata": meta, "spec": spec, "data": data}
}

func inside(o map[string]any, path ...string) map[string]any {
	for _, p := range path {
		o, _ = o[p].(map[string]any)
	}
	return o
}

// differing are the members that are other ones, or new.
func differing(was, now map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range now {
		if fmt.Sprint(was[k]) != fmt.Sprint(v) {
			out[k] = v
		}
	}
	return out
}
