package openwhisk

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/fn9s/fn9s/kube/frameworks"
)

// actionFacts is what is kept of an action. Of its parameters only the names are.
type actionFacts struct {
	kind, image, main string
	binary            bool
	components        []string // of a sequence
	version           string
	web               webAccess
	memory, timeout   int32
	concurrency       int32
	instances         *int32
	parameters        []string
}

// webAccess says who may call an action by its web address.
type webAccess string

// The answers. Any key of any tenant passes where the annotation is `true`; a value that is no string, number or
// boolean lets nobody pass.
const (
	noWeb      webAccess = ""
	openWeb    webAccess = "open"
	tenantsWeb webAccess = "any tenant's key"
	secretWeb  webAccess = "require-whisk-auth"
	nobodyWeb  webAccess = "nobody"
)

type triggerFacts struct {
	feed, schedule string
}

type ruleFacts struct {
	action, trigger string // full names
	status          string
}

type packageFacts struct {
	public  bool
	binding string
}

type entry struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

func (framework) Decode(raw *frameworks.Raw) (any, error) {
	switch raw.GVK.Kind {
	case "Action":
		return decodeAction(raw.JSON)
	case "Package":
		return decodePackage(raw.JSON)
	case "Trigger":
		return decodeTrigger(raw.JSON)
	case "Rule":
		return decodeRule(raw.JSON)
	case frameworks.ConnectorKind:
		return frameworks.DecodeConnector(raw)
	}
	return nil, nil
}

func decodeAction(raw []byte) (any, error) {
	var o struct {
		Version string `json:"version"`
		Limits  struct {
			Memory      int64  `json:"memory"`
			Timeout     int64  `json:"timeout"`
			Concurrency int64  `json:"concurrency"`
			Instances   *int64 `json:"instances"`
		} `json:"limits"`
		Exec struct {
			Kind       string   `json:"kind"`
			Image      string   `json:"image"`
			Main       string   `json:"main"`
			Binary     bool     `json:"binary"`
			Components []string `json:"components"`
		} `json:"exec"`
		Annotations []entry `json:"annotations"`
		Parameters  []entry `json:"parameters"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read action: %w", err)
	}
	f := &actionFacts{
		kind: frameworks.Text(o.Exec.Kind), image: frameworks.Text(o.Exec.Image), main: frameworks.Text(o.Exec.Main),
		binary: o.Exec.Binary, version: frameworks.Text(o.Version), memory: frameworks.Number(o.Limits.Memory),
		timeout: frameworks.Number(o.Limits.Timeout), concurrency: frameworks.Number(o.Limits.Concurrency),
	}
	for _, c := range frameworks.List(o.Exec.Components) {
		f.components = append(f.components, frameworks.Text(c))
	}
	for _, p := range frameworks.List(o.Parameters) {
		f.parameters = append(f.parameters, frameworks.Text(p.Key))
	}
	if o.Limits.Instances != nil {
		n := frameworks.Number(*o.Limits.Instances)
		f.instances = &n
	}
	if f.kind == "" {
		f.kind = frameworks.Text(text(find(o.Annotations, "exec")))
	}
	f.web = access(o.Annotations)
	return f, nil
}

// access reads the annotations of a web action.
func access(annotations []entry) webAccess {
	if !truthy(find(annotations, "web-export")) {
		return noWeb
	}
	auth := find(annotations, "require-whisk-auth")
	var n json.Number
	switch {
	case auth == nil || string(auth) == "false":
		return openWeb
	case string(auth) == "true":
		return tenantsWeb
	case text(auth) != "" || json.Unmarshal(auth, &n) == nil && n != "":
		return secretWeb
	}
	return nobodyWeb
}

func find(list []entry, key string) json.RawMessage {
	for i := range list {
		if list[i].Key == key {
			return list[i].Value
		}
	}
	return nil
}

func truthy(v json.RawMessage) bool {
	var b bool
	return json.Unmarshal(v, &b) == nil && b
}

func text(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

func decodePackage(raw []byte) (any, error) {
	var o struct {
		Publish bool `json:"publish"`
		Binding struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
		} `json:"binding"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read package: %w", err)
	}
	f := &packageFacts{public: o.Publish}
	if o.Binding.Name != "" {
		f.binding = frameworks.Text(o.Binding.Namespace + "/" + o.Binding.Name)
	}
	return f, nil
}

func decodeTrigger(raw []byte) (any, error) {
	var o struct {
		Annotations []entry `json:"annotations"`
		Parameters  []entry `json:"parameters"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read trigger: %w", err)
	}
	f := &triggerFacts{feed: frameworks.Text(text(find(o.Annotations, "feed")))}
	for _, name := range []string{"cron", "topic"} {
		if v := text(find(o.Parameters, name)); v != "" {
			f.schedule = frameworks.Text(v)
		}
	}
	var minutes int64
	if json.Unmarshal(find(o.Parameters, "minutes"), &minutes) == nil && minutes > 0 && f.schedule == "" {
		f.schedule = "every " + strconv.FormatInt(minutes, 10) + " min"
	}
	return f, nil
}

func decodeRule(raw []byte) (any, error) {
	type name struct {
		Path string `json:"path"`
		Name string `json:"name"`
	}
	var o struct {
		Status  string `json:"status"`
		Trigger name   `json:"trigger"`
		Action  name   `json:"action"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read rule: %w", err)
	}
	f := &ruleFacts{status: frameworks.Text(o.Status)}
	if o.Action.Name != "" {
		f.action = frameworks.Text(o.Action.Path + "/" + o.Action.Name)
	}
	if o.Trigger.Name != "" {
		f.trigger = frameworks.Text(o.Trigger.Path + "/" + o.Trigger.Name)
	}
	return f, nil
}
