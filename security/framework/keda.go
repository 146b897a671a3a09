package framework

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

var (
	httpScaledKind   = schema.GroupKind{Group: "http.keda.sh", Kind: "HTTPScaledObject"}
	clusterLoginKind = schema.GroupKind{Group: "keda.sh", Kind: "ClusterTriggerAuthentication"}
	scaledObjectKind = schema.GroupKind{Group: "keda.sh", Kind: "ScaledObject"}
	scaledJobKind    = schema.GroupKind{Group: "keda.sh", Kind: "ScaledJob"}
)

var kedaKinds = []snapshot.Kind{
	{GroupKind: httpScaledKind, Versions: []string{"v1alpha1"}, Reader: reader, Decode: decodeHTTPScaled},
	{GroupKind: clusterLoginKind, Versions: []string{"v1alpha1"}, Cluster: true, Reader: reader, Decode: decodeClusterLogin},
}

// httpScaled is what is judged of an HTTPScaledObject.
type httpScaled struct {
	target model.Ref
	hosts  []string
	ways   []string // HOST and path prefix, of all combinations
	all    bool     // every host
}

func decodeHTTPScaled(raw *snapshot.Raw) (any, error) {
	var o struct {
		Spec struct {
			Hosts, PathPrefixes []string
			ScaleTargetRef      struct{ APIVersion, Kind, Name string }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	s := &o.Spec
	group, _, found := strings.Cut(orElse(s.ScaleTargetRef.APIVersion, "apps/v1"), "/")
	if !found {
		group = ""
	}
	const most = 32
	h := &httpScaled{target: model.Ref{
		Group: short(group), Kind: short(orElse(s.ScaleTargetRef.Kind, "Deployment")), Namespace: raw.Header.Namespace, Name: short(s.ScaleTargetRef.Name),
	}}
	prefixes := s.PathPrefixes[:min(len(s.PathPrefixes), most)]
	if len(prefixes) == 0 {
		prefixes = []string{"/"}
	}
	h.all = len(s.Hosts) == 0
	for _, host := range s.Hosts[:min(len(s.Hosts), most)] {
		host = strings.ToLower(short(host))
		h.all = h.all || host == "*"
		h.hosts = append(h.hosts, host)
		for _, p := range prefixes {
			h.ways = append(h.ways, host+"/"+strings.Trim(short(p), "/"))
		}
	}
	return h, nil
}

// claims lists who claims a host and path of the interceptor, in the whole cluster.
var claims = snapshot.NewQuery("hosts of the HTTP add-on", func(r *snapshot.Reader, _ struct{}) map[string][]model.Ref {
	all := map[string][]model.Ref{}
	for _, o := range r.List(httpScaledKind, "") {
		if h, ok := snapshot.FactsOf[*httpScaled](o, reader); ok {
			for _, w := range h.ways {
				all[w] = append(all[w], o.Head().Ref)
			}
		}
	}
	return all
}, func(a, b map[string][]model.Ref) bool { return false })

var claimants = snapshot.NewQuery("claimants of a host", func(r *snapshot.Reader, way string) []model.Ref {
	return claims.Get(r, struct{}{})[way]
}, slices.Equal[[]model.Ref])

// httpScaledOf lists the HTTPScaledObjects of a namespace by their target.
var httpScaledOf = snapshot.NewQuery("targets of the HTTP add-on", func(r *snapshot.Reader, namespace string) map[model.Ref][]model.Ref {
	all := map[model.Ref][]model.Ref{}
	for _, o := range r.List(httpScaledKind, namespace) {
		if h, ok := snapshot.FactsOf[*httpScaled](o, reader); ok {
			all[h.target] = append(all[h.target], o.Head().Ref)
		}
	}
	return all
}, nil)

// checkHosts is FW-GE-06.
func checkHosts(e *check.Eval) {
	ns := e.F.Key.Namespace
	targets := httpScaledOf.Get(e.Reader, ns)
	var mine []model.Ref
	if e.F.Object.GroupKind() == httpScaledKind {
		mine = append(mine, e.F.Object)
	}
	for _, w := range e.F.Workloads {
		for _, ref := range targets[w.Ref] {
			if !slices.Contains(mine, ref) {
				mine = append(mine, ref)
			}
		}
	}
	if len(mine) == 0 {
		e.NA("KEDA's HTTP add-on does not route to it")
		return
	}
	for _, ref := range mine {
		h, ok := snapshot.FactsOf[*httpScaled](e.Get(ref), reader)
		if !ok {
			continue
		}
		at := check.At{Object: ref, Path: "spec.hosts", Value: strings.Join(h.hosts, ", ")}
		if h.all {
			e.Fail(at, "it answers for every host that no other HTTPScaledObject of the cluster claims").As(check.Medium)
		}
		checkHostClaims(e, ref, h, at)
	}
}

func checkHostClaims(e *check.Eval, ref model.Ref, h *httpScaled, at check.At) {
	for _, way := range h.ways {
		for _, other := range claimants.Get(e.Reader, way) {
			if other.Namespace != ref.Namespace && !strings.HasPrefix(way, "*") {
				e.Failf(at, "namespace %s claims %s too (HTTPScaledObject %s): one of the two gets the other's calls", other.Namespace, way, other.Name)
				return
			}
		}
	}
}

// clusterLogin is what is judged of a ClusterTriggerAuthentication.
type clusterLogin struct{ from string }

func decodeClusterLogin(raw *snapshot.Raw) (any, error) {
	var o struct{ Spec map[string]json.RawMessage }
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	for _, way := range []string{"secretTargetRef", "hashiCorpVault", "azureKeyVault", "gcpSecretManager", "awsSecretManager", "podIdentity", "boundServiceAccountToken"} {
		if v := string(o.Spec[way]); v != "" && v != "null" && v != "[]" && v != "{}" {
			return &clusterLogin{from: way}, nil
		}
	}
	return nil, nil
}

// checkSharedScaler is FW-GE-05.
func checkSharedScaler(e *check.Eval) {
	if e.Subject.Framework != keda {
		e.NA("it is no KEDA")
		return
	}
	if !e.Need(clusterLoginKind, "") {
		return
	}
	p := PlatformOf.Get(e.Reader, e.Subject)
	who := union(makersOf(e, scaledObjectKind, ""), makersOf(e, scaledJobKind, "")).without(p.Accounts)
	for _, ns := range functionSpaces.Get(e.Reader, struct{}{}) {
		who = union(who, makersOf(e, scaledObjectKind, ns), makersOf(e, scaledJobKind, ns)).without(p.Accounts)
	}
	for _, o := range e.List(clusterLoginKind, "") {
		c, ok := snapshot.FactsOf[*clusterLogin](o, reader)
		if !ok {
			continue
		}
		f := e.Failf(check.At{Object: o.Head().Ref, Path: "spec." + c.from},
			"any namespace may name this credential, and whoever writes a ScaledObject says where KEDA logs in with it")
		if text := who.may("these may write one"); text != "" {
			f.Message += "; " + text
		} else {
			f.As(check.Info)
		}
	}
}

// functionSpaces lists the namespaces that hold functions.
var functionSpaces = snapshot.NewQuery("namespaces with functions", func(r *snapshot.Reader, _ struct{}) []string {
	var all []string
	for _, f := range workload.Present.List(r, "") {
		if n := len(all); n == 0 || all[n-1] != f.Of.Namespace {
			all = append(all, f.Of.Namespace)
		}
	}
	return all
}, slices.Equal[[]string])
