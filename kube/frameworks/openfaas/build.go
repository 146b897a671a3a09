package openfaas

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// builder makes one function.
type builder struct {
	x        frameworks.Index
	f        *model.Function
	name     string // of Deployment, Service and route
	head     *model.Header
	declared bool // by a Function
	spec     function
	workload *model.Workload
	pods     []*model.Pod
	gateways []gateway
	gateway  *gateway
}

// Build describes the function.
func (adapter) Build(key model.FunctionKey, x frameworks.Index) (*model.Function, bool) {
	b := &builder{x: x, f: &model.Function{Key: key}, gateways: gateways(x)}
	ref := model.Ref{Group: key.Group, Kind: key.Kind, Namespace: key.Namespace, Name: key.Name}
	if ref.GroupKind() == functionKind {
		b.declared = true
		if !b.findFunction(ref) {
			return nil, false
		}
	} else if !b.findDeployment(ref) {
		return nil, false
	}
	b.gateway = serving(b.gateways, key.Namespace, b.declared)
	b.f.Platform = b.gateway.platform()
	b.describe()
	b.judge()
	b.routes()
	b.events()
	b.scaling()
	b.f.References = frameworks.MarkMissing(x, b.f.References)
	b.explainMissing()
	b.f.Notes = frameworks.List(b.f.Notes)
	return b.f, true
}

// findFunction looks for the Function and its Deployment; false when there is neither.
func (b *builder) findFunction(ref model.Ref) bool {
	b.name = ref.Name
	if o := b.x.Get(ref); o != nil {
		b.head = o.Head()
		b.f.Object, b.f.APIVersion, b.f.Labels = b.head.Ref, b.head.APIVersion(), b.head.Labels
		b.spec, _ = b.head.FactsOf(Name).(function)
		if b.spec.name != "" {
			b.name = b.spec.name
		}
	}
	for _, w := range frameworks.Typed[*model.Workload](b.x.Members(b.f.Key)) {
		owned := b.head != nil && w.OwnedBy(b.head)
		if b.workload == nil || owned && !b.workload.OwnedBy(b.head) {
			b.workload = w
		}
	}
	if b.head == nil {
		if b.workload == nil {
			return false
		}
		b.head, b.name = &b.workload.Header, b.workload.Name
		b.spec.labels, b.spec.annotations = b.workload.Template.Labels, b.workload.Annotations
	}
	return true
}

func (b *builder) findDeployment(ref model.Ref) bool {
	b.workload = frameworks.GetWorkload(b.x, ref)
	if b.workload == nil || declaredBy(b.workload) != "" || !labelOnly(b.workload) {
		return false
	}
	b.head, b.name = &b.workload.Header, b.workload.Name
	b.f.Object, b.f.APIVersion, b.f.Labels = b.head.Ref, b.head.APIVersion(), b.head.Labels
	b.spec.labels, b.spec.annotations = b.workload.Template.Labels, b.workload.Annotations
	return true
}

// describe fills in what the declaring object and the Deployment say.
func (b *builder) describe() {
	f := b.f
	f.Created, f.Changed = b.head.Created, b.head.Changed
	f.Image, f.Handler = b.spec.image, b.spec.handler
	f.ServiceAccount = b.spec.annotations.Get(accountAnnotation)
	f.Claims = []model.Ref{{
		Group: frameworks.Deployment.Group, Kind: frameworks.Deployment.Kind, Namespace: f.Key.Namespace, Name: b.name,
	}}
	if w := b.workload; w != nil {
		b.pods = frameworks.PodsOf(b.x, w.Ref)
		f.Claims = []model.Ref{w.Ref}
		f.Workloads = []model.WorkloadRef{{Ref: w.Ref, Role: model.Run}}
		f.Pods = frameworks.Refs(b.pods)
		t := frameworks.TemplateOf(w, model.Run, b.name)
		f.Templates = []model.Template{t}
		f.ServiceAccount = frameworks.AccountOf(t.Spec)
		f.Revision = w.Revision
		if c := frameworks.FunctionContainer(t.Spec, b.name); c != nil {
			f.Image = frameworks.Text(c.Image)
			if process, ok := frameworks.EnvValue(c, "fprocess"); ok && f.Handler == "" {
				f.Handler = frameworks.Text(process)
			}
		}
	}
	if f.ServiceAccount == "" {
		f.ServiceAccount = "default"
	}
	f.Source = model.Source{Kind: "image", Detail: provenance(b.spec)}
	b.references()
}

