// Package fakenodes holds what KWOK needs to play nodes and pods that clients cannot tell from real ones by their status.
// Rule: everything is in one configuration file; nothing of KWOK is stored in the cluster.
package fakenodes

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed kwok.yaml
var source string

// LogFile is a file of the log writer and the pods whose output it is.
type LogFile struct {
	Name       string
	Format     string   // json, logfmt or plain
	Namespaces []string // empty: the pods of all other namespaces
}

// LogFiles lists the files in the order in which KWOK looks for a match.
var LogFiles = []LogFile{
	{Name: "payments.log", Format: "json", Namespaces: []string{"payments"}},
	{Name: "checkout.log", Format: "logfmt", Namespaces: []string{"checkout"}},
	{Name: "media.log", Format: "json", Namespaces: []string{"media"}},
	{Name: "analytics.log", Format: "plain", Namespaces: []string{"analytics"}},
	{Name: "openwhisk.log", Format: "plain", Namespaces: []string{"openwhisk"}},
	{Name: "fn.log", Format: "logfmt", Namespaces: []string{"fn"}},
	{Name: "platform.log", Format: "plain"},
}

// Previous is the log file of a container's earlier, crashed run.
const Previous = "previous.log"

// failure is a state that a pod with the annotation seed.fn9s.io/fail shows.
type failure struct {
	Stage, Annotation, Waiting, Phase string
	Event, Message                    string
	Format, Argument                  string // arguments of printf in KWOK's template: the container's own message
	Sandbox                           string
	Crashed                           bool
}

var failures = []failure{
	{Stage: "crash-loop", Annotation: "CrashLoopBackOff", Waiting: "CrashLoopBackOff", Phase: "Running", Sandbox: "True", Crashed: true,
		Event: "BackOff", Message: "Back-off restarting failed container",
		Format: `"back-off 5m0s restarting failed container=%s"`, Argument: "$item.name"},
	{Stage: "image-pull", Annotation: "ImagePullBackOff", Waiting: "ImagePullBackOff", Phase: "Pending", Sandbox: "True",
		Event: "Failed", Message: "Error: ImagePullBackOff",
		Format: `"Back-off pulling image \"%s\""`, Argument: "$item.image"},
	{Stage: "creating", Annotation: "Pending", Waiting: "ContainerCreating", Phase: "Pending", Sandbox: "False",
		Event: "FailedMount", Message: `MountVolume.SetUp failed for volume "secrets": secret not found`,
		Format: `"%s"`, Argument: `""`},
}

// metric is one line of a kubelet's resource metrics, which metrics-server reads.
type metric struct{ Name, Dimension, Kind, Help, Value string }

var metrics = []metric{
	{"container_start_time_seconds", "container", "gauge", "Start time of the container since unix epoch in seconds", "pod.SinceSecond()"},
	{"container_cpu_usage_seconds_total", "container", "counter", "Cumulative cpu time consumed by the container in core-seconds", `pod.CumulativeUsage("cpu", container.name)`},
	{"container_memory_working_set_bytes", "container", "gauge", "Current working set of the container in bytes", `pod.Usage("memory", container.name)`},
	{"pod_cpu_usage_seconds_total", "pod", "counter", "Cumulative cpu time consumed by the pod in core-seconds", `pod.CumulativeUsage("cpu")`},
	{"pod_memory_working_set_bytes", "pod", "gauge", "Current working set of the pod in bytes", `pod.Usage("memory")`},
}

// Options are what depends on the cluster.
type Options struct {
	Logs        string // folder of the log files
	ForwardPort int    // where forwarded ports of pods lead
	Exec        bool   // run the commands of exec on this machine
}

// Config returns KWOK's configuration.
func Config(o Options) ([]byte, error) {
	// KWOK's own templates use {{ }}, so this one uses << >>.
	parsed, err := template.New("kwok.yaml").Delims("<<", ">>").Funcs(template.FuncMap{"yaml": quote}).Parse(source)
	if err != nil {
		return nil, fmt.Errorf("read the template of KWOK's configuration: %w", err)
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, map[string]any{
		"Logs": o.Logs, "ForwardPort": o.ForwardPort, "Exec": o.Exec,
		"Files": LogFiles, "Previous": Previous, "Failures": failures, "Metrics": metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("write KWOK's configuration: %w", err)
	}
	return out.Bytes(), nil
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
