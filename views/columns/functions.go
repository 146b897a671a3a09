package columns

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/query"
)

var functions = Set{
	{ID: "context", Flex: 1, Title: "CONTEXT", About: "context of the kubeconfig", Priority: 2, Min: 7, Max: 24,
		Aliases: []string{"ctx", "cluster"}, When: func(s Scope) bool { return s.Contexts > 1 },
		Cell: cleaned(func(r *board.Row) string { return r.ID.Context }), Role: muted},
	{ID: "namespace", Flex: 1, Title: "NAMESPACE", About: "namespace", Priority: 3, Min: 9, Max: 30,
		Aliases: []string{"ns"}, When: func(s Scope) bool { return s.Namespaces != 1 },
		Cell: cleaned(func(r *board.Row) string { return r.ID.Namespace }), Role: muted},
	{ID: "name", Flex: 2, Title: "NAME", About: "name of the function", Min: 20, Max: 50,
		Cell: cleaned(func(r *board.Row) string { return r.Function.Name() })},
	{ID: "framework", Title: "FRAMEWORK", About: "what runs the function", Priority: 4, Min: 6, Max: 12,
		Aliases: []string{"fw"},
		Values:  []string{"fission", "fn", "generic", "knative", "kubeless", "kyma", "nuclio", "openfaas", "openwhisk", "plain"},
		Cell:    cleaned(func(r *board.Row) string { return r.ID.Framework })},
	{ID: "ready", Title: "READY", About: "ready of desired replicas, or why there are none", Min: 5, Max: 11,
		Kind: query.Ratio, Cell: readyCell, Role: stateRole, Rank: readyRank, Number: readyNumber},
	{ID: "state", Title: "STATE", About: "how the function is", Priority: 17, Min: 5, Max: 13,
		Aliases: []string{"status"}, Kind: query.Enum, Values: stateNames(),
		Cell: stateCell, Role: stateRole, Rank: stateRank, Number: stateNumber},
	{ID: "runtime", Title: "RUNTIME", About: "language runtime", Priority: 8, Min: 7, Max: 16,
		Cell: cleaned(func(r *board.Row) string { return r.Function.Runtime })},
	{ID: "triggers", Title: "TRIGGERS", About: "what calls the function", Priority: 7, Min: 8, Max: 18,
		Aliases: []string{"trigger"}, Kind: query.List, Values: []string{"http", "cron", "queue", "event"},
		Cell: triggersCell},
	exposedColumn,
	{ID: "secrets", Title: "SECRETS", About: "number of Secrets that it uses", Priority: 6, Min: 3, Max: 7,
		Right: true, Kind: query.Number, Cell: secretsCell, Rank: secretsRank, Number: secretsNumber},
	pssColumn, blastColumn, gradeColumn, platformColumn, trendColumn, controlColumn,
	cpuColumn, memoryColumn, cpuRequestColumn, cpuLimitColumn, memoryLimitColumn, cpuSparkColumn, memorySparkColumn,
	{ID: "serviceaccount", Flex: 1, Title: "SERVICEACCOUNT", About: "account that its pods run as", Wide: true, Priority: 13,
		Min: 8, Max: 28, Aliases: []string{"sa"},
		Cell: cleaned(func(r *board.Row) string { return r.Function.ServiceAccount })},
	{ID: "image", Flex: 2, Title: "IMAGE", About: "container image", Wide: true, Priority: 14, Min: 12, Max: 56,
		Cell: cleaned(func(r *board.Row) string { return r.Function.Image })},
	{ID: "revision", Flex: 1, Title: "REVISION", About: "revision, and how traffic is split", Wide: true, Priority: 15,
		Min: 8, Max: 36, Aliases: []string{"traffic"}, Cell: revisionCell},
	{ID: "changedby", Flex: 1, Title: "CHANGED BY", About: "client that wrote it last", Wide: true, Priority: 16, Min: 8, Max: 28,
		Aliases: []string{"changed-by", "manager"}, Role: muted,
		Cell: cleaned(func(r *board.Row) string { return r.Function.Changed.Manager })},
	{ID: "changed", Title: "CHANGED", About: "how long ago it was written last", Wide: true, Priority: 16, Min: 4, Max: 7,
		Right: true, Ages: true, Kind: query.Duration, Role: muted, Cell: changedCell,
		Rank:   func(r *board.Row) float64 { return youngestFirst(r.Function.Changed.Time) },
		Number: func(r *board.Row, now time.Time) (float64, float64, bool) { return since(r.Function.Changed.Time, now) }},
	{ID: "reason", Flex: 3, Title: "REASON", About: "why it is not ready, else the controller's own words", Wide: true, Priority: 12, Min: 12, Max: 60,
		Cell: cleaned(func(r *board.Row) string { return cmp.Or(r.Why, r.Function.Reason) }), Role: reasonRole},
	{ID: "age", Title: "AGE", About: "time since it was created", Priority: 9, Min: 3, Max: 5, Right: true, Ages: true,
		Kind: query.Duration, Cell: ageCell, Role: muted,
		Rank:   func(r *board.Row) float64 { return youngestFirst(r.Function.Created) },
		Number: func(r *board.Row, now time.Time) (float64, float64, bool) { return since(r.Function.Created, now) }},
}

func muted(*board.Row) themes.Role { return themes.Muted }

func stateRole(r *board.Row) themes.Role { return themes.State(string(r.Function.State)) }

func reasonRole(r *board.Row) themes.Role {
	if r.Function.State.Faulty() {
		return stateRole(r)
	}
	return themes.Muted
}

