package main

import (
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
)

// apiVersion is the version of all documents that fn9s prints. Fields are added within it, never renamed or removed.
const apiVersion = "fn9s/v1"

// functionList is the document of `fn9s list`.
type functionList struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Sources    []sourceItem     `json:"sources"`
	Unreadable []unreadableItem `json:"unreadable"`
	Functions  []functionItem   `json:"functions"`
}

// sourceItem is where functions were read from.
type sourceItem struct {
	Kind       string          `json:"kind"` // cluster
	Context    string          `json:"context"`
	Server     string          `json:"server,omitempty"`
	Namespaces []string        `json:"namespaces"`
	Connectors []connectorItem `json:"connectors"`
	Error      *string         `json:"error"`
}

type connectorItem struct {
	Framework string  `json:"framework"`
	Name      string  `json:"name"`
	Error     *string `json:"error"`
}

// unreadableItem is one thing that the operator may not read.
type unreadableItem struct {
	Context   string `json:"context"`
	Verb      string `json:"verb"`
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
	Reason    string `json:"reason"`
}

// functionItem is what every document says of a function.
type functionItem struct {
	ID             string        `json:"id"`
	Context        string        `json:"context"`
	Framework      string        `json:"framework"`
	Namespace      string        `json:"namespace"`
	Name           string        `json:"name"`
	Object         *objectItem   `json:"object,omitempty"`
	Opaque         bool          `json:"opaque"`
	State          string        `json:"state"`
	Reason         string        `json:"reason,omitempty"`
	Ready          *int32        `json:"ready,omitempty"`
	Desired        *int32        `json:"desired,omitempty"`
	Runtime        string        `json:"runtime,omitempty"`
	Image          string        `json:"image,omitempty"`
	ServiceAccount string        `json:"serviceAccount,omitempty"`
	Triggers       []triggerItem `json:"triggers"`
	URLs           []string      `json:"urls"`
	Secrets        []string      `json:"secrets"`
	Created        string        `json:"created,omitempty"`
	// The posture, of what can be judged. Exposure says from where it can be called, Authentication with which login.
	Exposure       string `json:"exposure,omitempty"`
	Authentication string `json:"authentication,omitempty"`
	PSS            string `json:"pss,omitempty"`
	Blast          *int32 `json:"blast,omitempty"`
	Grade          string `json:"grade,omitempty"`
	Capped         bool   `json:"capped,omitempty"` // the grade may be better than the truth
}

// objectItem names an object. In a list only the kind is said of what declares a function: the rest is the
// function's own.
type objectItem struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Group      string `json:"group,omitempty"` // where the version is not known
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name,omitempty"`
}

type triggerItem struct {
	Type     string `json:"type"`
	Name     string `json:"name,omitempty"`
	Detail   string `json:"detail"`
	Auth     string `json:"auth,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`
}

// functionDocument is the document of `fn9s get`.
type functionDocument struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	functionItem
	Source     sourceItem        `json:"source"`
	Labels     map[string]string `json:"labels,omitempty"`
	Handler    string            `json:"handler,omitempty"`
	Code       *codeItem         `json:"code,omitempty"`
	Workloads  []workloadItem    `json:"workloads"`
	Pods       []podItem         `json:"pods"`
	Endpoints  []endpointItem    `json:"endpoints"`
	References []referenceItem   `json:"references"`
	Scaling    *scalingItem      `json:"scaling,omitempty"`
	Revision   string            `json:"revision,omitempty"`
	Traffic    []trafficItem     `json:"traffic"`
	Changed    *changeItem       `json:"changed,omitempty"`
	Platform   *platformItem     `json:"platform,omitempty"`
	Notes      []string          `json:"notes"`
	Posture    *postureItem      `json:"posture,omitempty"`
	why        string            // it is not ready, in a sentence for people
}

type codeItem struct {
	Kind   string `json:"kind,omitempty"`
	Detail string `json:"detail,omitempty"`
}

type workloadItem struct {
	objectItem
	Role    string `json:"role"`
	Shared  bool   `json:"shared"`
	Ready   *int32 `json:"ready,omitempty"`
	Desired *int32 `json:"desired,omitempty"`
}

