package kubeless

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// function is what is kept of a Function. The source text is not.
type function struct {
	runtime, handler string
	image            string // of spec.deployment: an image that holds the code
	account          string
	source           model.Source
	checksum         bool
	serviceType      string
	min, max         *int32
	autoscaler       bool
	references       []model.Reference
	problem          string // of spec.deployment, which no schema checks
}

// trigger is what is kept of the five kinds of triggers.
type trigger struct {
	function string // empty: selector
	selector labels.Selector
	detail   string // host and path, schedule, topic, stream
	tls      string // Secret names
	auth     string
}

// Decode reads Functions and triggers, and the settings of the controller.
func (adapter) Decode(raw *frameworks.Raw) (any, error) {
	if o, ok := raw.Typed.(*corev1.ConfigMap); ok {
		return decodeSettings(o), nil
	}
	switch raw.GVK.GroupKind() {
	case functionKind:
		return decodeFunction(raw)
	case httpKind, cronKind, kafkaKind, natsKind, kinesisKind:
		return decodeTrigger(raw)
	}
	return nil, nil
}

func decodeFunction(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Handler     string          `json:"handler"`
			Function    string          `json:"function"`
			ContentType string          `json:"function-content-type"`
			Checksum    string          `json:"checksum"`
			Runtime     string          `json:"runtime"`
			Deployment  json.RawMessage `json:"deployment"`
			Service     struct {
				Type string `json:"type"`
			} `json:"service"`
			Autoscaler struct {
				Metadata struct {
					Name string `json:"name"`
				} `json:"metadata"`
				Spec struct {
					Min *int64 `json:"minReplicas"`
					Max *int64 `json:"maxReplicas"`
				} `json:"spec"`
			} `json:"horizontalPodAutoscaler"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode Function: %w", err)
	}
	s := &o.Spec
	f := function{
		runtime: frameworks.Text(s.Runtime), handler: frameworks.Text(s.Handler),
		source: source(s.ContentType, s.Function), checksum: s.Checksum != "", serviceType: frameworks.Text(s.Service.Type),
		min: count(s.Autoscaler.Spec.Min), max: count(s.Autoscaler.Spec.Max), autoscaler: s.Autoscaler.Metadata.Name != "",
	}
	if len(s.Deployment) > 0 {
		f.deployment(s.Deployment, raw.Header.Ref)
	}
	return f, nil
}

// deployment reads spec.deployment, a whole Deployment that is merged into the controller's own.
func (f *function) deployment(raw []byte, at model.Ref) {
	var d appsv1.Deployment
	if err := json.Unmarshal(raw, &d); err != nil {
		f.problem = frameworks.Line("spec.deployment: " + err.Error())
		return
	}
	pod := &d.Spec.Template.Spec
	f.account = frameworks.Text(pod.ServiceAccountName)
	if len(pod.Containers) > 0 {
		f.image = frameworks.Text(pod.Containers[0].Image)
	}
	f.references = frameworks.References(pod, at)
	for i := range f.references {
		f.references[i].Origin.Path = "spec.deployment." + f.references[i].Origin.Path
	}
}

func count(n *int64) *int32 {
	if n == nil {
		return nil
	}
	return model.Count(frameworks.Number(*n))
}

// source says where the code comes from, without the code, and without the query and password of its URL: a signed
// URL is a credential.
func source(contentType, text string) model.Source {
	kind, packing, packed := strings.Cut(contentType, "+")
	switch {
	case kind == "url":
		u, err := url.Parse(strings.TrimSpace(text))
		if err != nil {
			return model.Source{Kind: "url"}
		}
		u.RawQuery, u.Fragment, u.User = "", "", nil
		return model.Source{Kind: "url", Detail: frameworks.Text(u.String())}
	case packed && packing != "deps":
		return model.Source{Kind: "archive", Detail: frameworks.Text(contentType)}
	}
	return model.Source{Kind: "inline", Detail: frameworks.Text(contentType)}
}

func decodeTrigger(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Function  string                `json:"function-name"`
			Selector  *metav1.LabelSelector `json:"functionSelector"`
			Host      string                `json:"host-name"`
			Path      string                `json:"path"`
			TLS       bool                  `json:"tls"`
			TLSSecret string                `json:"tls-secret"`
			BasicAuth string                `json:"basic-auth-secret"`
			Schedule  string                `json:"schedule"`
			Topic     string                `json:"topic"`
			Stream    string                `json:"stream"`
			Secret    string                `json:"secret"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("decode %s: %w", raw.GVK.Kind, err)
	}
	s := &o.Spec
	t := trigger{function: frameworks.Text(s.Function), tls: frameworks.Text(s.TLSSecret)}
	switch raw.GVK.GroupKind() {
	case httpKind:
		t.detail = frameworks.Text(s.Host + "/" + strings.TrimPrefix(s.Path, "/"))
		t.auth = frameworks.Text(s.BasicAuth)
		if s.TLS && t.tls == "" {
			t.tls = raw.Header.Name + "-tls"
		}
	case cronKind:
		t.detail = frameworks.Text(s.Schedule)
	case kinesisKind:
		t.detail, t.auth = frameworks.Text(s.Stream), frameworks.Text(s.Secret)
	default:
		t.function, t.detail, t.selector = "", frameworks.Text(s.Topic), labels.Nothing()
		if s.Selector != nil {
			chosen, err := metav1.LabelSelectorAsSelector(s.Selector)
			if err != nil {
				return nil, fmt.Errorf("decode %s: functionSelector: %w", raw.GVK.Kind, err)
			}
			t.selector = chosen
		}
		raw.Header.Links = append(raw.Header.Links, selectors(raw.Header.Namespace))
	}
	return t, nil
}
