package artifact

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// question is who may do something to the objects of some kinds in a namespace. Kinds are joined, so that it is a key.
type question struct {
	namespace, verbs, resources string
	exec                        bool
}

// crowd is who may, and what could not be read.
type crowd struct {
	holders []rbac.Holder
	names   string // the first ones, in words
	missing []snapshot.Missing
}

// crowdOf answers once for all functions of a namespace. Rules for single objects by name are not among the answers.
var crowdOf = snapshot.NewQuery("who may do it", func(r *snapshot.Reader, q question) crowd {
	var c crowd
	ask := func(a rbac.Attributes) {
		able, missing := rbac.WhoCan(r, a)
		for _, x := range able {
			if !slices.Contains(c.holders, x.Holder) {
				c.holders = append(c.holders, x.Holder)
			}
		}
		for _, m := range missing {
			if !slices.Contains(c.missing, m) {
				c.missing = append(c.missing, m)
			}
		}
	}
	for resource := range strings.SplitSeq(q.resources, ",") {
		name, group, _ := strings.Cut(resource, ".")
		for verb := range strings.SplitSeq(q.verbs, ",") {
			ask(rbac.Attributes{Verb: verb, Group: group, Resource: name, Namespace: q.namespace})
		}
	}
	if q.exec {
		ask(rbac.Attributes{Verb: "create", Resource: "pods", Subresource: "exec", Namespace: q.namespace})
	}
	slices.SortFunc(c.holders, func(a, b rbac.Holder) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	c.names = list(c.holders)
	return c
}, func(a, b crowd) bool { return slices.Equal(a.holders, b.holders) && slices.Equal(a.missing, b.missing) })

// employed lists the ServiceAccounts that functions of a namespace run as.
var employed = snapshot.NewQuery("names of accounts of functions", func(r *snapshot.Reader, ns string) []string {
	var all []string
	for _, i := range workload.Identities.Get(r, ns) {
		all = append(all, i.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}, slices.Equal[[]string])

// targets are the resources that a function consists of: that of its object, and that of its workload.
type targets struct{ object, workload schema.GroupKind }

var resourcesOf = snapshot.NewQuery("names of resources", func(_ *snapshot.Reader, t targets) string {
	var names []string
	for _, kind := range []schema.GroupKind{t.object, t.workload} {
		if kind.Kind == "" {
			continue
		}
		name := snapshot.Plural(kind.Kind)
		if kind.Group != "" {
			name += "." + kind.Group
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}, func(a, b string) bool { return a == b })

// past are ways to change functions that RBAC does not decide about.
var past = map[string]string{
	"openfaas":  "; the gateway's API allows it too, to whoever has its password",
	"nuclio":    "; the dashboard allows it too, to whoever reaches it",
	"fn":        "; Fn's API allows it to everybody who reaches it",
	"openwhisk": "; the API allows it to whoever has a key of the tenant",
}

// mayChange lists who may change the function, and reports whom nobody would expect.
func mayChange(e *check.Eval) {
	t := targets{object: e.F.Object.GroupKind()}
	for _, w := range e.F.Workloads {
		if w.Role == model.Run && !w.Shared {
			t.workload = w.GroupKind()
			break
		}
	}
	if t == (targets{}) {
		e.NA("nothing of it is a Kubernetes object", past[e.F.Key.Framework])
		return
	}
	c := crowdOf.Get(e.Reader, question{
		namespace: e.Subject.Namespace, verbs: "create,update,patch,delete", resources: resourcesOf.Get(e.Reader, t), exec: true,
	})
	own := workload.Of.Get(e.Reader, e.F.Key).Account
	at := check.At{Object: e.F.Named()}
	for _, h := range c.holders {
		switch {
		case everybody(h):
			e.Fail(at, "group "+h.Name+" may change the function or enter its pods: that is everybody who reaches the API server").As(check.Medium)
		case anothers(e.Reader, h, e.Subject.Namespace, own):
			e.Fail(at, "the function may be changed or entered with "+h.String()+", which another function runs as").As(check.Medium)
		}
	}
	e.Fact(at, "may be changed by "+c.names+past[e.F.Key.Framework])
	e.Unknown(c.missing...)
}

func everybody(h rbac.Holder) bool {
	return h.Kind == "Group" && (h.Name == rbac.Authenticated || h.Name == rbac.Unauthenticated || h.Name == rbac.AllAccounts) ||
		h.Kind == "User" && h.Name == rbac.Anonymous
}

// anothers reports whether the holder is the account of a function that does not share it.
func anothers(r *snapshot.Reader, h rbac.Holder, namespace, own string) bool {
	a, ok := h.Account()
	if !ok || a.Namespace == namespace && a.Name == own {
		return false
	}
	return slices.Contains(employed.Get(r, a.Namespace), a.Name)
}

const shownHolders = 8

func list(holders []rbac.Holder) string {
	var names []string
	for _, h := range holders {
		names = append(names, h.String())
	}
	if n := len(names) - shownHolders; n > 0 {
		names = append(names[:shownHolders], "and "+strconv.Itoa(n)+" more")
	}
	return strings.Join(names, ", ")
}

// sources are the resources that hold a function's source, by framework.
var sources = map[string]string{
	"kyma":     "functions.serverless.kyma-project.io,deployments.apps,replicasets.apps,pods,configmaps",
	"kubeless": "functions.kubeless.io,configmaps",
	"fission":  "packages.fission.io",
	"nuclio":   "nucliofunctions.nuclio.io,configmaps,deployments.apps",
}

// mayRead lists who may read the function's source.
func mayRead(e *check.Eval) {
	resources, ok := sources[e.F.Key.Framework]
	switch {
	case !ok:
		e.NA("its source is in an image, or only its framework's API shows it")
		return
	case e.F.Source.Kind == "image" || e.F.Source.Kind == "git" && e.F.Key.Framework == "kyma":
		e.NA("its source is not in the cluster")
		return
	}
	// Whoever may patch or delete an object sees it in the answer.
	c := crowdOf.Get(e.Reader, question{
		namespace: e.Subject.Namespace, verbs: "get,list,watch,patch,deletecollection", resources: resources,
	})
	at := check.At{Object: e.F.Named()}
	credential := slices.ContainsFunc(e.Findings, func(f check.Finding) bool {
		return f.Control.ID == "SEC-03" && f.Status == check.Fail
	})
	own := workload.Of.Get(e.Reader, e.F.Key).Account
	for _, h := range c.holders {
		switch {
		case everybody(h):
			e.Fail(at, "group "+h.Name+" may read the function's source: that is everybody who reaches the API server").As(weight(credential))
		case anothers(e.Reader, h, e.Subject.Namespace, own):
			e.Fail(at, "the function's source may be read with "+h.String()+", which another function runs as").As(weight(credential))
		}
	}
	message := "its source may be read by " + c.names
	if credential && len(c.holders) > 1 {
		e.Fail(at, message+"; it holds a credential").As(check.High)
	} else {
		e.Fact(at, message)
	}
	e.Unknown(c.missing...)
}

func weight(credential bool) check.Severity {
	if credential {
		return check.High
	}
	return check.Medium
}
