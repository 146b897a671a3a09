// Package tighten answers wishes: from a function, its findings and the snapshot that they rest on to the edits that cure
// them, at the source that its framework reads.
//
// Its one rule: it is pure. What it cannot see it does not assume, and what is used now is kept or asked about.
package tighten

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Source is the part of an adapter that knows which fields of its framework take a wish. Wishes come in words of a pod
// template; what is asked for objects that no framework owns never comes here.
type Source interface {
	Name() string
	Fix(w *plan.Wish) plan.Answer
}

// Translator answers wishes.
type Translator struct {
	sources map[string]Source
	given   *Given
}

// New returns a translator for the frameworks of these adapters.
func New(sources ...Source) *Translator {
	t := &Translator{sources: make(map[string]Source, len(sources)), given: &Given{}}
	for _, s := range sources {
		t.sources[s.Name()] = s
	}
	return t
}

// With returns a translator that knows what the operator gave. It must not be changed afterwards.
func (t *Translator) With(g *Given) *Translator { return &Translator{sources: t.sources, given: g} }

// Keeps reports whether functions of the framework get Secrets in its own way instead of as variables.
func (t *Translator) Keeps(framework string) bool {
	_, ok := t.sources[framework].(Keeper)
	return ok
}

// asked is one wish for one function, on its way to an answer.
type asked struct {
	*plan.Wish
	r        *snapshot.Reader
	f        *model.Function
	source   Source
	given    *Given
	findings []check.Finding // those that the intent cures
}

// Answer translates one wish. Findings are those of the function; the ones that offer the intent count.
func (t *Translator) Answer(r *snapshot.Reader, f *model.Function, intent check.Intent, findings []check.Finding) plan.Answer {
	q := &asked{Wish: &plan.Wish{Intent: intent, Function: f, Objects: r}, r: r, f: f, source: t.sources[f.Key.Framework], given: t.given}
	for i := range findings {
		if x := &findings[i]; x.Status == check.Fail && slices.Contains(x.Intents(), intent) {
			q.findings = append(q.findings, *x)
		}
	}
	if len(q.findings) == 0 {
		return plan.Answer{Intent: intent, Already: true}
	}
	q.Why = why(q.findings)
	a := q.answer()
	a.Intent = intent
	return a
}

// why says in one line what is cured: the controls, and the words of the worst.
func why(findings []check.Finding) string {
	worst := slices.MaxFunc(findings, func(a, b check.Finding) int { return int(a.Severity) - int(b.Severity) })
	var ids []string
	for i := range findings {
		if id := findings[i].Control.ID; !slices.Contains(ids, id) && !findings[i].Control.Rollup {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		ids = []string{worst.Control.ID}
	}
	return strings.Join(ids, " ") + ": " + worst.Message
}

// answer finds who knows about the intent: the API that the function is an object of, and whoever makes its pods.
func (q *asked) answer() plan.Answer {
	a, others, ok := q.record()
	switch {
	case ok && others:
		return both(a, q.ofObjects())
	case ok, a.None != "" && !others: // the record says why it has no field
		return a
	}
	return q.ofObjects()
}

func (q *asked) ofObjects() plan.Answer {
	if make, ok := podWishes[q.Intent]; ok {
		return q.pods(make)
	}
	if make, ok := wishes[q.Intent]; ok {
		return make(q)
	}
	return q.reason()
}

// wishes are the intents for objects that no framework owns, or that take more than a field of a pod.
var wishes = map[check.Intent]func(*asked) plan.Answer{
	check.FixOwnAccount:      (*asked).ownAccount,
	check.FixUnbind:          (*asked).unbind,
	check.FixMinimalRole:     (*asked).minimalRole,
	check.FixDropTokenSecret: (*asked).dropTokenSecret,
	check.FixNarrowToken:     (*asked).narrowToken,
	check.FixIsolateIngress:  (*asked).isolateIngress,
	check.FixIsolateEgress:   (*asked).isolateEgress,
	check.FixAllowDNS:        (*asked).allowDNS,
	check.FixBlockMetadata:   (*asked).blockMetadata,
	check.FixNamespaceLevel:  (*asked).namespaceLevel,
	check.FixLimitRange:      (*asked).limitRange,
	check.FixQuota:           (*asked).quota,
	check.FixEnvToSecret:     (*asked).envToSecret,
	check.FixClusterIP:       (*asked).clusterIP,
	check.FixCloseRoute:      (*asked).closeRoute,
	check.FixRouteTLS:        (*asked).routeTLS,
	check.FixRouteAuth:       (*asked).routeAuth,
	check.FixRouteScopes:     (*asked).routeScopes,
	check.FixSplitSecret:     (*asked).splitSecret,
	check.FixMeshMTLS:        (*asked).meshMTLS,
	check.FixMeshAuthz:       (*asked).meshAuthz,
	check.FixMaxScale:        (*asked).maxScale,
	check.FixTimeout:         (*asked).timeout,
}

// pods has the adapter put changes of pod templates into what its framework reads.
func (q *asked) pods(make func(*podEdit)) plan.Answer {
	known := false
	for i := range q.f.Templates {
		t := &q.f.Templates[i]
		if t.Role != model.Run || t.Spec == nil {
			continue
		}
		known = true
		e := &podEdit{q: q, spec: t.Spec, meta: t.Annotations, main: t.Container}
		make(e)
		if len(e.fields) > 0 {
			q.Pods = append(q.Pods, plan.Pod{Origin: t.Origin, Main: t.Container, Fields: e.fields})
		}
		for _, a := range e.asks {
			q.ask(a)
		}
		if e.none != "" && len(e.fields) == 0 {
			return q.None(e.none, e.next)
		}
	}
	switch {
	case !known:
		return q.None("no pod template of the function is known", "")
	case len(q.Pods) == 0:
		return q.None("its templates ask for it already: what runs is of an earlier one", check.FixRestart)
	case q.source == nil:
		return q.None("the framework "+q.f.Key.Framework+" is not known", check.FixReview)
	}
	a := q.source.Fix(q.Wish)
	if q.settled(&a) {
		return plan.Answer{Already: true}
	}
	if made := q.elsewhere(); made != "" && len(a.Edits) > 0 && a.Left == "" {
		a.Left = made
	}
	return a
}

// settled reports whether all that is asked of is a ServiceAccount that mounts no token already.
func (q *asked) settled(a *plan.Answer) bool {
	return q.Intent == check.FixNoToken && len(a.Edits) > 0 && !slices.ContainsFunc(a.Edits, func(e plan.Edit) bool {
		facts := rbac.AccountFacts(q.r.Get(e.Object))
		return e.Object.Kind != "ServiceAccount" || facts == nil || facts.Automount == nil || *facts.Automount
	})
}

// elsewhere names what the findings are about and no template of the function is: what triggers make.
func (q *asked) elsewhere() string {
	for i := range q.findings {
		o := q.findings[i].Object()
		run := slices.ContainsFunc(q.f.Workloads, func(w model.WorkloadRef) bool { return w.Ref == o && w.Role == model.Run })
		if o.Kind == "CronJob" && !run {
			return "CronJob " + o.Name + ", which its trigger makes: the trigger has no field for it"
		}
	}
	return ""
}

// ask adds a reason to ask the operator, once.
func (q *asked) ask(reason string) {
	if q.Asks == "" {
		q.Asks = reason
	} else if !strings.Contains(q.Asks, reason) {
		q.Asks += "; " + reason
	}
}
