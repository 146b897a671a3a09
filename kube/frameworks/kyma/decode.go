package kyma

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// function is what is kept of a Function. Its code is not.
type function struct {
	runtime, image string
	source         model.Source
	min, max       *int32
	scaled         bool // spec.scaleConfig is there
	references     []model.Reference
	conditions     []model.Condition
	observed       int64
	generation     int64
	classic        bool
	buildless      bool
}

type functionJSON struct {
	Metadata struct {
		Generation int64 `json:"generation"`
	} `json:"metadata"`
	Spec struct {
		Runtime string          `json:"runtime"`
		Image   string          `json:"runtimeImageOverride"`
		Source  json.RawMessage `json:"source"` // text in v1alpha1
		Env     []corev1.EnvVar `json:"env"`
		Mounts  []struct {
			Secret string `json:"secretName"`
		} `json:"secretMounts"`
		Scale *struct {
			Min *int64 `json:"minReplicas"`
			Max *int64 `json:"maxReplicas"`
		} `json:"scaleConfig"`
	} `json:"spec"`
	Status struct {
		Observed   int64           `json:"observedGeneration"`
		Commit     string          `json:"commit"`
		Security   json.RawMessage `json:"containerSecurityContext"`
		Repository struct {
			Commit string `json:"commit"`
		} `json:"gitRepository"`
		Conditions []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"conditions"`
	} `json:"status"`
}

type sourceJSON struct {
	Inline *struct{} `json:"inline"`
	Git    *struct {
		URL       string `json:"url"`
		BaseDir   string `json:"baseDir"`
		Reference string `json:"reference"`
		Auth      struct {
			Secret string `json:"secretName"`
		} `json:"auth"`
	} `json:"gitRepository"`
}

// Decode reads Functions, APIRules, Subscriptions and Istio's Gateways.
func (adapter) Decode(raw *frameworks.Raw) (any, error) {
	switch raw.GVK.GroupKind() {
	case functionKind:
		return decodeFunction(raw)
	case ruleKind:
		return decodeRule(raw)
	case subscriptionKind:
		return decodeSubscription(raw)
	case gatewayKind:
		return decodeGateway(raw)
	}
	return nil, nil
}

func decodeFunction(raw *frameworks.Raw) (any, error) {
	var o functionJSON
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode Function: %w", err)
	}
	f := function{
		runtime: frameworks.Text(o.Spec.Runtime), image: frameworks.Text(o.Spec.Image),
		observed: o.Status.Observed, generation: o.Metadata.Generation,
		buildless: o.Status.Observed != 0 || len(o.Status.Security) > 0,
	}
	if s := o.Spec.Scale; s != nil {
		f.scaled, f.min, f.max = true, count(s.Min), count(s.Max)
	}
	for _, c := range frameworks.List(o.Status.Conditions) {
		f.classic = f.classic || c.Type == "BuildReady"
		f.conditions = append(f.conditions, model.Condition{
			Type: c.Type, Status: c.Status, Reason: frameworks.Text(c.Reason), Message: frameworks.Text(c.Message),
		})
	}
	f.uses(&o, raw.Header.Ref)
	if err := f.from(&o, raw.Header.Ref); err != nil {
		return nil, err
	}
	return f, nil
}

// uses reads the references of environment and mounts.
func (f *function) uses(o *functionJSON, at model.Ref) {
	// A container with this environment gives the same references, one path deeper.
	pod := &corev1.PodSpec{Containers: []corev1.Container{{Env: frameworks.List(o.Spec.Env)}}}
	f.references = frameworks.References(pod, at)
	for i := range f.references {
		p := &f.references[i].Origin.Path
		*p = strings.Replace(*p, "spec.template.spec.containers[0].", "spec.", 1)
	}
	for i, m := range frameworks.List(o.Spec.Mounts) {
		f.secret(m.Secret, model.File, at, fmt.Sprintf("spec.secretMounts[%d]", i))
	}
}

func (f *function) secret(name string, how model.How, at model.Ref, path string) {
	if name != "" {
		f.references = append(f.references, model.Reference{
			Kind: frameworks.Secret.Kind, Name: frameworks.Text(name), How: how, Origin: model.Origin{Ref: at, Path: path},
		})
	}
}

// from reads where the code comes from.
func (f *function) from(o *functionJSON, at model.Ref) error {
	f.source.Kind = "inline"
	text := bytes.TrimSpace(o.Spec.Source)
	if len(text) == 0 || text[0] == '"' {
		return nil
	}
	var s sourceJSON
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("decode Function: spec.source: %w", err)
	}
	if s.Git == nil {
		return nil
	}
	f.source.Kind = "git"
	detail := plainURL(s.Git.URL) + "@" + s.Git.Reference
	if dir := strings.Trim(s.Git.BaseDir, "/"); dir != "" && dir != "." {
		detail += " " + dir
	}
	commit := o.Status.Repository.Commit
	if commit == "" {
		commit = o.Status.Commit
	}
	if commit != "" && commit != s.Git.Reference {
		detail += " (" + commit[:min(len(commit), 12)] + ")"
	}
	f.source.Detail = frameworks.Text(detail)
	f.secret(s.Git.Auth.Secret, model.ForBld, at, "spec.source.gitRepository.auth.secretName")
	return nil
}

// plainURL drops user, password and query, which may be credentials. Addresses like git@host:path have none.
func plainURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

func count(n *int64) *int32 {
	if n == nil {
		return nil
	}
	return model.Count(frameworks.Number(*n))
}
