package fn

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/fn9s/fn9s/kube/frameworks"
)

// functionFacts is what is kept of a Fn. Of the configuration only the names are: values may be secrets.
type functionFacts struct {
	id, image             string
	memory, timeout, idle int32
	config                []string
	endpoint              string // as the server computes it from the request's host
}

type appFacts struct {
	config []string
	syslog string // without credentials
}

type triggerFacts struct{ kind, source, endpoint string }

func (framework) Decode(raw *frameworks.Raw) (any, error) {
	switch raw.GVK.Kind {
	case "Fn":
		return decodeFunction(raw.JSON)
	case "App":
		return decodeApp(raw.JSON)
	case "Trigger":
		return decodeTrigger(raw.JSON)
	case frameworks.ConnectorKind:
		return frameworks.DecodeConnector(raw)
	}
	return nil, nil
}

func decodeFunction(raw []byte) (any, error) {
	var o struct {
		ID          string         `json:"id"`
		Image       string         `json:"image"`
		Memory      int64          `json:"memory"`
		Timeout     int64          `json:"timeout"`
		IdleTimeout int64          `json:"idle_timeout"`
		Config      map[string]any `json:"config"`
		Annotations map[string]any `json:"annotations"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read function: %w", err)
	}
	return &functionFacts{
		id: frameworks.Text(o.ID), image: frameworks.Text(o.Image), memory: frameworks.Number(o.Memory),
		timeout: frameworks.Number(o.Timeout), idle: frameworks.Number(o.IdleTimeout),
		config:   names(o.Config),
		endpoint: endpoint(o.Annotations["fnproject.io/fn/invokeEndpoint"]),
	}, nil
}

func decodeApp(raw []byte) (any, error) {
	var o struct {
		Config map[string]any `json:"config"`
		Syslog string         `json:"syslog_url"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read app: %w", err)
	}
	return &appFacts{config: names(o.Config), syslog: withoutUser(o.Syslog)}, nil
}

func decodeTrigger(raw []byte) (any, error) {
	var o struct {
		Type        string         `json:"type"`
		Source      string         `json:"source"`
		Annotations map[string]any `json:"annotations"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read trigger: %w", err)
	}
	return &triggerFacts{
		kind: frameworks.Text(o.Type), source: frameworks.Text(o.Source),
		endpoint: endpoint(o.Annotations["fnproject.io/trigger/httpEndpoint"]),
	}, nil
}

func names(config map[string]any) []string {
	all := slices.Sorted(maps.Keys(config))
	for i := range all {
		all[i] = frameworks.Text(all[i])
	}
	return slices.Clip(frameworks.List(all))
}

// endpoint accepts an address that a browser could open, and nothing else.
func endpoint(v any) string {
	s, _ := v.(string)
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return frameworks.Text(s)
}

// withoutUser drops the credentials that an address may hold; an address that cannot be parsed is not shown.
func withoutUser(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil {
		return "an address that cannot be read"
	}
	u.User = nil
	return frameworks.Text(u.String())
}