type podItem struct {
	Name     string `json:"name"`
	Phase    string `json:"phase,omitempty"`
	Ready    bool   `json:"ready"`
	Restarts int32  `json:"restarts"`
	Node     string `json:"node,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Created  string `json:"created,omitempty"`
}

type endpointItem struct {
	URL      string `json:"url"`
	External bool   `json:"external"`
}

type referenceItem struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Key       string `json:"key,omitempty"`
	How       string `json:"how"`
	Optional  bool   `json:"optional"`
	Missing   bool   `json:"missing"`
}

type scalingItem struct {
	Min  *int32      `json:"min,omitempty"`
	Max  *int32      `json:"max,omitempty"`
	By   *objectItem `json:"by,omitempty"`
	Note string      `json:"note,omitempty"`
}

type trafficItem struct {
	Revision string `json:"revision,omitempty"`
	Percent  int32  `json:"percent"`
	Tag      string `json:"tag,omitempty"`
	Latest   bool   `json:"latest"`
}

type changeItem struct {
	Time string `json:"time"`
	By   string `json:"by,omitempty"`
}

type platformItem struct {
	Namespace string `json:"namespace,omitempty"`
	Release   string `json:"release,omitempty"`
	Version   string `json:"version,omitempty"`
	Shape     string `json:"shape,omitempty"`
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// itemOf describes a function as lists do.
func itemOf(r *board.Row) functionItem {
	f := r.Function
	item := functionItem{
		ID: r.ID.String(), Context: r.ID.Context, Framework: r.ID.Framework, Namespace: r.ID.Namespace, Name: f.Name(),
		Opaque: f.Opaque, State: string(f.State), Reason: f.Reason, Ready: f.Ready, Desired: f.Desired,
		Runtime: f.Runtime, Image: f.Image, ServiceAccount: f.ServiceAccount, Created: moment(f.Created),
		Triggers: []triggerItem{}, URLs: []string{}, Secrets: secretsOf(f),
	}
	if f.Object.Kind != "" {
		item.Object = &objectItem{APIVersion: f.APIVersion, Kind: f.Object.Kind}
	}
	for _, t := range f.Triggers {
		item.Triggers = append(item.Triggers, triggerItem{
			Type: string(t.Type), Name: t.Name, Detail: t.Detail, Auth: t.Auth, Disabled: t.Disabled,
		})
	}
	for _, u := range f.URLs {
		item.URLs = append(item.URLs, u.URL)
	}
	item.judge(r.Posture)
	return item
}

// secretsOf names the Secrets that a function refers to, each once, with the namespace where it is another one.
func secretsOf(f *model.Function) []string {
	names := []string{}
	seen := map[string]bool{}
	for _, ref := range f.References {
		name := ref.Name
		if ref.Namespace != "" && ref.Namespace != f.Key.Namespace {
			name = ref.Namespace + "/" + name
		}
		if ref.Kind == "Secret" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

func (a *answer) document(rows []*board.Row) functionList {
	l := functionList{
		APIVersion: apiVersion, Kind: "FunctionList",
		Sources: []sourceItem{}, Unreadable: []unreadableItem{}, Functions: make([]functionItem, 0, len(rows)),
	}
	for _, name := range a.contexts {
		l.Sources = append(l.Sources, a.source(name))
		l.Unreadable = append(l.Unreadable, a.unreadable(name)...)
	}
	for _, r := range rows {
		l.Functions = append(l.Functions, itemOf(r))
	}
	return l
}

func (a *answer) source(contextName string) sourceItem {
	c := a.clusters[contextName]
	s := sourceItem{Kind: "cluster", Context: contextName, Server: c.Server, Namespaces: []string{}, Connectors: []connectorItem{}}
	for _, n := range c.Namespaces {
		if n.Watched && a.inScope(contextName, n.Name) {
			s.Namespaces = append(s.Namespaces, n.Name)
		}
	}
	for _, k := range c.Connectors {
		item := connectorItem{Framework: k.Framework, Name: k.Name}
		if k.Connection.Reason != "" {
			item.Error = &k.Connection.Reason
		}
		s.Connectors = append(s.Connectors, item)
	}
	if err := a.failures[contextName]; err != nil {
		message := err.Error()
		s.Error = &message
	}
	return s
}

func (a *answer) unreadable(contextName string) []unreadableItem {
	var items []unreadableItem
	for _, r := range a.clusters[contextName].Refusals {
		if r.Namespace == "" || a.inScope(contextName, r.Namespace) {
			items = append(items, unreadableItem{
				Context: contextName, Verb: r.Verb, Group: r.Group, Resource: r.Resource, Namespace: r.Namespace, Reason: "forbidden",
			})
		}
	}
	return items
}
