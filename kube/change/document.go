package change

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/connectivity"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// PlanDocument is a plan as it is printed and saved. It holds no secret value.
type PlanDocument struct {
	APIVersion    string                 `json:"apiVersion"`
	Kind          string                 `json:"kind"` // Plan
	ID            string                 `json:"id"`
	GeneratedAt   string                 `json:"generatedAt"`
	FN9sVersion   string                 `json:"fn9sVersion"`
	Action        string                 `json:"action"`
	Title         string                 `json:"title"`
	Undoes        string                 `json:"undoes,omitempty"`
	Cluster       ClusterDocument        `json:"cluster"`
	Operator      string                 `json:"operator"`
	Functions     []string               `json:"functions"`
	HashKey       string                 `json:"hashKey"` // of the hashes that stand for secret values
	Steps         []StepDocument         `json:"steps"`
	Already       []AlreadyDocument      `json:"already"`
	Confirmations []ConfirmationDocument `json:"confirmations"`
	Blocked       []string               `json:"blocked"`
	Consumers     []ConsumerDocument     `json:"consumers,omitempty"` // of a rotation
	Notes         []string               `json:"notes,omitempty"`
	// Connectivity is who reaches whom before the change and after it, where it makes or deletes network policies.
	Connectivity []connectivity.Change `json:"connectivity,omitempty"`
	// Deployments are the functions that are made or changed whole.
	Deployments []DeploymentDocument `json:"deployments,omitempty"`
}

// ConsumerDocument is what uses a Secret that is rotated, and how the new value gets there.
type ConsumerDocument struct {
	Secret   string   `json:"secret"` // NAMESPACE/NAME
	Function string   `json:"function,omitempty"`
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Ways     []string `json:"ways"` // env, file …
	Takes    string   `json:"takes"`
	Reason   string   `json:"reason,omitempty"`
}

// ClusterDocument tells one cluster from others.
type ClusterDocument struct {
	Context string `json:"context"`
	Server  string `json:"server"`
	CAHash  string `json:"caHash,omitempty"`
	UID     string `json:"uid,omitempty"`
}

// ObjectDocument is one object.
type ObjectDocument struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
}

