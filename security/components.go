package security

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// telling says how findings of one control on several workloads of a control plane become findings on the platform.
type telling uint8

const (
	together telling = iota // one that names the workloads: what is missing is missing everywhere
	each                    // one per place: every credential, Service or missing object is a matter of its own
	once                    // one per place, of which no workload needs to be named
)

// onComponents are the controls of functions that judge the workloads of control planes too. Left out are
//   - rights to make and change workloads, Services and functions, which a control plane is there for, where they hold in
//     the namespaces of its functions; and what only functions can share or hold: SA-03, SA-32, SA-34, SA-35,
//     SA-37, SA-51, SA-53, SA-55, SA-56, SA-62, SEC-03, SEC-13, SEC-17, SEC-18, SEC-23, POD-19;
//   - ports and routes, of which NET-15, NET-38 and the controls of each framework say who may call them, and those
//     through which functions are called, which are judged there: NET-03 to NET-05, NET-08, NET-30 to NET-49;
//   - what needs running pods, or is a mere fact: SEC-07, SEC-12, SEC-20, SEC-27, POD-18, POD-21, POD-23, NET-10, NET-11;
//   - what depends on the node or the network plugin, which the functions' own findings tell: NET-07, NET-09, NET-13, NET-14;
//   - the sum of the others, which for control planes is POD-20: POD-01.
var onComponents = map[string]telling{
	"SA-01": together, "SA-02": together, "SA-04": each, "SA-05": each, "SA-06": together, "SA-10": together, "SA-11": together,
	"SA-12": together, "SA-13": together, "SA-20": together, "SA-21": together, "SA-22": together, "SA-30": together, "SA-31": together,
	"SA-33": together, "SA-36": together, "SA-38": together, "SA-40": together, "SA-41": together, "SA-42": together,
	"SA-43": together, "SA-44": together, "SA-45": together, "SA-46": together, "SA-47": together, "SA-48": together,
	"SA-49": together, "SA-50": together, "SA-52": together, "SA-54": together, "SA-57": together, "SA-58": together,
	"SA-59": together, "SA-60": each,

	"NET-01": together, "NET-02": together, "NET-06": together, "NET-12": together, "NET-20": each, "NET-21": each,
	"NET-22": each, "NET-24": together,

	"SEC-01": each, "SEC-02": each, "SEC-04": each, "SEC-05": together, "SEC-06": together, "SEC-08": together,
	"SEC-10": each, "SEC-11": each, "SEC-15": together, "SEC-22": each, "SEC-26": each,

	"POD-02": once, "POD-03": once, "POD-04": together, "POD-05": together, "POD-06": together, "POD-07": together,
	"POD-08": together, "POD-09": together, "POD-10": together, "POD-11": together, "POD-12": together, "POD-13": together,
	"POD-14": together, "POD-15": together, "POD-17": together, "POD-22": once, "POD-24": together, "POD-25": together,
}

// own lists what a platform's own controls found: what its functions go by. How its workloads are secured says nothing
// of how a function can be called or how far it reaches.
var own = snapshot.NewQuery("what functions go by in their platform", func(r *snapshot.Reader, s check.Subject) []check.Finding {
	var found []check.Finding
	for _, f := range Scope.Get(r, s).Findings {
		if _, general := onComponents[f.Control.ID]; !general {
			found = append(found, f)
		}
	}
	return found
}, func(a, b []check.Finding) bool { return slices.EqualFunc(a, b, check.Finding.Equal) }).Eager()

// evaluatePlatform runs the controls of a platform: its own first, for those of functions look at what these found.
func evaluatePlatform(e *check.Eval, controls []*check.Control, verdicts []check.Status) {
	for _, generals := range []bool{false, true} {
		for i, c := range controls {
			if _, general := onComponents[c.ID]; general == generals {
				verdicts[i] = e.Judge(c)
			}
		}
	}
	slices.SortStableFunc(e.Findings, func(a, b check.Finding) int { return check.Compare(a.Control, b.Control) })
}

