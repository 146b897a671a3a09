// Package change is the one engine of every mutation: it makes a plan of steps, each one object, has the server try them,
// shows what will be different, carries them out, and takes them back.
//
// Its one rule: nothing is written that was not planned, and nothing that somebody else changed meanwhile is overwritten.
package change

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
)

// Options are what an engine works with.
type Options struct {
	Client     *client.Client
	APIs       *client.APIs
	Journal    *journal.Journal
	Now        func() time.Time
	Guardrails []Guardrail
	Names      *detect.Names // the operator's own names of secrets; nil: the built-in ones
	Keep       time.Duration // of old secret values; 0: 7 days
	Parallel   int           // steps at the same time, where they are independent; 0: 16
	Remotes    []Remote      // APIs beside the API server's
}

// Engine changes one cluster. It is safe for concurrent use.
type Engine struct {
	o        Options
	patience time.Duration // with a server that did not answer to a write
	between  func()        // called wherever the program may end between two writes; for tests

	mu       sync.Mutex
	answers  map[authorizationv1.ResourceAttributes]answered
	identity *journal.Cluster
	operator string
}

// New returns an engine.
func New(o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Keep, o.Parallel = cmp.Or(o.Keep, 7*24*time.Hour), cmp.Or(o.Parallel, 16)
	return &Engine{o: o, patience: patience, between: func() {}, answers: map[authorizationv1.ResourceAttributes]answered{}}
}

// Wish is one edit, and for whom.
type Wish struct {
	plan.Edit
	Functions []model.FunctionID
	Effect    plan.Effect
	// Unit is the same for wishes of which none makes sense without the others; empty: it makes sense alone.
	Unit string
}

// Request is what is to be changed.
type Request struct {
	Action string // tighten, restart …: what guardrails and the journal call it
	Title  string // one line
	Wishes []Wish
	// Forget are Secrets with old values of earlier changes that are deleted once this one was applied.
	Forget []KeptSecret
	// Keep is how long old secret values are kept; 0: as long as the engine's options say.
	Keep time.Duration
}

// newID makes the id of a change: a moment, and something random. It may be part of an object's name.
func newID(now time.Time) string {
	tail := make([]byte, 3)
	_, _ = rand.Read(tail) // never fails: it ends the program instead
	return now.UTC().Format("20060102-150405-") + hex.EncodeToString(tail)
}

// Identity tells this cluster from others, and who the operator is there.
func (e *Engine) Identity(ctx context.Context) (journal.Cluster, string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.identity != nil {
		return *e.identity, e.operator, nil
	}
	c := e.o.Client
	id := journal.Cluster{Context: c.Context, Server: c.Server}
	tls := c.Config().TLSClientConfig
	ca := tls.CAData
	if len(ca) == 0 && tls.CAFile != "" {
		var err error
		if ca, err = os.ReadFile(tls.CAFile); err != nil {
			return id, "", fmt.Errorf("identify %s: %w", c.Server, err)
		}
	}
	if len(ca) > 0 {
		sum := sha256.Sum256(ca)
		id.CAHash = hex.EncodeToString(sum[:])
	}
	operator, err := c.WhoAmI(ctx)
	if err != nil {
		return id, "", err
	}
	if api, ok := e.o.APIs.Find(schema.GroupKind{Kind: "Namespace"}, nil); ok {
		raw, err := c.Get(ctx, client.Query{API: api, Form: client.Metadata}, "kube-system")
		switch client.Classify(err) {
		case client.KindNone:
			if o, err := parseObject(raw); err == nil {
				id.UID = text(o, "metadata", "uid")
			}
		case client.KindForbidden, client.KindNotFound:
		default:
			return id, "", fmt.Errorf("identify %s: %w", c.Server, err)
		}
	}
	e.identity, e.operator = &id, cmp.Or(operator, c.User)
	return id, e.operator, nil
}

// answered is what the server said about a right, and when.
type answered struct {
	client.Verdict
	at time.Time
}

// remembered is how long an answer about a right counts.
const remembered = time.Minute

// may asks whether this operator may do something. The whole namespace is asked about first: one answer serves many
// objects.
func (e *Engine) may(ctx context.Context, t client.Target, verb string) (client.Verdict, error) {
	ask := authorizationv1.ResourceAttributes{
		Verb: verb, Group: t.API.Group, Version: t.API.Version, Resource: t.API.Resource, Subresource: t.Part, Namespace: t.Namespace,
	}
	v, err := e.ask(ctx, ask)
	if err != nil || v.Allowed || verb == "create" {
		return v, err
	}
	ask.Name = t.Name
	return e.ask(ctx, ask)
}

func (e *Engine) ask(ctx context.Context, ask authorizationv1.ResourceAttributes) (client.Verdict, error) {
	e.mu.Lock()
	known, ok := e.answers[ask]
	e.mu.Unlock()
	now := e.o.Now()
	if ok && now.Sub(known.at) < remembered {
		return known.Verdict, nil
	}
	v, err := e.o.Client.ReviewSelf(ctx, &authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &ask})
	if client.Classify(err) == client.KindForbidden {
		// Where reviews are refused the dry run tells.
		v, err = client.Verdict{Allowed: true}, nil
	}
	if err != nil {
		return v, err
	}
	if !v.Allowed && v.Reason == "" {
		v.Reason = fmt.Sprintf("no %s on %s", ask.Verb, client.Target{API: client.API{GroupVersionResource: schema.GroupVersionResource{
			Resource: ask.Resource}}, Part: ask.Subresource, Namespace: ask.Namespace, Name: cmp.Or(ask.Name, "…")})
	}
	e.mu.Lock()
	e.answers[ask] = answered{v, now}
	e.mu.Unlock()
	return v, nil
}