// readyCell shows the counts while somebody wants replicas to run, and the state as a word while nobody does. Counts
// of a function that is not simply ready carry the glyph of its state, because counts alone may look well.
func readyCell(r *board.Row, _ time.Time) string {
	f := r.Function
	switch {
	case f.Opaque || f.State == model.OpaqueRow:
		return ""
	case f.Ready == nil || f.Desired == nil:
		return text.Clean(string(f.State))
	}
	switch f.State {
	case model.Idle, model.Paused, model.NoWorkload:
		return string(f.State)
	case model.Ready:
		return ratio(*f.Ready, *f.Desired)
	}
	return ratio(*f.Ready, *f.Desired) + " " + themes.Glyph(stateRole(r))
}

// ratios spares the allocation for the counts that nearly all functions have.
var ratios = func() (all [10][10]string) {
	for i := range all {
		for j := range all[i] {
			all[i][j] = strconv.Itoa(i) + "/" + strconv.Itoa(j)
		}
	}
	return all
}()

func ratio(ready, desired int32) string {
	if ready >= 0 && ready < 10 && desired >= 0 && desired < 10 {
		return ratios[ready][desired]
	}
	return strconv.Itoa(int(ready)) + "/" + strconv.Itoa(int(desired))
}

func readyNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	f := r.Function
	if f.Opaque || f.Ready == nil {
		return 0, 0, f.State == model.Idle || f.State == model.Paused
	}
	if f.Desired != nil {
		of = float64(*f.Desired)
	}
	return float64(*f.Ready), of, true
}

// readyRank puts what lacks the largest share of its replicas first, then the smaller deployments, then by state.
func readyRank(r *board.Row) float64 {
	return readyShare(r)*1e9 + float64(min(count(r.Function.Ready), 1e6))*16 + stateRank(r)
}

func readyShare(r *board.Row) float64 {
	f := r.Function
	switch {
	case f.Opaque:
		return 3
	case f.Desired == nil || *f.Desired == 0:
		return 2
	}
	return float64(count(f.Ready)) / float64(*f.Desired)
}

func count(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}

func stateCell(r *board.Row, _ time.Time) string { return text.Clean(string(r.Function.State)) }

func stateNames() []string {
	var names []string
	for _, s := range model.States() {
		names = append(names, string(s))
	}
	return names
}

var stateIndex = func() map[model.State]int {
	index := map[model.State]int{}
	for i, s := range model.States() {
		index[s] = i
	}
	return index
}()

func stateNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	i, ok := stateIndex[r.Function.State]
	return float64(i), 0, ok
}

func stateRank(r *board.Row) float64 { return float64(stateIndex[r.Function.State]) }

// called lists the ways of being called in the order in which they are drawn. Metric triggers only scale.
var called = []model.TriggerType{model.HTTP, model.Cron, model.Queue, model.Event}

// triggerTexts holds the text of every subset of called, so that a cell allocates nothing.
var triggerTexts = func() []string {
	texts := make([]string, 1<<len(called))
	for set := range texts {
		var words []string
		for i, t := range called {
			if set&(1<<i) != 0 {
				words = append(words, string(t))
			}
		}
		texts[set] = strings.Join(words, ",")
	}
	return texts
}()

func triggersCell(r *board.Row, _ time.Time) string {
	set := 0
	for i := range r.Function.Triggers {
		if at := slices.Index(called, r.Function.Triggers[i].Type); at >= 0 {
			set |= 1 << at
		}
	}
	return triggerTexts[set]
}

// Secrets returns the number of different Secrets that the function refers to.
func Secrets(f *model.Function) int {
	n := 0
	for i, ref := range f.References {
		if ref.Kind != "Secret" {
			continue
		}
		seen := slices.ContainsFunc(f.References[:i], func(o model.Reference) bool {
			return o.Kind == ref.Kind && o.Name == ref.Name && o.Namespace == ref.Namespace
		})
		if !seen {
			n++
		}
	}
	return n
}

func secretsCell(r *board.Row, _ time.Time) string {
	if r.Function.Opaque {
		return ""
	}
	return strconv.Itoa(Secrets(r.Function))
}

func secretsNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	return float64(Secrets(r.Function)), 0, !r.Function.Opaque
}

func secretsRank(r *board.Row) float64 { return float64(Secrets(r.Function)) }

// revisionCell names the revision, and the shares when more than one gets requests.
func revisionCell(r *board.Row, _ time.Time) string {
	f := r.Function
	var shares []string
	for _, t := range f.Traffic {
		if t.Percent > 0 {
			shares = append(shares, cmp.Or(t.Revision, "latest")+" "+strconv.Itoa(int(t.Percent))+"%")
		}
	}
	if len(shares) > 1 {
		return text.Clean(strings.Join(shares, ", "))
	}
	return text.Clean(f.Revision)
}

func ageCell(r *board.Row, now time.Time) string { return Age(r.Function.Created, now) }

func changedCell(r *board.Row, now time.Time) string { return Age(r.Function.Changed.Time, now) }

// Age writes how long before now a moment was; empty when it is not known.
func Age(t, now time.Time) string {
	if t.IsZero() || now.IsZero() {
		return ""
	}
	return text.Age(now.Sub(t))
}

func since(t, now time.Time) (n, of float64, known bool) {
	if t.IsZero() || now.IsZero() {
		return 0, 0, false
	}
	return now.Sub(t).Seconds(), 0, true
}

// youngestFirst puts the youngest first, as a rising age does, and what is not known last.
func youngestFirst(t time.Time) float64 {
	if t.IsZero() {
		return math.Inf(1)
	}
	return -float64(t.Unix())
}
