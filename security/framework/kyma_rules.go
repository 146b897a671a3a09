package framework

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	ruleOrigin = "gateway.kyma-project.io/original-version"
	ruleSpec   = "gateway.kyma-project.io/v1beta1-spec"
	ruleLabel  = "apirule.gateway.kyma-project.io/"
)

var apiRuleKind = schema.GroupKind{Group: "gateway.kyma-project.io", Kind: "APIRule"}

// apiRule is what is kept of an APIRule that was made in the old version; of others nothing is.
type apiRule struct {
	services []model.Ref
	open     bool // a path asks for no login, or for any token of an issuer
	failed   bool // its controller reports an error
}

// apiRuleSpec has the fields of all versions.
type apiRuleSpec struct {
	Service *apiRuleService
	Rules   []struct {
		Service          *apiRuleService
		NoAuth           bool
		JWT              *struct{ Authorizations []json.RawMessage }
		AccessStrategies []struct {
			Handler string
			Config  json.RawMessage // of each handler its own
		}
	}
}

type apiRuleService struct{ Name, Namespace string }

func decodeAPIRule(raw *snapshot.Raw) (any, error) {
	if raw.Header.Version != "v1beta1" && raw.Header.Annotations.Get(ruleOrigin) != "v1beta1" {
		return nil, nil
	}
	var o struct {
		Spec   apiRuleSpec
		Status struct {
			State         string
			APIRuleStatus struct{ Code string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	if kept := raw.Header.Annotations.Get(ruleSpec); kept != "" && len(o.Spec.Rules) == 0 {
		if err := json.Unmarshal([]byte(kept), &o.Spec); err != nil {
			return nil, fmt.Errorf("read %s: annotation %s: %w", raw.Header.Ref, ruleSpec, err)
		}
	}
	r := &apiRule{failed: o.Status.State == "Error" || o.Status.APIRuleStatus.Code == "ERROR"}
	r.serves(o.Spec.Service, raw.Header.Namespace)
	for i := range o.Spec.Rules[:min(len(o.Spec.Rules), maxStatements)] {
		rule := &o.Spec.Rules[i]
		r.serves(rule.Service, raw.Header.Namespace)
		r.open = r.open || rule.NoAuth || rule.JWT != nil && len(rule.JWT.Authorizations) == 0
		for _, s := range rule.AccessStrategies {
			switch s.Handler {
			case "allow", "no_auth", "noop":
				r.open = true
			case "jwt":
				r.open = r.open || !scoped(s.Config)
			}
		}
	}
	return r, nil
}

// scoped reports whether the configuration of a jwt handler asks for more than any token of the issuer.
func scoped(config json.RawMessage) bool {
	var c struct {
		Authorizations []json.RawMessage
		Scope          json.RawMessage `json:"required_scope"`
	}
	_ = json.Unmarshal(config, &c)
	return len(c.Authorizations) > 0 || len(texts(c.Scope)) > 0
}

func (r *apiRule) serves(s *apiRuleService, namespace string) {
	if s == nil || s.Name == "" {
		return
	}
	if s.Namespace != "" {
		namespace = s.Namespace
	}
	ref := model.Ref{Kind: serviceKind.Kind, Namespace: short(namespace), Name: short(s.Name)}
	if !slices.Contains(r.services, ref) {
		r.services = append(r.services, ref)
	}
}

// oldRule is an APIRule of the old version and the VirtualService that it left.
type oldRule struct {
	model.Ref
	route        model.Ref // zero: there is none any more
	open, failed bool
}

// oldRules lists them by the Service that they lead to.
var oldRules = snapshot.NewQuery("old rules of Kyma", func(r *snapshot.Reader, _ struct{}) map[model.Ref][]oldRule {
	all := map[model.Ref][]oldRule{}
	for _, o := range r.List(apiRuleKind, "") {
		rule, ok := snapshot.FactsOf[*apiRule](o, reader)
		if !ok {
			continue
		}
		at := oldRule{Ref: o.Head().Ref, open: rule.open, failed: rule.failed}
		for _, v := range r.List(virtualServiceKind, at.Namespace) {
			l := v.Head().Labels
			if l.Get(ruleLabel+"name") == at.Name && l.Get(ruleLabel+"namespace") == at.Namespace ||
				l.Get(ruleLabel+"v1beta1") == at.Name+"."+at.Namespace {
				at.route = v.Head().Ref
				break
			}
		}
		for _, s := range rule.services {
			all[s] = append(all[s], at)
		}
	}
	return all
}, nil)

// ruleController says whether Kyma's controller for rules still acts on old ones.
type ruleController struct {
	known, acts bool
	version     string
}

var rulesActed = snapshot.NewQuery("controller of Kyma's rules", func(r *snapshot.Reader, _ struct{}) ruleController {
	d, _ := r.Get(model.Ref{Group: "apps", Kind: deploymentKind.Kind, Namespace: kymaNamespace, Name: "api-gateway-controller-manager"}).(*model.Workload)
	if d == nil || d.Template.Spec == nil {
		return ruleController{}
	}
	version := versionOf(d, "manager")
	if version == "" {
		version = versionOf(d, "")
	}
	major, _, _ := strings.Cut(version, ".")
	if _, err := strconv.Atoi(major); err != nil {
		return ruleController{version: version}
	}
	return ruleController{known: true, acts: atMost(version, 3, 9, 1<<30), version: version}
}, nil)

// checkKymaOldRule is FW-KY-02.
func checkKymaOldRule(e *check.Eval) {
	if !runs(e, kyma, noKyma) {
		return
	}
	ns := e.F.Key.Namespace
	rules := oldRules.Get(e.Reader, struct{}{})[model.Ref{Kind: serviceKind.Kind, Namespace: ns, Name: e.F.Key.Name}]
	if len(rules) == 0 {
		if e.Need(apiRuleKind, ns) {
			e.NA("no APIRule of version v1beta1 leads to it")
		}
		return
	}
	if e.Get(model.Ref{Kind: configMapKind.Kind, Namespace: kymaNamespace, Name: "apirule-access"}) != nil {
		return
	}
	controller := rulesActed.Get(e.Reader, struct{}{})
	for _, r := range rules {
		at := check.At{Object: r.Ref, Path: "metadata.annotations[" + ruleOrigin + "]", Value: "v1beta1"}
		switch {
		case r.route.IsZero():
			e.Need(virtualServiceKind, r.Namespace)
		case controller.known && controller.acts && !r.failed:
		case !controller.known && !r.failed:
			e.Undecided(at, "whether the api-gateway of Kyma still acts on rules of v1beta1 depends on its version (3.10 does not)")
		case !e.Need(configMapKind, kymaNamespace):
		default:
			f := e.Failf(at, "rule %s of version v1beta1 still exposes the function through VirtualService %s, and Kyma no longer acts on it: edits have no effect", r.Name, r.route.Name)
			if !r.open {
				f.As(check.Medium)
			}
		}
	}
}
