package identity

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// Cloud is an identity of a cloud provider that a function has.
type Cloud struct {
	Provider string // AWS, Google Cloud, Azure, Alibaba Cloud; `cloud` where only a file of credentials is named
	Identity string // the role or account, where it is named
	At       check.At
}

// accountMarks are annotations of ServiceAccounts that give its pods an identity.
var accountMarks = []struct{ key, provider string }{
	{"eks.amazonaws.com/role-arn", "AWS"},
	{"iam.gke.io/gcp-service-account", "Google Cloud"},
	{"pod-identity.alibabacloud.com/role-name", "Alibaba Cloud"},
}

// cloudEnv are variables that the providers' webhooks set, or that libraries read.
var cloudEnv = map[string]string{
	"AWS_ROLE_ARN": "AWS", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "AWS", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "AWS",
	"AZURE_FEDERATED_TOKEN_FILE": "Azure", "GOOGLE_APPLICATION_CREDENTIALS": "Google Cloud",
}

// CloudOf answers which cloud identities a function has, as far as the cluster tells.
var CloudOf = snapshot.NewQuery("cloud identities", func(r *snapshot.Reader, key model.FunctionKey) []Cloud {
	var all []Cloud
	for _, a := range Of.Get(r, key).Accounts {
		if o := r.Get(a.Ref()); o != nil {
			for _, m := range accountMarks {
				if v, ok := o.Head().Annotations.Lookup(m.key); ok {
					all = append(all, Cloud{m.provider, v, check.At{Object: a.Ref(), Path: "metadata.annotations[" + m.key + "]", Value: v}})
				}
			}
		}
	}
	v := workload.Of.Get(r, key)
	for i := range v.Specs {
		all = append(all, ofSpec(&v.Specs[i])...)
	}
	return all
}, nil).Passing()

func ofSpec(s *workload.Spec) (all []Cloud) {
	if s.Labels.Get("azure.workload.identity/use") == "true" {
		all = append(all, Cloud{"Azure", "", check.At{Object: s.Ref, Path: "metadata.labels[azure.workload.identity/use]", Value: "true"}})
	}
	if role, ok := s.Annotations.Lookup("iam.amazonaws.com/role"); ok {
		all = append(all, Cloud{"AWS", role, check.At{Object: s.Ref, Path: "metadata.annotations[iam.amazonaws.com/role]", Value: role}})
	}
	for i := range s.Spec.Volumes {
		if audience := audienceOf(&s.Spec.Volumes[i]); audience != "" {
			if p := providerOf(audience); p != "" {
				all = append(all, Cloud{p, "", check.At{Object: s.Ref, Path: s.Field("volumes[" + s.Spec.Volumes[i].Name + "]"), Value: audience}})
			}
		}
	}
	for _, c := range s.Containers() {
		for i := range c.Env {
			if p := cloudEnv[c.Env[i].Name]; p != "" {
				name := c.Env[i].Name
				all = append(all, Cloud{p, "", check.At{Object: s.Ref, Path: c.Fixed + ".env[" + name + "]", Value: name}})
			}
		}
	}
	return all
}

// audienceOf is the audience of the first token that a projected volume asks for.
func audienceOf(v *corev1.Volume) string {
	if v.Projected == nil {
		return ""
	}
	for i := range v.Projected.Sources {
		if t := v.Projected.Sources[i].ServiceAccountToken; t != nil && t.Audience != "" {
			return t.Audience
		}
	}
	return ""
}

func providerOf(audience string) string {
	switch {
	case audience == "sts.amazonaws.com", audience == "pods.eks.amazonaws.com":
		return "AWS"
	case audience == "api://AzureADTokenExchange":
		return "Azure"
	case strings.HasSuffix(audience, ".svc.id.goog"), strings.HasPrefix(audience, "//iam.googleapis.com/"):
		return "Google Cloud"
	}
	return ""
}

func cloudIdentity(e *check.Eval) {
	_, id, ok := view(e)
	if !ok {
		return
	}
	all := CloudOf.Get(e.Reader, e.F.Key)
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.Provider] {
			continue
		}
		seen[c.Provider] = true
		text := "its pods act as an identity of " + c.Provider
		if c.Identity != "" {
			text += " (" + c.Identity + ")"
		}
		a := &id.Accounts[0]
		shared := SharedBy.Get(e.Reader, a.Account)
		switch {
		case a.Name == "default":
			e.Fail(c.At, text+", through the ServiceAccount default").As(check.High)
		case len(shared.Functions)+len(shared.Others) > 1:
			e.Fail(c.At, text+", which it shares with "+company(e, shared)).As(check.High)
		default:
			e.Fail(c.At, text)
		}
	}
	if len(all) == 0 {
		unseenIdentity(e, id)
	}
	if len(all) == 0 && e.Get(id.Accounts[0].Ref()) == nil && id.Accounts[0].Name != "default" {
		e.Need(rbac.AccountKind, id.Accounts[0].Namespace)
	}
}

// managed answers at which service the cluster runs that gives pods identities without a trace in the cluster: EKS, GKE,
// or none that is known. Its nodes bear labels of it.
var managed = snapshot.NewQuery("managed cluster", func(r *snapshot.Reader, _ struct{}) string {
	for _, o := range r.List(nodeKind, "") {
		for _, l := range o.Head().Labels {
			switch {
			case strings.HasPrefix(l.Key, "eks.amazonaws.com/"), strings.HasPrefix(l.Key, "alpha.eksctl.io/"):
				return "EKS"
			case strings.HasPrefix(l.Key, "cloud.google.com/gke-"):
				return "GKE"
			}
		}
	}
	return ""
}, func(a, b string) bool { return a == b }).Eager()

// unseenIdentity says that there may be an identity after all. EKS shows it to running pods.
func unseenIdentity(e *check.Eval, id *Identity) {
	at := check.At{Object: id.Accounts[0].Ref()}
	switch managed.Get(e.Reader, struct{}{}) {
	case "GKE":
		e.Fact(at, "a cloud identity cannot be excluded from inside the cluster: Google Cloud can give rights to ServiceAccount "+
			id.Accounts[0].String()+" itself, without an annotation")
	case "EKS":
		if len(e.F.Pods) == 0 {
			e.Fact(at, "a cloud identity cannot be excluded from inside the cluster: AWS can associate a role with ServiceAccount "+
				id.Accounts[0].String()+", which only running pods show")
		}
	}
}