// StepDocument is what happens to one object.
type StepDocument struct {
	Number    int             `json:"number"`
	Verb      string          `json:"verb"`
	Object    ObjectDocument  `json:"object"`
	Functions []string        `json:"functions"`
	Why       []string        `json:"why"`
	Asks      []string        `json:"asks"`
	Effect    string          `json:"effect,omitempty"`
	Fields    []FieldDocument `json:"fields"`
	New       any             `json:"new,omitempty"` // of a create, without secret values
	Needs     []NeedDocument  `json:"needs"`
	Changes   []TouchDocument `json:"changes"`
	Allowed   bool            `json:"allowed"`
	Check     string          `json:"check,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Blocked   string          `json:"blocked,omitempty"`
	Lasting   string          `json:"cannotBeUndone,omitempty"`
	Warnings  []string        `json:"warnings"`
	Owners    []OwnerDocument `json:"owners"`
	Managed   []string        `json:"managed"`
	Diff      string          `json:"diff"`
	// Along: another step takes the object along; that it is gone already is no conflict.
	Along bool `json:"along,omitempty"`
	// Release: the object's finalizers are taken away.
	Release bool `json:"releasesFinalizers,omitempty"`
}

// FieldDocument is one change as it was wished for.
type FieldDocument struct {
	Path   string `json:"path"`
	Value  any    `json:"value,omitempty"`
	Remove bool   `json:"remove,omitempty"`
	Secret bool   `json:"secret,omitempty"`
	// Withheld says that the value is secret, so that the saved plan cannot be applied.
	Withheld bool `json:"withheld,omitempty"`
}

// NeedDocument is a secret value that a plan leaves open.
type NeedDocument struct {
	Secret   string        `json:"secret"` // NAMESPACE/NAME
	Key      string        `json:"key"`
	Path     string        `json:"path"`
	Generate string        `json:"generate,omitempty"`
	From     *FromDocument `json:"from,omitempty"`
	JSON     bool          `json:"json,omitempty"` // it is written as a JSON text
}

// FromDocument names the plaintext that becomes the value.
type FromDocument struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Path      string `json:"path"`
}

// TouchDocument is one path that is made different.
type TouchDocument struct {
	Path   string         `json:"path"`
	Old    *ValueDocument `json:"old,omitempty"`
	New    *ValueDocument `json:"new,omitempty"`
	Secret bool           `json:"secret,omitempty"`
}

// ValueDocument is one value, or the hash of a secret one.
type ValueDocument struct {
	Value any    `json:"value,omitempty"`
	Hash  string `json:"hash,omitempty"`
}

// OwnerDocument is somebody else who owns fields that are touched.
type OwnerDocument struct {
	Manager string   `json:"manager"`
	Paths   []string `json:"paths"`
	Applies bool     `json:"applies"`
}

// AlreadyDocument is an object that is as wished for already.
type AlreadyDocument struct {
	Object string   `json:"object"`
	Why    []string `json:"why"`
}

// ConfirmationDocument is what must be agreed to beside the plan.
type ConfirmationDocument struct {
	Text     string `json:"text"`
	Override string `json:"override,omitempty"`
	Word     string `json:"word,omitempty"`
}

// Document describes the plan.
func (p *Plan) Document(version string) (*PlanDocument, error) {
	d := &PlanDocument{
		APIVersion: "fn9s/v1", Kind: "Plan", ID: p.ID, GeneratedAt: p.Time.UTC().Format(time.RFC3339), FN9sVersion: version,
		Action: p.Action, Title: p.Title, Undoes: p.Undoes, Cluster: ClusterDocument(p.Cluster), Operator: p.Operator,
		Functions: []string{}, HashKey: base64.StdEncoding.EncodeToString(p.veil.key), Steps: []StepDocument{},
		Already: []AlreadyDocument{}, Confirmations: []ConfirmationDocument{}, Blocked: append([]string{}, p.Blocked()...),
	}
	for _, id := range p.Functions() {
		d.Functions = append(d.Functions, id.String())
	}
	for _, s := range p.Steps {
		step, err := p.stepDocument(s)
		if err != nil {
			return nil, err
		}
		d.Steps = append(d.Steps, *step)
	}
	for _, a := range p.Dropped {
		d.Already = append(d.Already, AlreadyDocument{a.Ref.String(), append([]string{}, a.Why...)})
	}
	for _, c := range p.Confirmations() {
		d.Confirmations = append(d.Confirmations, ConfirmationDocument{c.Text, c.Override, c.Word})
	}
	return d, nil
}

func (p *Plan) stepDocument(s *Step) (*StepDocument, error) {
	diff, err := p.Diff(s)
	if err != nil {
		return nil, err
	}
	o := s.object()
	d := &StepDocument{
		Number: s.Number, Verb: string(s.Verb), Effect: string(s.Effect), Allowed: s.Allowed.Allowed, Check: string(s.Checked),
		Object:    ObjectDocument{o.APIVersion, o.Kind, o.Namespace, o.Name, string(s.UID)},
		Functions: []string{}, Why: append([]string{}, s.Why...), Asks: append([]string{}, s.Asks...), Fields: []FieldDocument{},
		Needs: []NeedDocument{}, Changes: []TouchDocument{}, Reason: s.Reason, Blocked: s.Blocked, Lasting: s.Lasting,
		Warnings: append([]string{}, s.Warnings...), Owners: []OwnerDocument{}, Managed: append([]string{}, s.Managed...), Diff: diff,
		Along: s.group.along, Release: s.group.release,
	}
	for _, id := range s.Functions {
		d.Functions = append(d.Functions, id.String())
	}
	for _, owner := range s.Owners {
		d.Owners = append(d.Owners, OwnerDocument(owner))
	}
	for _, n := range s.Needs {
		d.Needs = append(d.Needs, needDocument(s, n))
	}
	return d, p.wishes(s, d)
}

// wishes writes what was wished for, and what it comes to.
func (p *Plan) wishes(s *Step, d *StepDocument) error {
	for _, f := range s.group.fields {
		path, err := parsePath(f.Path)
		if err != nil {
			return err
		}
		out := FieldDocument{Path: f.Path, Value: f.Value, Remove: f.Remove, Secret: f.Secret}
		if f.Value != nil && p.veil.secret(s.Ref.Kind, path, f.Value) {
			out.Value, out.Withheld = nil, true
		}
		d.Fields = append(d.Fields, out)
	}
	if s.Verb == plan.Create {
		d.New = p.veil.masked(s.group.made, nil)
	}
	for i := range s.touches {
		t, err := p.veil.record(&s.touches[i])
		if err != nil {
			return err
		}
		d.Changes = append(d.Changes, TouchDocument{t.Path, valueDocument(t.Old), valueDocument(t.New), t.Secret})
	}
	return nil
}

func valueDocument(v *journal.Value) *ValueDocument {
	if v == nil {
		return nil
	}
	var value any
	if v.Hash == "" {
		value, _ = valueOf(v.JSON) // it was written by this program
	}
	return &ValueDocument{value, v.Hash}
}

func needDocument(s *Step, n plan.Need) NeedDocument {
	d := NeedDocument{Secret: s.Ref.Namespace + "/" + s.Ref.Name, Path: n.Path, Generate: n.Generate, JSON: n.JSON}
	if path, err := parsePath(n.Path); err == nil {
		d.Key = path[len(path)-1].key
	}
	if n.From.Path != "" {
		o := n.From.Object
		d.From = &FromDocument{o.Group, o.Kind, o.Namespace, o.Name, n.From.Path}
	}
	return d
}

// ResultDocument is how a change ended, as it is printed.
type ResultDocument struct {
	APIVersion string               `json:"apiVersion"`
	Kind       string               `json:"kind"` // ChangeResult
	ID         string               `json:"id"`
	Outcome    string               `json:"outcome"`
	Reason     string               `json:"reason,omitempty"`
	Undo       string               `json:"undo,omitempty"` // the command that takes it back
	Journal    string               `json:"journalError,omitempty"`
	Steps      []StepResultDocument `json:"steps"`
	Verdicts   []VerdictDocument    `json:"verdicts"`
	Plan       *PlanDocument        `json:"plan"`
	// TakenBack is how the change was undone by itself, because a rollout failed.
	TakenBack *TakenBackDocument `json:"takenBack,omitempty"`
}

// TakenBackDocument is how a change was undone.
type TakenBackDocument struct {
	ID       string               `json:"id"`
	Outcome  string               `json:"outcome"`
	Reason   string               `json:"reason,omitempty"`
	Steps    []StepResultDocument `json:"steps"`
	Verdicts []VerdictDocument    `json:"verdicts"`
}

// StepResultDocument is how one step ended.
type StepResultDocument struct {
	Number  int            `json:"number"`
	Verb    string         `json:"verb"`
	Object  ObjectDocument `json:"object"`
	Outcome string         `json:"outcome"`
	Reason  string         `json:"reason,omitempty"`
}

// VerdictDocument is what became of one function.
type VerdictDocument struct {
	Function string `json:"function"`
	Verdict  string `json:"verdict"`
	Reason   string `json:"reason,omitempty"`
}

// Document describes the result. The plan is that of before the change.
func (r *Result) Document(p *PlanDocument, seen []Seen) *ResultDocument {
	d := &ResultDocument{
		APIVersion: "fn9s/v1", Kind: "ChangeResult", ID: r.ID, Outcome: string(r.Outcome), Reason: r.Reason,
		Plan: p,
	}
	d.Steps, d.Verdicts = r.steps(), verdicts(seen)
	if slices.ContainsFunc(r.Steps, func(s StepResult) bool { return s.Outcome.May() && s.Step.group.lasting == "" }) {
		d.Undo = "fn9s undo " + r.ID
	}
	if r.Journal != nil {
		d.Journal = r.Journal.Error()
	}
	return d
}

// TakenBack describes the result of an undo that followed a change by itself.
func (r *Result) TakenBack(seen []Seen) *TakenBackDocument {
	return &TakenBackDocument{ID: r.ID, Outcome: string(r.Outcome), Reason: r.Reason, Steps: r.steps(), Verdicts: verdicts(seen)}
}

func (r *Result) steps() []StepResultDocument {
	all := []StepResultDocument{}
	for i := range r.Steps {
		s := &r.Steps[i]
		o := s.Step.object()
		all = append(all, StepResultDocument{
			s.Step.Number, string(s.Step.Verb), ObjectDocument{o.APIVersion, o.Kind, o.Namespace, o.Name, string(s.Step.UID)},
			string(s.Outcome), s.Reason,
		})
	}
	return all
}

func verdicts(seen []Seen) []VerdictDocument {
	all := []VerdictDocument{}
	for _, v := range seen {
		all = append(all, VerdictDocument{v.Function.String(), string(v.Verdict), v.Reason})
	}
	return all
}

// ParsePlan reads a saved plan.
func ParsePlan(raw []byte) (*PlanDocument, error) {
	var d PlanDocument
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if d.APIVersion != "fn9s/v1" || d.Kind != "Plan" {
		return nil, fmt.Errorf("read plan: it is %s of %s, not a Plan of fn9s/v1", strings.TrimSpace(d.Kind+" "), d.APIVersion)
	}
	return &d, nil
}

// parseID reads a function id as it is printed.
func parseID(text string) (model.FunctionID, bool) {
	parts := strings.SplitN(text, "·", 5)
	if len(parts) != 5 {
		return model.FunctionID{}, false
	}
	group, kind, ok := strings.Cut(parts[2], "/")
	if !ok {
		group, kind = "", parts[2]
	}
	return model.FunctionID{Context: parts[0], FunctionKey: model.FunctionKey{
		Framework: parts[1], Group: group, Kind: kind, Namespace: parts[3], Name: parts[4]}}, true
}

func parseIDs(texts []string) []model.FunctionID {
	var all []model.FunctionID
	for _, t := range texts {
		if id, ok := parseID(t); ok {
			all = append(all, id)
		}
	}
	return all
}
