package config

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rest"
)

// Prometheus is where it is asked how functions are called. Either URL or Service is set.
type Prometheus struct {
	Context string // empty: all
	URL     string
	Service string // NAMESPACE/[SCHEME:]NAME:PORT, through the service proxy
	Token   rest.SecretRef
	CA      []byte
	Queries map[string]plan.Queries // by framework, instead of its own; empty fields: its own
}

func (d *decoder) prometheus(n *yaml.Node) {
	if n == nil || isNull(n) {
		return
	}
	p, err := d.prometheusOf(n)
	if err != nil {
		d.note(n, true, "prometheus: %v", err)
		return
	}
	d.config.Prometheus = p
}

func (d *decoder) prometheusOf(n *yaml.Node) (*Prometheus, error) {
	var f struct {
		Service, URL, Context string
		TokenSecret           string `yaml:"tokenSecret"`
		CAFile                string `yaml:"caFile"`
		Queries               map[string]struct {
			Invocations, Errors, Latency string
			ColdStarts                   string `yaml:"coldStarts"`
		}
	}
	if err := n.Decode(&f); err != nil {
		return nil, err
	}
	p := &Prometheus{Context: f.Context, URL: f.URL, Service: f.Service, Queries: map[string]plan.Queries{}}
	switch {
	case f.URL == "" && f.Service == "":
		return nil, errors.New("url or service is missing")
	case f.URL != "" && f.Service != "":
		return nil, errors.New("url and service exclude each other")
	case f.URL == "" && f.TokenSecret != "":
		return nil, errors.New("url is missing: the API server's service proxy would remove the token of tokenSecret")
	case f.URL == "" && f.CAFile != "":
		return nil, errors.New("caFile goes with url: the API server's service proxy decides itself whom it trusts")
	}
	for name, q := range f.Queries {
		p.Queries[name] = plan.Queries{Invocations: q.Invocations, Errors: q.Errors, Latency: q.Latency, ColdStarts: q.ColdStarts}
	}
	var err error
	if f.TokenSecret != "" {
		if p.Token, err = rest.ParseSecretRef(f.TokenSecret); err != nil {
			return nil, err
		}
	}
	if f.CAFile != "" {
		if p.CA, err = readFile(d.file(f.CAFile)); err != nil {
			return nil, fmt.Errorf("caFile: %w", err)
		}
		if _, err = rest.NewTransport(p.CA); err != nil {
			return nil, fmt.Errorf("caFile: %w", err)
		}
	}
	return p, nil
}