// onWorkloads makes of a control of functions one that judges the workloads of a control plane.
func onWorkloads(c *check.Control, how telling) func(*check.Eval) {
	return func(e *check.Eval) {
		workloads := framework.Components.Get(e.Reader, e.Subject)
		if framework.ReadableComponents(e) && len(workloads) == 0 {
			e.NA("none of its workloads is there")
			return
		}
		var failed []part
		applies := false
		for _, key := range workloads {
			one := &check.Eval{Reader: e.Reader, F: e.Function(key), Subject: check.Subject{Namespace: key.Namespace, Function: key}}
			if one.F == nil {
				continue
			}
			applies = one.Judge(c) != check.NotApplicable || applies
			for _, f := range one.Findings {
				if f.Status == check.Unknown {
					e.Undecided(check.At{Object: f.Object(), Path: f.Path, Fixed: f.Fixed, Value: f.Value}, f.Message)
				} else if weighed(e, &f) {
					failed = append(failed, part{key, f})
				}
			}
		}
		tell(e, how, failed)
		if !applies {
			e.NA("it applies to none of its workloads")
		}
	}
}

// part is what a control found on one workload.
type part struct {
	workload model.FunctionKey
	check.Finding
}

// weighed makes the severity of a failure on a workload final and reports whether it is one of the platform: facts and
// what follows from a role that administers a namespace or the cluster are left out where that is said, and so is what
// one of the framework's own controls says of the same field and is no milder.
func weighed(e *check.Eval, f *check.Finding) bool {
	f.Settle(false)
	caused := func(o check.Finding) bool { return o.Control.ID == f.Cause() && o.Status == check.Fail }
	if f.Severity == check.Info || f.Cause() != "" && f.Control.Pillar == check.Identity && slices.ContainsFunc(e.Findings, caused) {
		return false
	}
	if f.Control.Pillar == check.Identity && framework.FixedRights(e.Reader, e.Subject.Framework, f.Object()) {
		f.With(check.FrameworkLimit)
	}
	return !slices.ContainsFunc(e.Findings, func(o check.Finding) bool { // the framework's own were judged first
		_, general := onComponents[o.Control.ID]
		return !general && o.Control.ID != "POD-20" && o.Status == check.Fail && o.Severity >= f.Severity &&
			o.Object() == f.Object() && f.Path != "" && plainPath(o.Path) == plainPath(f.Path)
	})
}

// plainPath writes a path in one way: keys of maps without quotes.
func plainPath(path string) string { return strings.ReplaceAll(path, "'", "") }

// tell reports what was found on the workloads: of those that are told together the worst, with the names of all. What
// the framework cannot help is told apart from what can be cured.
func tell(e *check.Eval, how telling, failed []part) {
	slices.SortStableFunc(failed, func(a, b part) int { return cmp.Compare(b.Severity, a.Severity) })
	same := func(a, b *part) bool {
		if how == together {
			return a.Limit == b.Limit
		}
		return a.Object() == b.Object() && a.Path == b.Path && a.Message == b.Message
	}
	for i := range failed {
		f := &failed[i]
		if slices.ContainsFunc(failed[:i], func(o part) bool { return same(&o, f) }) {
			continue
		}
		name := nameOf(e, f.workload)
		var others []string
		for k := i + 1; k < len(failed); k++ {
			o := &failed[k]
			if !same(f, o) {
				continue
			}
			if other := nameOf(e, o.workload); other != name && !slices.Contains(others, other) {
				others = append(others, other)
			}
			f.Limit = max(f.Limit, o.Limit) // what one workload needs of its namespace all must live with
		}
		text := f.Message
		if how != once {
			text = name + ": " + text + likewise(others)
		}
		*e.Fail(check.At{}, "") = f.Finding
		e.Findings[len(e.Findings)-1].Say(text)
	}
}

// nameOf names a workload, with its namespace where that is not the platform's.
func nameOf(e *check.Eval, w model.FunctionKey) string {
	if w.Namespace == e.Subject.Namespace {
		return w.Kind + " " + w.Name
	}
	return w.Kind + " " + w.Namespace + "/" + w.Name
}

const mostNamed = 6

func likewise(others []string) string {
	switch n := len(others) - mostNamed; {
	case len(others) == 0:
		return ""
	case n > 0:
		return "; likewise " + strings.Join(others[:mostNamed], ", ") + " and " + strconv.Itoa(n) + " more"
	}
	return "; likewise " + strings.Join(others, ", ")
}
