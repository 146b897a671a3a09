package pods

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// FailedCheck is a check of the Pod Security Standards that a function's pods do not pass.
type FailedCheck struct {
	Check  string // the evaluator's id: runAsNonRoot
	Reason string // in the API server's words
	Object model.Ref
	Path   string // the first field that it fails for
}

// Level is how a function's pods stand against the Pod Security Standards.
type Level struct {
	Level             string // the highest level met: privileged, baseline, restricted; empty without a pod spec
	Version           string // of the standards
	NamespaceEnforces string // what the namespace enforces; empty where that may not be read
	// Baseline and Restricted are the checks of these levels that fail.
	Baseline, Restricted []FailedCheck
}

// LevelOf answers how the pods of a function stand against the Pod Security Standards. The answer must not be changed.
var LevelOf = snapshot.NewQuery("pod security level", func(r *snapshot.Reader, key model.FunctionKey) *Level {
	j := judgedOf.Get(r, key)
	l := &Level{Version: versionName(j.minor)}
	if n := NamespaceLevel.Get(r, key.Namespace); n.Known {
		l.NamespaceEnforces = n.Enforce.Level
	}
	if len(j.verdicts) == 0 {
		return l
	}
	worst := len(levels) - 1
	for n, v := range j.verdicts {
		worst = min(worst, v.level())
		l.Baseline = appendFailed(l.Baseline, v, &j.view.Specs[n], v.baseline)
		l.Restricted = appendFailed(l.Restricted, v, &j.view.Specs[n], v.restricted)
	}
	l.Level = levels[worst]
	return l
}, nil).Passing()

func appendFailed(to []FailedCheck, v *verdict, s *workload.Spec, all []failed) []FailedCheck {
	for _, f := range all {
		if !slices.ContainsFunc(to, func(have FailedCheck) bool { return have.Check == f.check }) {
			to = append(to, FailedCheck{Check: f.check, Reason: f.reason, Object: s.Ref, Path: s.Field(v.pathOf(f.check))})
		}
	}
	return to
}

// rowsOf says which rows judge a check of the standards. What other families judge has no row here.
var rowsOf = map[string][]row{
	"privileged": {privileged}, "hostPathVolumes": {hostPath, socket}, "restrictedVolumes": {hostPath, socket},
	"hostNamespaces": {hostNamespaces}, "capabilities_baseline": {capabilities}, "capabilities_restricted": {capabilities},
	"runAsNonRoot": {root}, "runAsUser": {root}, "allowPrivilegeEscalation": {escalation},
	"seccompProfile_baseline": {seccomp}, "seccompProfile_restricted": {seccomp}, "appArmorProfile": {profiles},
	"seLinuxOptions": {profiles}, "procMount": {proc}, "procMount_restricted": {proc}, "sysctls": {proc},
	"hostProbesAndHostLifecycle": {proc}, "windowsHostProcess": {hostProcess},
}

// fieldOf is where a check looks when no row has an issue.
var fieldOf = map[string]string{
	"hostNamespaces": "hostNetwork", "hostPorts": "containers", "runAsNonRoot": "securityContext.runAsNonRoot",
	"runAsUser": "securityContext.runAsUser", "restrictedVolumes": "volumes",
}

// issueFor returns the first issue for which a check fails, or nil.
func (v *verdict) issueFor(id string) *issue {
	for i := range v.issues {
		it := &v.issues[i]
		switch {
		case !slices.Contains(rowsOf[id], it.row), it.standard != "" && it.standard != id:
		case it.row == profiles && strings.Contains(it.path, "seLinuxOptions") != (id == "seLinuxOptions"):
		default:
			return it
		}
	}
	return nil
}

func (v *verdict) pathOf(id string) string {
	if it := v.issueFor(id); it != nil && !it.meta {
		return it.path
	}
	if id == "restrictedVolumes" && v.otherVolume != "" {
		return v.otherVolume
	}
	return fieldOf[id]
}

