package change

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Checked is what the server said to the dry run of a step.
type Checked string

// The answers. NotChecked is of a step that the server may not even try for this operator: it can be exported, not
// applied. Unable says that the server cannot try it; it needs its own confirmation.
const (
	Passed     Checked = "passed"
	Refused    Checked = "refused"
	NotChecked Checked = "not checked"
	Unable     Checked = "cannot be checked"
)

// Owner is somebody else who owns fields that a step touches.
type Owner struct {
	Manager string
	Paths   []string
	// Applies says that it writes these fields again: it needs a confirmation of its own.
	Applies bool
}

// Step is what happens to one object.
type Step struct {
	Number    int
	Verb      plan.Verb
	Ref       model.Ref
	API       client.API
	UID       types.UID
	Functions []model.FunctionID
	Why, Asks []string
	Units     []string // of its wishes, see Wish
	Effect    plan.Effect
	Needs     []plan.Need
	Ops       []Op   // of a Patch
	Remote    string // the API that the object is of; empty: the API server's

	Allowed  client.Verdict
	Checked  Checked
	Reason   string // why it is not Passed, in the server's words
	Warnings []string
	Owners   []Owner
	Managed  []string // what keeps the object as it is: Argo CD, Flux, Helm, an owner
	Guard    Guarded
	// Blocked says why the step cannot be carried out; empty: it can.
	Blocked string
	// Lasting says why the step cannot be undone; empty: it can.
	Lasting string

	group   *group
	live    object // as it was read; nil for what is created
	desired object // as it will be; nil for what is deleted
	made    object // of a Create: what is sent
	mine    object // of a Patch: what it makes of the live object, before the server adds its own
	touches []touch
	grew    bool // a list grew, see editor
}

// Target is the object of the step for the client.
func (s *Step) Target() client.Target {
	return client.Target{API: s.API, Namespace: s.Ref.Namespace, Name: s.Ref.Name, Part: s.group.part}
}

// Paths lists the paths that the step touches.
func (s *Step) Paths() []string {
	var all []string
	for i := range s.touches {
		all = append(all, s.touches[i].path.String())
	}
	return all
}

// secret reports whether an old secret value goes away with the step.
func (s *Step) secret() bool {
	return slices.ContainsFunc(s.touches, func(t touch) bool { return t.secret && t.hadOld })
}

func (s *Step) object() journal.Object {
	return journal.Object{APIVersion: s.API.GVK().GroupVersion().String(), Kind: s.Ref.Kind, Namespace: s.Ref.Namespace, Name: s.Ref.Name}
}

// Dropped is an object that is as wished for already.
type Dropped struct {
	Ref model.Ref
	Why []string
}

// Plan is a change before it happens.
type Plan struct {
	ID       string
	Time     time.Time
	Action   string
	Title    string
	Undoes   string // the change that it takes back
	Cluster  journal.Cluster
	Operator string
	Steps    []*Step
	Dropped  []Dropped
	Guarded  Guarded // what guardrails ask of the whole plan

	veil    *veil
	backups []backup // that end with the change
	keep    time.Duration
}

// Blocked lists why the plan cannot be applied, one line for a step.
func (p *Plan) Blocked() []string {
	var all []string
	if p.Guarded.Deny != "" {
		all = append(all, p.Guarded.Deny)
	}
	for _, s := range p.Steps {
		if s.Blocked != "" {
			all = append(all, s.Ref.String()+": "+s.Blocked)
		}
	}
	return all
}

// Functions lists the functions that the plan is about.
func (p *Plan) Functions() []model.FunctionID {
	var all []model.FunctionID
	for _, s := range p.Steps {
		all = append(all, s.Functions...)
	}
	slices.SortFunc(all, model.FunctionID.Compare)
	return slices.Compact(all)
}

// Confirmation is one thing that the operator must agree to by itself, beside the plan as a whole.
type Confirmation struct {
	// Override names a manager whose fields are overwritten; empty for others.
	Override string
	// Word is what must be typed; empty: a yes is enough.
	Word string
	Text string
}

// Confirmations lists what must be agreed to.
func (p *Plan) Confirmations() []Confirmation {
	var all []Confirmation
	add := func(c Confirmation) {
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	managers := map[string][]string{}
	var names []string
	for _, s := range p.Steps {
		for _, o := range s.Owners {
			if !o.Applies {
				continue
			}
			if managers[o.Manager] == nil {
				names = append(names, o.Manager)
			}
			managers[o.Manager] = append(managers[o.Manager], s.Ref.String())
		}
	}
	for _, name := range names {
		add(Confirmation{Override: name, Text: name + " owns fields that are changed in " + some(managers[name], 3) + ", and may set them back"})
	}
	for _, s := range p.Steps {
		for _, a := range s.Asks {
			add(Confirmation{Text: s.Ref.String() + ": " + a})
		}
		if s.Checked == Unable {
			add(Confirmation{Text: s.Ref.String() + ": the server cannot try it before: " + s.Reason})
		}
		if s.Lasting != "" {
			add(Confirmation{Text: s.Ref.String() + ": cannot be undone: " + s.Lasting})
		}
	}
	for _, word := range p.Guarded.Words {
		add(Confirmation{Word: word, Text: "a guardrail asks for the word " + word + p.Guarded.reason(word)})
	}
	return all
}

// some joins the first texts of a list.
func some(all []string, most int) string {
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:most], ", ") + " and more"
}

// uid takes over which object it is that was made.
func (s *Step) uid() { s.UID = types.UID(text(s.live, "metadata", "uid")) }
