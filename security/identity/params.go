package identity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

const admissionGroup = "admissionregistration.k8s.io"

// The kinds of admission policies that take parameters, and of what binds them.
var (
	policyKinds = []schema.GroupKind{
		{Group: admissionGroup, Kind: "ValidatingAdmissionPolicy"}, {Group: admissionGroup, Kind: "MutatingAdmissionPolicy"},
	}
	policyBindingKinds = []schema.GroupKind{
		{Group: admissionGroup, Kind: "ValidatingAdmissionPolicyBinding"}, {Group: admissionGroup, Kind: "MutatingAdmissionPolicyBinding"},
	}
)

// parameters is what is kept of a policy, or of a binding of one.
type parameters struct {
	kind            schema.GroupKind // of the parameters; of a policy
	policy          string           // of a binding
	name, namespace string           // of the parameters; of a binding. No name: a selector chooses them
	asked           bool             // the binding names parameters
}

func decodeParameters(raw *snapshot.Raw) (any, error) {
	text, err := raw.Text()
	if err != nil {
		return nil, err
	}
	var o struct {
		Spec struct {
			ParamKind  *struct{ APIVersion, Kind string }
			PolicyName string
			ParamRef   *struct{ Name, Namespace string }
		}
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	p := &parameters{policy: o.Spec.PolicyName}
	if k := o.Spec.ParamKind; k != nil {
		p.kind = schema.FromAPIVersionAndKind(k.APIVersion, k.Kind).GroupKind()
	}
	if ref := o.Spec.ParamRef; ref != nil {
		p.name, p.namespace, p.asked = ref.Name, ref.Namespace, true
	}
	return p, nil
}

func parameterKinds() []snapshot.Kind {
	var all []snapshot.Kind
	for _, k := range slices.Concat(policyKinds, policyBindingKinds) {
		all = append(all, snapshot.Kind{GroupKind: k, Reader: "identity", Cluster: true, Decode: decodeParameters})
	}
	return all
}

// parameter is an object, or several, that an admission policy goes by.
type parameter struct {
	policy          model.Ref
	resource        schema.GroupResource
	cluster         bool // the objects are cluster-scoped
	name, namespace string
}

// parametersOf lists what the policies of the cluster go by, as their bindings say.
var parametersOf = snapshot.NewQuery("parameters of admission policies", func(r *snapshot.Reader, _ struct{}) []parameter {
	var all []parameter
	for i, kind := range policyKinds {
		for _, o := range r.List(kind, "") {
			policy, ok := snapshot.FactsOf[*parameters](o, "identity")
			if !ok || policy.kind.Kind == "" {
				continue
			}
			resource, cluster := resourceOf(r, policy.kind)
			for _, b := range r.List(policyBindingKinds[i], "") {
				if to, ok := snapshot.FactsOf[*parameters](b, "identity"); ok && to.asked && to.policy == o.Head().Name {
					all = append(all, parameter{o.Head().Ref, resource, cluster, to.name, to.namespace})
				}
			}
		}
	}
	return all
}, slices.Equal[[]parameter]).Eager()

// resourceOf finds the resource of a kind: by its definition, else by the rule for plurals.
func resourceOf(r *snapshot.Reader, kind schema.GroupKind) (schema.GroupResource, bool) {
	for _, c := range rbac.Customs.Get(r, struct{}{}) {
		if c.Group == kind.Group && c.Kind == kind.Kind {
			return c.GroupResource, c.Cluster
		}
	}
	return schema.GroupResource{Group: kind.Group, Resource: snapshot.Plural(kind.Kind)}, kind == namespaceKind || kind == nodeKind
}

// controlsAdmission judges rights over admission objects, and over the parameters that policies go by.
func controlsAdmission(e *check.Eval) {
	admission.check()(e)
	eachAccount(e, func(a *Account) {
		if whole := rbac.RightsOf.Get(e.Reader, a.Account).Cluster(); whole.Any.Any(admission.powers) {
			return // the policies themselves are in its hands
		}
		all := parametersOf.Get(e.Reader, struct{}{})
		for i := range all {
			all[i].judge(e, a)
		}
		for _, kind := range slices.Concat(policyKinds, policyBindingKinds) {
			e.Need(kind, "")
		}
	})
}

// rewriting are the verbs that change what a policy goes by, or take it away.
var rewriting = []string{"update", "patch", "delete", "deletecollection", "create"}

// judge reports the first way in which an account may change a parameter.
func (p *parameter) judge(e *check.Eval, a *Account) {
	said := false
	rbac.Grants.Get(e.Reader, a.Account).Doing(rewriting, p.resource, func(proof rbac.Proof) {
		if said || !p.meets(&proof) {
			return
		}
		said = true
		f := e.Fail(at(&proof), "ServiceAccount "+a.String()+" can change what "+object(p.policy)+" goes by ("+p.String()+")"+
			where(proof.Grant.Namespace)+", by "+by(&proof)).As(check.High)
		set := rbac.RightsOf.Get(e.Reader, a.Account).Scopes
		for i := range set {
			if set[i].Namespace == proof.Grant.Namespace {
				f.After(causeOf(&set[i]))
			}
		}
		a.weigh(f)
	})
}

// meets reports whether a rule reaches the parameter: where it lies, and by its name. Creating one matters only where a
// selector chooses, or none is there yet.
func (p *parameter) meets(proof *rbac.Proof) bool {
	in := proof.Grant.Namespace
	if in != "" && (p.cluster || p.namespace != "" && p.namespace != in) {
		return false
	}
	return p.name == "" || len(proof.Names) == 0 || slices.Contains(proof.Names, p.name)
}

func (p *parameter) String() string {
	text := strings.TrimSpace(p.resource.String() + " " + p.name)
	if p.namespace != "" {
		text += " in " + p.namespace
	}
	return text
}