// summed is a control that judges a row, and what cures it.
type summed struct {
	control string
	intent  check.Intent
}

var summedBy = map[row]summed{
	privileged: {"POD-04", check.FixNoPrivileged}, hostPath: {"POD-05", check.FixNoHostPath},
	hostNamespaces: {"POD-06", check.FixNoHostNamespaces}, socket: {"POD-07", check.FixNoHostPath},
	capabilities: {"POD-08", check.FixDropCapabilities}, root: {"POD-09", check.FixNonRoot},
	escalation: {"POD-10", check.FixNoEscalation}, seccomp: {"POD-12", check.FixSeccomp},
	profiles: {"POD-13", check.FixApparmor}, proc: {"POD-14", check.FixNoPrivileged},
	hostProcess: {"POD-17", check.FixNoPrivileged},
}

func target(e *check.Eval) string {
	if t := e.Options().Target; t != nil {
		return t(e.Subject.Namespace)
	}
	return levels[len(levels)-1]
}

// belowTarget sums up what keeps the function's pods from the level that its namespace should meet.
func belowTarget(e *check.Eval) {
	j := judgedOf.Get(e.Reader, e.F.Key)
	if len(j.verdicts) == 0 {
		e.NA(noPods)
		return
	}
	want := strict(target(e))
	var said []string // checks that were reported
	for n, v := range j.verdicts {
		if v.level() >= want {
			continue
		}
		fails := v.restricted
		if want == strict("baseline") {
			fails = v.baseline
		}
		news := false
		for _, f := range fails {
			if !slices.Contains(said, f.check) {
				said, news = append(said, f.check), true
			}
		}
		if !news {
			continue // a running pod that is as its template
		}
		sumUp(e, &j.view.Specs[n], v, fails, levels[want])
	}
}

// sumUp reports the checks that fail for one spec: in one line those that a row judges, and each that none does.
func sumUp(e *check.Eval, s *workload.Spec, v *verdict, fails []failed, want string) {
	parts := make([]string, 0, 8)
	intents := make([]check.Intent, 0, 8)
	worst, limited := check.Low, check.NoLimit
	add := func(control string, intent check.Intent, id string) {
		parts = append(parts, id+" ("+control+")")
		if !slices.Contains(intents, intent) {
			intents = append(intents, intent)
		}
	}
	for _, f := range fails {
		it := v.issueFor(f.check)
		switch {
		case f.check == "hostPorts":
			if !s.Spec.HostNetwork {
				add("NET-24", check.FixNoHostPort, f.check)
			}
			continue
		case it != nil:
			by := summedBy[it.row]
			add(by.control, by.intent, f.check)
			worst, limited = max(worst, it.severity), max(limited, limit(e.F, s, it))
		case f.check == "hostNamespaces":
			worst = max(worst, check.High)
		default:
			alone(e, s, v, f)
		}
		if f.check == "hostNamespaces" && s.Spec.HostNetwork {
			add("NET-12", check.FixNoHostNetwork, "hostNetwork")
		}
		if f.check == "restrictedVolumes" && it != nil && v.otherVolume != "" {
			alone(e, s, v, f)
		}
	}
	if len(parts) > 0 {
		e.Fail(check.At{Object: s.Ref, Path: s.Path, Value: levels[v.level()]},
			"meets "+levels[v.level()]+", should meet "+want+"; in the way: "+strings.Join(parts, ", ")).
			As(worst).Offers(intents...).With(limited)
	}
}

// alone reports a check that no other control judges. It counts.
func alone(e *check.Eval, s *workload.Spec, v *verdict, f failed) {
	severity, intent, path := check.Low, check.FixNonRoot, v.pathOf(f.check)
	if f.check == "restrictedVolumes" {
		severity, intent, path = check.Medium, check.FixReview, v.otherVolume
	}
	e.Fail(check.At{Object: s.Ref, Path: s.Field(path)}, f.reason).As(severity).Offers(intent).Counting()
}
