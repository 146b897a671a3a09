// Package openwhisk is the adapter of Apache OpenWhisk and OpenServerless.
//
// Its one rule: what a pod's name says is a guess and shown as one. Only labels and the list of a connector are
// true, and without a connector idle actions cannot be seen, which an opaque row says.
package openwhisk

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Name is the name of the framework.
const Name = "openwhisk"

// The kinds of function keys besides Action and Connector. No API serves them.
const (
	platformKind  = "Platform"  // the row of a control plane: opaque, or orphaned when only its pods are left
	platformsKind = "Platforms" // no row: the members are the parts of all control planes of a namespace
	releaseKind   = "Release"   // no row: the members are the parts of one control plane, in any namespace
	bucketKind    = "Names"     // no row: the members are actions and cut pod names that begin alike
)

type framework struct{}

// New returns the adapter.
func New() frameworks.Framework { return framework{} }

func (framework) Name() string { return Name }

// Resources lists the records of the connector, and the custom resource by which OpenServerless is recognised: only
// its metadata, because it holds credentials in plain text.
func (framework) Resources() []frameworks.Resource {
	return []frameworks.Resource{
		{Group: frameworks.WhiskGroup, Kind: "Action", Plural: "actions", Function: true},
		{Group: frameworks.WhiskGroup, Kind: "Package", Plural: "packages"},
		{Group: frameworks.WhiskGroup, Kind: "Trigger", Plural: "triggers"},
		{Group: frameworks.WhiskGroup, Kind: "Rule", Plural: "rules"},
		{Group: frameworks.WhiskGroup, Kind: frameworks.ConnectorKind, Plural: "connectors"},
		{Group: "nuvolaris.org", Kind: "Whisk", Plural: "whisks", Versions: []string{"v1"}, Metadata: true},
	}
}

func (framework) Keys(o model.Object) []model.FunctionKey {
	h := o.Head()
	switch h.Group {
	case frameworks.WhiskGroup:
		return keysOfRecord(h)
	case "nuvolaris.org":
		if h.Kind == "Whisk" {
			return keysOfRelease(h.Namespace, serverless)
		}
		return nil
	}
	switch r := o.(type) {
	case *model.Pod:
		if r.Labels.Get(actionPodLabel) == "true" {
			return keysOfActionPod(r)
		}
		return keysOfPart(h, r.Labels)
	case *model.Workload:
		return keysOfPart(h, r.Template.Labels)
	case *model.Service:
		return keysOfPart(h, h.Labels)
	}
	return nil
}

// keysOfPart names the platform of its parts that matter: controller, invoker and edge.
func keysOfPart(h *model.Header, labels model.Labels) []model.FunctionKey {
	release, part := partOf(h, labels)
	if part == "" {
		return nil
	}
	return keysOfRelease(h.Namespace, release)
}

func keysOfRelease(namespace, release string) []model.FunctionKey {
	return []model.FunctionKey{
		key(platformKind, namespace, release), key(platformsKind, namespace, ""), key(releaseKind, "", release),
	}
}

func keysOfRecord(h *model.Header) []model.FunctionKey {
	_, name, _ := strings.Cut(h.Name, "/")
	switch h.Kind {
	case "Action":
		keys := []model.FunctionKey{actionKey(h.Namespace, name)}
		if g := guessOfAction(name); g != "" {
			keys = append(keys, guessKey(h.Namespace, g))
			if len(g) >= bucketLength {
				keys = append(keys, key(bucketKind, h.Namespace, g[:bucketLength]))
			}
		}
		return keys
	case "Rule":
		if f, ok := h.FactsOf(Name).(*ruleFacts); ok && f.action != "" {
			return []model.FunctionKey{actionKey(h.Namespace, f.action)}
		}
	case frameworks.ConnectorKind:
		return []model.FunctionKey{
			key(frameworks.ConnectorKind, h.Namespace, h.Name),
			frameworks.ConnectorsKey(Name, frameworks.WhiskGroup, h.Namespace),
		}
	}
	return nil
}

func key(kind, namespace, name string) model.FunctionKey {
	return model.FunctionKey{Framework: Name, Group: frameworks.WhiskGroup, Kind: kind, Namespace: namespace, Name: name}
}

// actionKey is the key of an action by its full name: NS/NAME or NS/PKG/NAME.
func actionKey(namespace, name string) model.FunctionKey { return key("Action", namespace, name) }

// guessKey is the key of what a pod's name looks like. The question mark keeps it apart from an action of that name.
func guessKey(namespace, guess string) model.FunctionKey { return key("Action", namespace, guess+"?") }

func (framework) Build(k model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	switch k.Kind {
	case "Action":
		if strings.HasSuffix(k.Name, "?") {
			return buildGuess(k, x)
		}
		return buildAction(k, x)
	case platformKind:
		return buildPlatform(k, x)
	case frameworks.ConnectorKind:
		return buildConnector(k, x)
	}
	return nil, false
}
