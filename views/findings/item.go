package findings

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/views/query"
)

// function is a function with findings. It is kept as long as it has some, so that its findings are known by it.
type function struct {
	id  model.FunctionID
	now atomic.Pointer[board.Row] // filters look at it away from the loop
}

// share is what one function has of the findings. It is replaced, never changed.
type share struct {
	of      *function
	posture *security.Posture
	name    string
	items   []*item
	fresh   int
}

func newFunction(r *board.Row) *function {
	of := &function{id: r.ID}
	of.now.Store(r)
	return of
}

// row is the newest row.
func (f *function) row() *board.Row { return f.now.Load() }

// key is the identity of a finding: function, control, and what tells it from others of that control.
type key struct {
	of      *function
	control int32 // place in the catalogue
	sum     uint64
}

func compareKeys(a, b key) int {
	if a.of != b.of {
		if c := a.of.id.Compare(b.of.id); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.control, b.control), cmp.Compare(a.sum, b.sum))
}

// item is a finding as a row. It points at the finding of the posture: no text is copied.
type item struct {
	key
	f     *check.Finding
	fresh bool // the baseline has it not
}

// rank orders findings: failures by severity, then unknowns, then accepted risks. Worse is greater.
func (i *item) rank() int {
	switch i.f.Status {
	case check.Fail:
		return 10 + int(i.f.Severity)
	case check.Unknown:
		return 5
	}
	return int(i.f.Severity) - 5
}

// word is the severity of a failure, else the verdict.
func (i *item) word() string {
	if i.f.Status == check.Fail {
		return i.f.Severity.String()
	}
	return i.f.Status.String()
}

// places tells where in the catalogue a control stands.
type places map[*check.Control]int32

func newPlaces() places {
	p := places{}
	for i, c := range security.Catalogue() {
		p[c] = int32(i)
	}
	return p
}

// maker makes items.
type maker struct {
	places   places
	baseline map[string]bool
}

func newMaker(baseline map[string]bool) maker {
	return maker{places: newPlaces(), baseline: baseline}
}

// share makes the items of a function's posture.
func (m *maker) share(of *function, r *board.Row) *share {
	found := r.Posture.Findings
	block, out := make([]item, len(found)), make([]*item, len(found))
	fresh := 0
	for i := range found {
		f := &found[i]
		it := &block[i]
		it.key, it.f = key{of, m.places[f.Control], m.sum(f)}, f
		for slices.ContainsFunc(out[:i], func(o *item) bool { return o.key == it.key }) {
			it.sum++
		}
		if it.fresh = m.baseline != nil && f.Status == check.Fail && !m.baseline[report.Fingerprint(f, of.id)]; it.fresh {
			fresh++
		}
		out[i] = it
	}
	slices.SortFunc(out, func(a, b *item) int { return compareKeys(a.key, b.key) })
	return &share{of: of, posture: r.Posture.Posture, name: r.Function.Name(), items: out, fresh: fresh}
}

// worstFirst orders findings of functions that are in order as the table does at first, so that it has little to sort.
func worstFirst(all []*item) []*item {
	var ranks [20][]*item
	for _, i := range all {
		ranks[i.rank()+5] = append(ranks[i.rank()+5], i)
	}
	out := make([]*item, 0, len(all))
	for n := len(ranks) - 1; n >= 0; n-- {
		out = append(out, ranks[n]...)
	}
	return out
}

// sum tells findings of one control apart: FNV-1a, so that their order is the same at every start.
func (m *maker) sum(f *check.Finding) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	path := cmp.Or(f.Fixed, f.Path)
	for _, s := range [...]string{f.Object().Group, f.Object().Kind, f.Object().Namespace, f.Object().Name, path} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * prime
		}
		h *= prime
	}
	return h
}

// Text is what words are searched in, made when they are.
func (i *item) Text() string {
	f, of := i.f, i.of.row()
	return f.Control.ID + "\n" + f.Control.Title + "\n" + of.ID.Namespace + "\n" + of.Function.Name() + "\n" + f.Message + "\n" +
		f.Object().Kind + "\n" + f.Object().Name + "\n" + f.Path + "\n" + f.Value
}

// Labels are those of the function.
func (i *item) Labels() map[string]string { return i.of.row().Function.Labels.Map() }

// The columns that a filter may name, by index.
const (
	colSeverity = iota
	colStatus
	colControl
	colPillar
	colNamespace
	colFunction
	colFramework
	colObject
	colKind
	colPath
	colMessage
	colNew
	colContext
)

// ColumnsQuery are the columns that a filter of findings may name.
var ColumnsQuery = query.Columns{
	colSeverity: {Name: "severity", Aliases: []string{"sev"}, Title: "severity of a failure", Type: query.Enum,
		Values: []string{"info", "low", "medium", "high", "critical"}},
	colStatus: {Name: "status", Aliases: []string{"verdict"}, Title: "fail, unknown or accepted", Type: query.Enum, Unordered: true,
		Values: []string{"fail", "unknown", "accepted"}},
	colControl: {Name: "control", Title: "id of the control, such as SA-20"},
	colPillar: {Name: "pillar", Title: "part of the posture",
		Values: []string{"identity", "network", "secrets", "pod", "image", "quota", "provenance"}},
	colNamespace: {Name: "namespace", Aliases: []string{"ns"}, Title: "namespace of the function"},
	colFunction:  {Name: "function", Aliases: []string{"fn", "name"}, Title: "name of the function"},
	colFramework: {Name: "framework", Aliases: []string{"fw"}, Title: "what runs the function",
		Values: []string{"fission", "fn", "generic", "knative", "kubeless", "kyma", "nuclio", "openfaas", "openwhisk", "plain"}},
	colObject:  {Name: "object", Title: "name of the object that is at fault"},
	colKind:    {Name: "kind", Title: "kind of the object that is at fault"},
	colPath:    {Name: "path", Aliases: []string{"field"}, Title: "field that is at fault"},
	colMessage: {Name: "message", Title: "what was found"},
	colNew:     {Name: "new", Title: "the baseline has it not", Type: query.Bool},
	colContext: {Name: "context", Aliases: []string{"ctx", "cluster"}, Title: "context of the kubeconfig"},
}

// Field is the value in a column.
func (i *item) Field(column int) query.Value {
	f, id := i.f, &i.of.id
	text := func(s string) query.Value { return query.Value{Text: s, Known: true} }
	switch column {
	case colSeverity:
		return query.Value{Text: f.Severity.String(), Num: float64(f.Severity), Known: f.Status != check.Unknown}
	case colStatus:
		at := [...]float64{check.Fail: 0, check.Unknown: 1, check.Accepted: 2}
		return query.Value{Text: f.Status.String(), Num: at[f.Status], Known: true}
	case colControl:
		return text(f.Control.ID)
	case colPillar:
		return text(f.Control.Pillar.String())
	case colNamespace:
		return text(id.Namespace)
	case colFunction:
		return text(i.of.row().Function.Name())
	case colFramework:
		return text(id.Framework)
	case colObject:
		return text(f.Object().Name)
	case colKind:
		return text(f.Object().Kind)
	case colPath:
		return text(f.Path)
	case colMessage:
		return text(f.Message)
	case colNew:
		if i.fresh {
			return query.Value{Text: "yes", Num: 1, Known: true}
		}
		return text("no")
	}
	return text(id.Context)
}

func objectText(r model.Ref) string {
	switch {
	case r.Kind == "":
		return ""
	case r.Namespace == "":
		return r.Kind + " " + r.Name
	}
	return r.Kind + " " + r.Namespace + "/" + r.Name
}
