package artifact

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	vulnerabilityKind = schema.GroupKind{Group: "aquasecurity.github.io", Kind: "VulnerabilityReport"}
	exposedKind       = schema.GroupKind{Group: "aquasecurity.github.io", Kind: "ExposedSecretReport"}
)

var reports = []snapshot.Kind{
	{GroupKind: nodeKind, Cluster: true, Reader: reader, Decode: snapshot.Typed(keepNode)},
	{GroupKind: podKind, Reader: reader, Decode: snapshot.Typed(keepServer)},
	{GroupKind: vulnerabilityKind, Reader: reader, Decode: keepReport},
	{GroupKind: exposedKind, Reader: reader, Decode: keepReport},
}

// report is what a scanner found in one container.
type report struct {
	ref                         model.Ref
	kind, name                  string // of the workload
	container                   string
	critical, high, medium, low int
	at                          time.Time
}

func keepReport(raw *snapshot.Raw) (any, error) {
	var o struct {
		Report struct {
			Updated time.Time `json:"updateTimestamp"`
			Summary struct {
				Critical int `json:"criticalCount"`
				High     int `json:"highCount"`
				Medium   int `json:"mediumCount"`
				Low      int `json:"lowCount"`
			} `json:"summary"`
		} `json:"report"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	l, s := raw.Header.Labels, &o.Report.Summary
	return report{
		ref: raw.Header.Ref, kind: l.Get("trivy-operator.resource.kind"), name: l.Get("trivy-operator.resource.name"),
		container: l.Get("trivy-operator.container.name"), critical: s.Critical, high: s.High, medium: s.Medium, low: s.Low,
		at: o.Report.Updated,
	}, nil
}

// about names the workload that a report is about: a ReplicaSet stands for its Deployment.
func (x *report) about() model.Ref {
	if x.kind == "ReplicaSet" {
		if i := strings.LastIndexByte(x.name, '-'); i > 0 {
			return model.Ref{Kind: "Deployment", Name: x.name[:i]}
		}
	}
	return model.Ref{Kind: x.kind, Name: x.name}
}

// scansOf lists the newest report of each container of a namespace, by workload.
var scansOf = snapshot.NewQuery("scans of a namespace", func(r *snapshot.Reader, at scan) map[model.Ref][]report {
	all := map[model.Ref][]report{}
	for _, o := range r.List(at.GroupKind, at.namespace) {
		x, ok := snapshot.FactsOf[report](o, reader)
		if !ok {
			continue
		}
		of := x.about()
		i := slices.IndexFunc(all[of], func(have report) bool { return have.container == x.container })
		switch {
		case i < 0:
			all[of] = append(all[of], x)
		case x.at.After(all[of][i].at):
			all[of][i] = x
		}
	}
	return all
}, nil)

type scan struct {
	schema.GroupKind
	namespace string
}

// vulnerabilities reports what a scanner in the cluster found in the function's images.
func vulnerabilities(e *check.Eval) {
	ns := e.Subject.Namespace
	if e.Coverage(vulnerabilityKind, ns) == snapshot.Absent && e.Coverage(exposedKind, ns) == snapshot.Absent {
		e.NA("no scanner reports into the cluster")
		return
	}
	seen := !e.Need(vulnerabilityKind, ns)
	for _, kind := range []schema.GroupKind{vulnerabilityKind, exposedKind} {
		scans := scansOf.Get(e.Reader, scan{kind, ns})
		for _, w := range e.F.Workloads {
			if w.Role != model.Run {
				continue
			}
			for i := range scans[model.Ref{Kind: w.Kind, Name: w.Name}] {
				x := &scans[model.Ref{Kind: w.Kind, Name: w.Name}][i]
				seen = seen || kind == vulnerabilityKind
				x.found(e, kind)
			}
		}
	}
	if !seen {
		e.Fact(check.At{Object: e.F.Object}, "not scanned: no vulnerability report is about it")
	}
}

func (x *report) found(e *check.Eval, kind schema.GroupKind) {
	severity := check.Low
	switch {
	case x.critical > 0:
		severity = check.Critical
	case x.high > 0:
		severity = check.High
	case x.medium > 0:
		severity = check.Medium
	case x.low == 0:
		return
	}
	what := "known vulnerabilities"
	if kind == exposedKind {
		what = "secrets in its files"
	}
	message := fmt.Sprintf("the image of container %s has %s: %d critical, %d high, %d medium, %d low", x.container, what, x.critical, x.high, x.medium, x.low)
	if age := e.Options().Now.Sub(x.at); !x.at.IsZero() && age >= 0 {
		message += fmt.Sprintf("; scanned %d days ago", int(age.Hours()/24))
	}
	e.Fail(check.At{Object: x.ref, Path: "report.summary"}, message).As(severity)
}

// server is what is kept of an API server's pod.
type server struct {
	audit, tokens, anonymous bool
	modes                    string
}

// keepServer reads the arguments of an API server that runs as a pod.
func keepServer(p *corev1.Pod) any {
	if p.Namespace != systemNamespace || !strings.HasPrefix(p.Name, "kube-apiserver-") {
		return nil
	}
	s := server{anonymous: true}
	for i := range p.Spec.Containers {
		c := &p.Spec.Containers[i]
		for _, arg := range slices.Concat(c.Command, c.Args) {
			name, value, _ := strings.Cut(arg, "=")
			switch name {
			case "--audit-policy-file":
				s.audit = value != ""
			case "--token-auth-file":
				s.tokens = value != ""
			case "--anonymous-auth":
				s.anonymous = value != "false"
			case "--authorization-mode":
				s.modes = value
			case "--authorization-config", "--authentication-config":
				if name == "--authorization-config" {
					s.modes = "file"
				} else {
					s.anonymous = false // the file says for which paths
				}
			}
		}
	}
	return s
}

const systemNamespace = "kube-system"

// apiServer judges how the API server tells who somebody is, what they may do, and what it writes down.
func apiServer(e *check.Eval) {
	if !e.Need(podKind, systemNamespace) {
		return
	}
	any := false
	for _, o := range e.List(podKind, systemNamespace) {
		s, ok := snapshot.FactsOf[server](o, reader)
		if !ok {
			continue
		}
		any = true
		at := check.At{Object: o.Head().Ref, Path: "spec.containers[0].command"}
		if !s.audit {
			e.Fail(at, "the API server writes no audit log: nobody can tell who changed a function").As(check.Medium)
		}
		if s.tokens {
			e.Fail(at, "the API server takes passwords from a file, which never expire").As(check.Medium)
		}
		if strings.Contains(s.modes, "AlwaysAllow") || s.modes == "" {
			e.Fail(at, "the API server allows everything to everybody who is known to it").As(check.Medium)
		}
		if s.anonymous {
			e.Fact(at, "the API server answers callers without a login, as far as roles for anonymous callers allow")
		}
	}
	if !any {
		e.Undecided(check.At{}, "the API server runs where the cluster does not show it")
	}
}

// agents are parts of the names of images that collect logs.
var agents = []string{
	"fluent-bit", "fluentbit", "fluentd", "promtail", "vector", "filebeat", "alloy", "opentelemetry-collector", "otel", "logging-agent",
	"datadog", "splunk", "logstash", "newrelic", "cloudwatch-agent", "dynatrace", "elastic-agent",
}

var daemonKind = schema.GroupKind{Group: "apps", Kind: "DaemonSet"}

// collected says whether anything keeps the logs of pods that are gone.
func collected(e *check.Eval) {
	for _, o := range e.List(daemonKind, "") {
		w, ok := o.(*model.Workload)
		if !ok || w.Template.Spec == nil {
			continue
		}
		for i := range w.Template.Spec.Containers {
			image := w.Template.Spec.Containers[i].Image
			if slices.ContainsFunc(agents, func(a string) bool { return strings.Contains(image, a) }) {
				return
			}
		}
	}
	if e.Need(daemonKind, "") {
		e.Fact(check.At{}, "no agent that collects logs is known on the nodes: the logs of a function are gone with its pods")
	}
}
