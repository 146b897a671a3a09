// Package readiness says in one sentence why a function is not ready.
//
// Its one rule: it only reads what it is given, conditions, events and states of containers, and says what an operator can
// do something about: the cause, not what follows from it.
package readiness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/security/model"
)

// longest is how much of somebody's own words a sentence takes.
const longest = 240

// Why is the sentence; empty when the function is ready, or has no pods on purpose. Records may be nil, and events few or
// none: the sentence is then shorter.
func Why(f *model.Function, record func(model.Ref) model.Object, events []inspect.Event, now time.Time) string {
	if silent(f.State) {
		return ""
	}
	w := &witness{f: f, record: record, events: events, now: now}
	cause := strings.TrimSuffix(w.cause(), ".")
	if cause == "" {
		return ""
	}
	what := " is not ready: "
	switch f.State {
	case model.Building:
		what = " is being built: "
	case model.Orphaned:
		what = " is orphaned: "
	}
	return f.Name() + what + cause
}

// Cause is the sentence without its beginning, and without what events and time add to it: it changes only when a record does.
func Cause(f *model.Function, record func(model.Ref) model.Object) string {
	if silent(f.State) {
		return ""
	}
	w := &witness{f: f, record: record}
	return strings.TrimSuffix(w.cause(), ".")
}

// silent are the states that need no sentence.
func silent(s model.State) bool {
	switch s {
	case model.Ready, model.Idle, model.Paused, model.OpaqueRow, model.Deleting:
		return true
	}
	return false
}

// witness is what is known of one function.
type witness struct {
	f      *model.Function
	record func(model.Ref) model.Object
	events []inspect.Event
	now    time.Time
}

// fault is why a pod is not ready.
type fault struct {
	text   string
	weight int // the greater it is, the more it is a cause
	tries  int32
	since  time.Time
}

func (w *witness) cause() string {
	if s := w.pods(); s != "" {
		return s
	}
	if s := w.workloads(); s != "" {
		return s
	}
	for _, ref := range w.f.References {
		if ref.Missing && !ref.Optional && ref.How != model.ForTrig {
			return ref.Kind + " " + ref.Name + " is missing"
		}
	}
	if w.f.Reason != "" {
		return clip(w.f.Reason)
	}
	switch w.f.State {
	case model.NoWorkload:
		return "its controller made no workload for it"
	case model.Orphaned:
		return "what declared it is gone, and its workload is left"
	case model.Building, model.Deploying:
		return "its controller is still at it"
	}
	return ""
}