// provenance is what the build pipeline wrote into labels: repository and commit.
func provenance(s function) string {
	repo := s.annotations.Get("com.openfaas.git-repo-url")
	if repo == "" {
		repo = strings.Trim(s.labels.Get("com.openfaas.git-owner")+"/"+s.labels.Get("com.openfaas.git-repo"), "/")
	}
	if sha := s.labels.Get("com.openfaas.git-sha"); sha != "" {
		repo += "@" + sha
	}
	return frameworks.Text(repo)
}

func (b *builder) references() {
	for i, name := range b.spec.secrets {
		how := model.File
		s, _ := b.x.Get(model.Ref{Kind: frameworks.Secret.Kind, Namespace: b.f.Key.Namespace, Name: name}).(*model.Secret)
		if s != nil && (s.Type == "kubernetes.io/dockercfg" || s.Type == "kubernetes.io/dockerconfigjson") {
			how = model.Pull
		}
		b.f.References = append(b.f.References, model.Reference{
			Kind: frameworks.Secret.Kind, Name: name, How: how,
			Origin: model.Origin{Ref: b.head.Ref, Path: "spec.secrets[" + strconv.Itoa(i) + "]"},
		})
	}
	if w := b.workload; w != nil {
		b.f.References = append(b.f.References, frameworks.References(w.Template.Spec, w.Ref)...)
	}
}

// events adds what the connectors deliver, as the annotations topic and schedule say.
func (b *builder) events() {
	at := model.Origin{Ref: b.head.Ref, Path: "metadata.annotations.topic"}
	if b.declared && !b.f.Object.IsZero() {
		at.Path = "spec.annotations.topic"
	}
	schedule := b.spec.annotations.Get(scheduleAnnotation)
	for _, topic := range frameworks.List(strings.Split(b.spec.annotations.Get(topicAnnotation), ",")) {
		topic = strings.TrimSpace(topic)
		switch {
		case topic == "":
		case topic == cronTopic:
			for _, s := range frameworks.List(strings.Split(schedule, ";")) {
				if s = strings.TrimSpace(s); s != "" {
					b.f.Triggers = append(b.f.Triggers, model.Trigger{
						Type: model.Cron, Name: topic, Detail: frameworks.Text(s), Auth: "basic-auth", Origin: at,
					})
				}
			}
		default:
			b.f.Triggers = append(b.f.Triggers, model.Trigger{
				Type: model.Queue, Name: frameworks.Text(topic), Detail: frameworks.Text(topic), Auth: "basic-auth", Origin: at,
			})
		}
	}
}

const scaleLabel = "com.openfaas.scale."

func (b *builder) scaling() {
	s, ok := model.Scaling{}, false
	if b.workload != nil {
		s, ok = frameworks.Autoscaling(b.x, b.workload.Ref)
	}
	if !ok {
		s.Min, s.Max = b.number("min"), b.number("max")
	}
	var notes []string
	if target := b.spec.labels.Get(scaleLabel + "target"); target != "" {
		kind := b.spec.labels.Get(scaleLabel + "type")
		if kind == "" {
			kind = "rps"
		}
		notes = append(notes, kind+" "+target)
	}
	if b.spec.labels.Get(scaleLabel+"zero") == "true" {
		s.Min = model.Count(0)
		notes = append(notes, strings.TrimSpace("to zero "+b.spec.labels.Get(scaleLabel+"zero-duration")))
	}
	s.Note = frameworks.Text(strings.Join(notes, ", "))
	b.f.Scaling = s
}

func (b *builder) number(name string) *int32 {
	n, err := strconv.ParseInt(b.spec.labels.Get(scaleLabel+name), 10, 64)
	if err != nil {
		return nil
	}
	return model.Count(frameworks.Number(n))
}

func (b *builder) note(text string) {
	if text = frameworks.Text(text); !slices.Contains(b.f.Notes, text) {
		b.f.Notes = append(b.f.Notes, text)
	}
}
