package change

import (
	"cmp"
	"fmt"
	"path"
	"slices"
)

// Guardrail is one rule of the configuration about changes. Of several the first that matches an object counts.
type Guardrail struct {
	// Context, Namespace and Action are patterns with * and ?; empty: everything.
	Context, Namespace, Action string
	Deny                       bool
	Confirm                    string // the word to be typed
	Most                       int    // objects in one change; 0: any number
	Reason                     string
}

// Guarded is what guardrails say.
type Guarded struct {
	Deny  string   // why not; empty: no rule forbids it
	Words []string // to be typed
	why   map[string]string
}

func (g *Guarded) reason(word string) string {
	if r := g.why[word]; r != "" {
		return ": " + r
	}
	return ""
}

// guard asks the rules about every step, and about their number.
func (e *Engine) guard(p *Plan) {
	counts := map[int]int{}
	for _, s := range p.Steps {
		at := slices.IndexFunc(e.o.Guardrails, func(g Guardrail) bool {
			return matches(g.Context, p.Cluster.Context) && matches(g.Namespace, s.Ref.Namespace) && matches(g.Action, p.Action)
		})
		if at < 0 {
			continue
		}
		g := &e.o.Guardrails[at]
		counts[at]++
		if g.Deny {
			s.Guard.Deny = "a guardrail forbids it" + because(g)
			s.Blocked = cmp.Or(s.Blocked, s.Guard.Deny)
		}
		if g.Confirm != "" {
			s.Guard.Words = []string{g.Confirm}
			if p.Guarded.why == nil {
				p.Guarded.why = map[string]string{}
			}
			if !slices.Contains(p.Guarded.Words, g.Confirm) {
				p.Guarded.Words = append(p.Guarded.Words, g.Confirm)
			}
			p.Guarded.why[g.Confirm] = g.Reason
		}
		if g.Most > 0 && counts[at] > g.Most {
			p.Guarded.Deny = fmt.Sprintf("a guardrail allows %d objects in one change%s", g.Most, because(g))
		}
	}
}

func because(g *Guardrail) string {
	if g.Reason == "" {
		return ""
	}
	return ": " + g.Reason
}

// matches compares with a pattern. A malformed one matches everything: a guardrail that is not understood must not be
// open.
func matches(pattern, s string) bool {
	ok, err := path.Match(cmp.Or(pattern, "*"), s)
	return ok || err != nil
}