// pods is the gravest fault of its pods, and how many have it.
func (w *witness) pods() string {
	var all []fault
	total := 0
	for _, ref := range w.f.Pods {
		p, ok := w.record(ref).(*model.Pod)
		if !ok || p == nil || !p.Deleting.IsZero() || p.Phase == "Succeeded" {
			continue
		}
		total++
		if x := w.pod(p); x.text != "" {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return ""
	}
	worst := slices.MaxFunc(all, func(a, b fault) int { return cmp.Compare(a.weight, b.weight) })
	n, tries, since := 0, int32(0), worst.since
	for _, x := range all {
		if x.text != worst.text {
			continue
		}
		n++
		tries += x.tries
		if since.IsZero() || !x.since.IsZero() && x.since.Before(since) {
			since = x.since
		}
	}
	s := worst.text
	if tries > 1 {
		s += fmt.Sprintf(", %d tries", tries)
		if d := w.now.Sub(since); !since.IsZero() && d > 0 {
			s += " in " + span(d)
		}
	}
	return s + fmt.Sprintf(", on %d of %s", n, count(total, "pod"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// span is a time in one unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// pod is why a pod is not ready.
func (w *witness) pod(p *model.Pod) fault {
	if p.Ready {
		return fault{}
	}
	if !p.Scheduled && p.Phase == "Pending" {
		if e, ok := w.event(p.Ref, "FailedScheduling"); ok {
			return fault{text: "no node takes it: " + clip(e.Message), weight: 90}
		}
		if p.Node == "" && p.Message != "" {
			return fault{text: "no node takes it: " + clip(p.Message), weight: 90}
		}
	}
	worst := fault{}
	for i := range p.Containers {
		if x := w.container(p, &p.Containers[i]); x.weight > worst.weight {
			worst = x
		}
	}
	if worst.text == "" && (p.Reason != "" || p.Message != "") {
		worst = fault{text: "pod " + strings.ToLower(p.Phase) + ": " + clip(cmp.Or(p.Message, p.Reason)), weight: 10}
	}
	return worst
}

// container is what is wrong with a container of a pod.
func (w *witness) container(p *model.Pod, c *model.Container) fault {
	what := "container " + c.Name
	if c.Init {
		what = "init container " + c.Name
	}
	switch c.State {
	case "waiting":
		return w.waiting(p, c, what)
	case "terminated":
		if c.ExitCode != 0 {
			return fault{text: what + " ended with " + ending(c), weight: 70, tries: c.Restarts, since: p.Created}
		}
	case "running":
		if c.Ready || c.Init {
			return fault{}
		}
		if e, ok := w.event(p.Ref, "Unhealthy"); ok {
			return fault{text: what + " does not pass its probe: " + clip(e.Message), weight: 40, tries: e.Count, since: unix(e.First)}
		}
		return fault{text: what + " runs, and does not say that it is ready", weight: 20}
	}
	return fault{}
}

// waiting is why a container does not start.
func (w *witness) waiting(p *model.Pod, c *model.Container, what string) fault {
	x := fault{weight: 80, since: p.Created}
	switch c.Reason {
	case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable":
		x.text = "image " + c.Image + " cannot be pulled" + w.pulling(p, c)
		if e, ok := w.event(p.Ref, "Failed", "ErrImagePull", "BackOff"); ok {
			x.tries, x.since = e.Count, unix(e.First)
		}
	case "CrashLoopBackOff":
		x.text, x.tries = what+" crashes"+w.crash(p, c), c.Restarts
	case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PreCreateHookError", "PostStartHookError", "StartError":
		x.text = what + " cannot be started: " + clip(cmp.Or(c.Message, c.Reason))
	case "ContainerCreating", "PodInitializing", "":
		if e, ok := w.event(p.Ref, "FailedMount", "FailedAttachVolume", "FailedMapVolume"); ok {
			return fault{text: "a volume cannot be mounted: " + clip(after(e.Message)), weight: 75, tries: e.Count, since: unix(e.First)}
		}
		if e, ok := w.event(p.Ref, "FailedCreatePodSandBox", "NetworkNotReady"); ok {
			return fault{text: "its node cannot make the pod: " + clip(e.Message), weight: 75, tries: e.Count, since: unix(e.First)}
		}
		return fault{text: what + " is being made", weight: 5}
	default:
		x.text = what + " waits: " + clip(strings.TrimSpace(c.Reason+" "+c.Message))
	}
	return x
}

// causes are short words for what registries answer.
var causes = []struct{ in, says string }{
	{"unauthorized", "unauthorized"}, {"authentication required", "unauthorized"}, {"no basic auth", "unauthorized"},
	{"denied", "access denied"}, {"forbidden", "access denied"}, {"manifest unknown", "no such tag"}, {"not found", "not found"},
	{"does not exist", "not found"}, {"no such host", "its registry has no address"}, {"x509", "the certificate of its registry is not trusted"},
	{"toomanyrequests", "too many requests"}, {"i/o timeout", "its registry does not answer"}, {"deadline exceeded", "its registry does not answer"},
	{"connection refused", "its registry does not answer"}, {"invalid reference", "that is no name of an image"},
	{"no match for platform", "it is not made for this platform"}, {"exec format", "it is not made for this platform"},
}

// pulling is what the registry said.
func (w *witness) pulling(p *model.Pod, c *model.Container) string {
	words := []string{c.Message}
	for _, e := range w.events {
		if e.Object.Kind == "Pod" && e.Object.Name == p.Name && e.Object.Namespace == p.Namespace && (e.Reason == "Failed" || e.Reason == "ErrImagePull") {
			words = append(words, e.Message)
		}
	}
	all := strings.ToLower(strings.Join(words, " "))
	if c.Reason == "InvalidImageName" {
		return " (that is no name of an image)"
	}
	for _, k := range causes {
		if strings.Contains(all, k.in) {
			return " (" + k.says + ")"
		}
	}
	return ""
}

// crash is how a container ends again and again.
func (w *witness) crash(p *model.Pod, c *model.Container) string {
	if c.ExitCode != 0 {
		return " (" + ending(c) + ")"
	}
	if e, ok := w.event(p.Ref, "Unhealthy"); ok && strings.Contains(e.Message, "iveness") {
		return " (" + clip(e.Message) + ")"
	}
	return ""
}

// ending is how a container ended.
func ending(c *model.Container) string {
	s := fmt.Sprintf("exit code %d", c.ExitCode)
	switch {
	case c.Reason == "OOMKilled":
		return s + ", out of memory"
	case c.ExitCode == 137:
		return s + ", killed"
	case c.ExitCode == 126 || c.ExitCode == 127:
		return s + ", its command was not found"
	case c.ExitCode == 139:
		return s + ", a memory fault"
	}
	return s
}

// workloads is why there are no pods.
func (w *witness) workloads() string {
	for _, ref := range w.f.Workloads {
		rec, ok := w.record(ref.Ref).(*model.Workload)
		if !ok || rec == nil || ref.Shared {
			continue
		}
		if c, ok := rec.Condition("ReplicaFailure"); ok && c.Status == "True" {
			return "no pod can be made: " + clip(after(c.Message))
		}
		if c, ok := rec.Condition("Failed"); ok && c.Status == "True" {
			what := strings.ToLower(ref.Kind) + " " + ref.Name
			if ref.Role == model.Build {
				what = "its build " + ref.Name
			}
			return what + " failed: " + clip(cmp.Or(c.Message, c.Reason))
		}
		if c, ok := rec.Condition("Progressing"); ok && c.Status == "False" {
			return clip(cmp.Or(c.Message, c.Reason))
		}
		for _, e := range w.events {
			if e.Object.Kind == ref.Kind && e.Object.Name == ref.Name && e.Type == "Warning" {
				return clip(e.Message)
			}
		}
	}
	return ""
}

// event is the newest one about an object with one of these reasons.
func (w *witness) event(ref model.Ref, reasons ...string) (inspect.Event, bool) {
	var best inspect.Event
	found := false
	for _, e := range w.events {
		if e.Object.Kind == ref.Kind && e.Object.Name == ref.Name && e.Object.Namespace == ref.Namespace && slices.Contains(reasons, e.Reason) &&
			(!found || e.Last > best.Last) {
			best, found = e, true
		}
	}
	return best, found
}

func unix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// after takes off what the API server repeats before its reason.
func after(s string) string {
	for _, mark := range []string{"is forbidden: ", "MountVolume.SetUp failed for "} {
		if i := strings.LastIndex(s, mark); i >= 0 {
			return s[i+len(mark):]
		}
	}
	return s
}

// clip takes the first line of somebody's words, as far as a sentence has room.
func clip(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	s = strings.TrimSpace(s)
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return strings.TrimSuffix(s, ".")
}
