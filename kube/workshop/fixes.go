package workshop

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/auditlog"
	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// piece is how long one question may keep the facts to itself: judging gets its turn in between.
const piece = 20 * time.Millisecond

// Fix is what a framework answers to one intent for one function.
type Fix struct {
	Intent   check.Intent
	Controls []string // whose failures offer it
	plan.Answer
}

// Possible reports whether there is something to change.
func (f *Fix) Possible() bool { return len(f.Edits) > 0 }

// Asked is what the operator must agree to, because something that is used now ends with the fix; each reason once.
func (f *Fix) Asked() []string {
	var all []string
	for i := range f.Edits {
		if asks := f.Edits[i].Asks; asks != "" && !slices.Contains(all, asks) {
			all = append(all, asks)
		}
	}
	return all
}

// Fixes are those of one function.
type Fixes struct {
	Function model.FunctionID
	Posture  *board.Posture
	Fixes    []Fix
}

// Left is the grade that is expected once these intents are done.
func (f *Fixes) Left(done func(check.Intent) bool) string {
	return f.Posture.Only(func(x *check.Finding) bool {
		return x.Status != check.Fail || !slices.ContainsFunc(x.Intents(), done)
	}).Letter()
}

// Fixes asks the frameworks of functions of one cluster what they make of every intent that cures something. It answers
// for as many as one piece of time allows; rest are those that are still to be asked about. Functions that are not judged
// are left out. Given is what the operator knows; it may be nil. It takes time.
func (s *Shop) Fixes(ctx context.Context, context string, ids []model.FunctionID, given *tighten.Given) (all []Fixes, rest []model.FunctionID, err error) {
	return FixesOf(ctx, s.o.Clusters, s.knowing(given), context, ids)
}

// AuditLog reads what an API server wrote down. It takes time.
func (s *Shop) AuditLog(ctx context.Context, name string) (*auditlog.Log, error) {
	return auditlog.ReadFile(ctx, name)
}

// knowing is a translator that knows what the operator gave.
func (s *Shop) knowing(g *tighten.Given) *tighten.Translator {
	if g == nil {
		return s.translator
	}
	return s.translator.With(g)
}

// Asker has questions answered from the facts of a cluster.
type Asker interface {
	Ask(ctx context.Context, context string, question func(*snapshot.Reader)) error
}

// FixesOf is Fixes of a translator, for whoever has facts and no clusters.
func FixesOf(ctx context.Context, facts Asker, t *tighten.Translator, context string, ids []model.FunctionID) (all []Fixes, rest []model.FunctionID, err error) {
	rest = ids
	err = facts.Ask(ctx, context, func(r *snapshot.Reader) {
		for began := time.Now(); len(rest) > 0 && (len(all) == 0 || time.Since(began) < piece); rest = rest[1:] {
			if f, ok := fixesOf(r, t, rest[0], nil); ok {
				all = append(all, f)
			}
		}
	})
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s for fixes: %w", context, err)
	}
	return all, rest, nil
}

// fixesOf asks about one function; with intents only about those.
func fixesOf(r *snapshot.Reader, t *tighten.Translator, id model.FunctionID, intents []check.Intent) (Fixes, bool) {
	f, p := r.Function(id.FunctionKey), board.PostureOf(r, id.FunctionKey)
	if f == nil || p == nil {
		return Fixes{}, false
	}
	all := Fixes{Function: id, Posture: p}
	for _, intent := range check.Intents() {
		if len(intents) > 0 && !slices.Contains(intents, intent) {
			continue
		}
		if controls := curedBy(p.Findings, intent); len(controls) > 0 {
			all.Fixes = append(all.Fixes, Fix{Intent: intent, Controls: controls, Answer: t.Answer(r, f, intent, p.Findings)})
		}
	}
	return all, true
}

// curedBy lists the controls whose failures offer the intent.
func curedBy(findings []check.Finding, intent check.Intent) []string {
	var ids []string
	for i := range findings {
		if f := &findings[i]; f.Status == check.Fail && slices.Contains(f.Intents(), intent) && !slices.Contains(ids, f.Control.ID) {
			ids = append(ids, f.Control.ID)
		}
	}
	return ids
}
