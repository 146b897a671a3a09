package artifact

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// The kinds by which the API server itself rewrites objects, without a webhook.
var (
	mutationKind        = schema.GroupKind{Group: admissionGroup, Kind: "MutatingAdmissionPolicy"}
	mutationBindingKind = schema.GroupKind{Group: admissionGroup, Kind: "MutatingAdmissionPolicyBinding"}
)

// Servers serve them in one of several versions, by their age: what is read is the same in all.
var mutations = []snapshot.Kind{
	{GroupKind: mutationKind, Cluster: true, Plural: "mutatingadmissionpolicies", Reader: reader, Decode: keepMutation},
	{GroupKind: mutationBindingKind, Cluster: true, Reader: reader, Decode: keepMutationBinding},
}

// constraint is what a policy, or a binding of one, is for.
type constraint struct {
	rules, except       []admissionv1.NamedRuleWithOperations
	namespaces, objects labels.Selector
}

func constraintOf(m *admissionv1.MatchResources) constraint {
	if m == nil {
		return constraint{namespaces: labels.Everything(), objects: labels.Everything()}
	}
	return constraint{m.ResourceRules, m.ExcludeResourceRules, selectorOf(m.NamespaceSelector), selectorOf(m.ObjectSelector)}
}

// takes reports whether it is for objects of a kind. Without rules a binding is for all that its policy is for.
func (c *constraint) takes(kind schema.GroupKind, name string) bool {
	named := func(r admissionv1.NamedRuleWithOperations) bool {
		return ruleTakes(&r.RuleWithOperations, kind) && (len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, name))
	}
	return (len(c.rules) == 0 || slices.ContainsFunc(c.rules, named)) && !slices.ContainsFunc(c.except, named)
}

// mutation is what is kept of a policy that rewrites objects.
type mutation struct {
	constraint
	uncertain bool // it has conditions that are not looked at
	ignored   bool // its failure
	hardens   bool // it sets fields that keep pods in
	params    schema.GroupKind
}

// hardening are fields of pods whose absence lets more in or out: a policy that sets them guards.
var hardening = []string{
	"securityContext", "runAsNonRoot", "runAsUser", "allowPrivilegeEscalation", "privileged", "readOnlyRootFilesystem", "seccompProfile",
	"capabilities", "automountServiceAccountToken", "imagePullPolicy", "hostNetwork", "hostPID", "hostIPC", "hostUsers", "runtimeClassName",
}

func keepMutation(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec admissionv1.MutatingAdmissionPolicySpec `json:"spec"`
	}
	if err := readPolicy(raw, &o); err != nil {
		return nil, err
	}
	s := &o.Spec
	m := &mutation{
		constraint: constraintOf(s.MatchConstraints), uncertain: len(s.MatchConditions) > 0,
		ignored: s.FailurePolicy != nil && *s.FailurePolicy == admissionv1.Ignore,
	}
	if len(m.rules) == 0 || len(s.Mutations) == 0 {
		return nil, nil // it rewrites nothing
	}
	for i := range s.Mutations {
		text := ""
		if a := s.Mutations[i].ApplyConfiguration; a != nil {
			text = a.Expression
		}
		if p := s.Mutations[i].JSONPatch; p != nil {
			text += p.Expression
		}
		m.hardens = m.hardens || slices.ContainsFunc(hardening, func(field string) bool { return strings.Contains(text, field) })
	}
	if k := s.ParamKind; k != nil {
		m.params = schema.FromAPIVersionAndKind(k.APIVersion, k.Kind).GroupKind()
	}
	return m, nil
}

// mutationBinding puts a policy in force.
type mutationBinding struct {
	constraint
	policy          string
	name, namespace string // of the parameters, where one object is named
	allowed         bool   // to run without them
}

func keepMutationBinding(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec admissionv1.MutatingAdmissionPolicyBindingSpec `json:"spec"`
	}
	if err := readPolicy(raw, &o); err != nil {
		return nil, err
	}
	b := &mutationBinding{constraint: constraintOf(o.Spec.MatchResources), policy: o.Spec.PolicyName}
	if p := o.Spec.ParamRef; p != nil {
		b.name, b.namespace = p.Name, p.Namespace
		b.allowed = p.ParameterNotFoundAction != nil && *p.ParameterNotFoundAction == admissionv1.AllowAction
	}
	return b, nil
}

func readPolicy(raw *snapshot.Raw, into any) error {
	text, err := raw.Text()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	return nil
}

// rewritten judges the policies by which the API server rewrites the function's objects; it reports whether any does.
func rewritten(e *check.Eval) bool {
	own := namespaceLabels.Get(e.Reader, e.Subject.Namespace)
	any := false
	for _, o := range e.List(mutationBindingKind, "") {
		b, ok := snapshot.FactsOf[*mutationBinding](o, reader)
		if !ok {
			continue
		}
		policy := e.Get(model.Ref{Group: admissionGroup, Kind: mutationKind.Kind, Name: b.policy})
		m, ok := snapshot.FactsOf[*mutation](policy, reader)
		if !ok || !m.namespaces.Matches(own) || !b.namespaces.Matches(own) {
			continue
		}
		if touches(e, func(kind schema.GroupKind, name string, set model.Labels) bool {
			return m.takes(kind, name) && b.takes(kind, name) && m.objects.Matches(set) && b.objects.Matches(set)
		}) {
			any = true
			judgeMutation(e, policy.Head().Ref, m, o.Head().Ref, b)
		}
	}
	return any
}

// touches reports whether something is for the function's object, its workloads or its pods.
func touches(e *check.Eval, takes func(schema.GroupKind, string, model.Labels) bool) bool {
	object := func(ref model.Ref) bool {
		o := e.Get(ref)
		return o != nil && takes(ref.GroupKind(), ref.Name, o.Head().Labels)
	}
	if object(e.F.Object) {
		return true
	}
	for _, w := range e.F.Workloads {
		if w.Role == model.Run && object(w.Ref) {
			return true
		}
	}
	v := workload.Of.Get(e.Reader, e.F.Key)
	return slices.ContainsFunc(v.Specs, func(s workload.Spec) bool { return takes(podKind, "", s.Labels) })
}

func judgeMutation(e *check.Eval, policy model.Ref, m *mutation, binding model.Ref, b *mutationBinding) {
	what := "MutatingAdmissionPolicy " + policy.Name + " rewrites the function's objects"
	if m.uncertain {
		what = "MutatingAdmissionPolicy " + policy.Name + " may rewrite the function's objects"
	}
	if m.ignored && m.hardens {
		e.Fail(check.At{Object: policy, Path: "spec.failurePolicy", Value: string(admissionv1.Ignore)},
			what+" to harden them, and is skipped whenever it fails").As(check.Medium)
	}
	if b.name == "" || m.params != configMapKind {
		return
	}
	params := model.Ref{Kind: configMapKind.Kind, Namespace: b.namespace, Name: b.name}
	if params.Namespace == "" {
		params.Namespace = e.Subject.Namespace
	}
	if e.Get(params) != nil || e.Options().Partial || !e.Need(configMapKind, params.Namespace) {
		return
	}
	text := ", and its parameters, ConfigMap " + params.Namespace + "/" + params.Name + ", are not there: "
	switch {
	case b.allowed || m.ignored:
		text += "it is skipped, and whoever makes the ConfigMap says what it writes"
	default:
		text += "nothing of the function can be made or changed until they are"
	}
	e.Fail(check.At{Object: binding, Path: "spec.paramRef.name", Value: b.name}, what+text)
}
