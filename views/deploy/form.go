package deploy

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// form is what was filled in so far, by the ids of fields.
type form struct {
	maker  screen.Maker
	base   plan.DeployRequest // what no field is for: it came with a file or a copy
	from   string             // where that came from; empty: nowhere
	copy   *model.FunctionID  // that it is to be like; nil: none
	values map[string]string
	code   *plan.Code
	// The fields of which there may be several.
	envs, mounts int
	triggers     []string // types
	without      map[check.Intent]bool
	// past are the fields that the operator has left once: from then on what is wrong with them is shown.
	past map[string]bool
}

// The ids of fields that code names. Problems name fields by the word before the first blank.
const (
	frameworkID = "framework"
	namespaceID = "namespace"
	nameID      = "name"
	sourceID    = "source"
	imageID     = "image"
	codeID      = "code"
	gitID       = "git"
	gitRefID    = "git ref"
	gitFolderID = "git folder"
	gitSecretID = "git secret"
	runtimeID   = "runtime"
	handlerID   = "handler"
	accountID   = "service-account"
	minID       = "min"
	maxID       = "max"
	timeoutID   = "timeout"
	portID      = "port"
	commandID   = "command"
	argsID      = "args"
	labelsID    = "label"
	notesID     = "annotation"
	pullID      = "pull-secret"
	addEnvID    = "env"
	addMountID  = "secret"
	addID       = "trigger"
	failureID   = "failure"
	secretsID   = "needs"
)

// resources are the quantities that can be asked for.
var resources = []struct{ id, label, key, about string }{
	{"cpu", "CPU", "cpu", "what it is promised of a CPU: 100m is a tenth of one"},
	{"memory", "Memory", "memory", "what it is promised of memory: 128Mi"},
	{"cpu-limit", "CPU at most", "cpu", "it is slowed down above"},
	{"memory-limit", "Memory at most", "memory", "it is ended above"},
}

func newForm(m screen.Maker, namespace string) *form {
	f := &form{maker: m, values: map[string]string{}, without: map[check.Intent]bool{}, past: map[string]bool{}}
	f.values[namespaceID] = namespace
	f.values[sourceID] = plan0(m.Offer.Sources)
	if slices.Contains(m.Offer.Sources, imageID) {
		f.values[sourceID] = imageID
	}
	return f
}

func plan0(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// clone is a copy that can be changed.
func (f *form) clone() *form {
	c := *f
	c.values, c.without, c.past, c.triggers = maps.Clone(f.values), maps.Clone(f.without), maps.Clone(f.past), slices.Clone(f.triggers)
	return &c
}

// fill takes over a request. What no field is for is kept as it is.
func (f *form) fill(r *plan.DeployRequest, from string) {
	f.base, f.from = *r, from
	set := func(id, value string) {
		if delete(f.values, id); value != "" {
			f.values[id] = value
		}
	}
	set(nameID, r.Name)
	if r.Namespace != "" {
		set(namespaceID, r.Namespace)
	}
	f.fillSource(r, set)
	set(runtimeID, r.Runtime)
	set(handlerID, r.Handler)
	set(accountID, r.ServiceAccount)
	set(commandID, words(r.Command))
	set(argsID, words(r.Args))
	set(labelsID, pairs(r.Labels))
	set(notesID, pairs(r.Annotations))
	set(pullID, strings.Join(r.PullSecrets, ","))
	for _, x := range resources {
		of := r.Requests
		if strings.HasSuffix(x.id, "limit") {
			of = r.Limits
		}
		set(x.id, of[x.key])
	}
	number := func(id string, n *int) {
		if n != nil {
			set(id, strconv.Itoa(*n))
		}
	}
	number(minID, r.Min)
	number(maxID, r.Max)
	if r.Port != 0 {
		set(portID, strconv.Itoa(r.Port))
	}
	if r.Timeout != 0 {
		set(timeoutID, r.Timeout.String())
	}
	for _, o := range f.maker.Offer.Options {
		set("option "+o.Key, r.Options[o.Key])
	}
	f.envs = len(r.Env)
	for i := range r.Env {
		set(nth(addEnvID, i), variableText(&r.Env[i]))
	}
	f.mounts = len(r.Mounts)
	for i := range r.Mounts {
		set(nth(addMountID, i), mountText(&r.Mounts[i]))
	}
	f.fillTriggers(r.Triggers, set)
}

func (f *form) fillSource(r *plan.DeployRequest, set func(id, value string)) {
	switch {
	case r.Source.Code != nil:
		f.code = r.Source.Code
		set(sourceID, codeID)
		set(codeID, r.Source.Code.Name)
	case r.Source.Git != nil:
		g := r.Source.Git
		set(sourceID, gitID)
		set(gitID, g.URL)
		set(gitRefID, g.Ref)
		set(gitFolderID, g.Folder)
		set(gitSecretID, g.Secret)
	case r.Source.Image != "":
		set(sourceID, imageID)
	}
	set(imageID, r.Source.Image)
}

func (f *form) fillTriggers(all []plan.Trigger, set func(id, value string)) {
	f.triggers = nil
	for i := range all {
		t := &all[i]
		f.triggers = append(f.triggers, t.Type)
		id := nth(addID, i)
		set(id+" host", t.Host)
		set(id+" path", t.Path)
		set(id+" methods", strings.Join(t.Methods, ","))
		set(id+" schedule", t.Schedule)
		set(id+" topic", t.Topic)
		set(id+" broker", t.Broker)
	}
}

func nth(id string, i int) string { return id + " " + strconv.Itoa(i) }

// request puts together what was filled in, and says what of it cannot be read.
func (f *form) request() (plan.DeployRequest, []plan.Problem) {
	r := reader{form: f}
	q := f.base
	q.Framework, q.Namespace, q.Name = f.maker.Framework, f.values[namespaceID], f.values[nameID]
	q.Source = f.source(&r)
	q.Runtime, q.Handler, q.ServiceAccount = f.values[runtimeID], f.values[handlerID], f.values[accountID]
	q.Command, q.Args = r.words(commandID), r.words(argsID)
	q.Labels, q.Annotations = r.pairs(labelsID, f.base.Labels), r.pairs(notesID, f.base.Annotations)
	q.PullSecrets = list(f.values[pullID])
	q.Requests, q.Limits = quantities(f.values, ""), quantities(f.values, "-limit")
	q.Min, q.Max = r.number(minID), r.number(maxID)
	q.Port, q.Timeout = r.port(), r.duration(timeoutID)
	q.Env, q.Mounts, q.Triggers = nil, nil, nil
	for i := range f.envs {
		if v := &f.base.Env; i < len(*v) && variableText(&(*v)[i]) == f.values[nth(addEnvID, i)] {
			q.Env = append(q.Env, (*v)[i]) // its value may have several lines
			continue
		}
		q.Env = append(q.Env, r.variable(nth(addEnvID, i))...)
	}
	for i := range f.mounts {
		q.Mounts = append(q.Mounts, r.mount(nth(addMountID, i))...)
	}
	for i := range f.triggers {
		q.Triggers = append(q.Triggers, f.trigger(i))
	}
	q.Options = maps.Clone(f.base.Options)
	for _, o := range f.maker.Offer.Options {
		if v := f.values["option "+o.Key]; v != "" {
			if q.Options == nil {
				q.Options = map[string]string{}
			}
			q.Options[o.Key] = v
		} else {
			delete(q.Options, o.Key)
		}
	}
	return q, r.problems
}

func (f *form) source(r *reader) plan.Source {
	switch f.values[sourceID] {
	case codeID:
		if f.code == nil && f.values[codeID] != "" {
			r.wrong(codeID, f.values[codeID]+" was not read")
		}
		return plan.Source{Code: f.code, Image: f.base.Source.Image}
	case gitID:
		g := plan.Git{URL: f.values[gitID], Ref: f.values[gitRefID], Folder: f.values[gitFolderID], Secret: f.values[gitSecretID]}
		if g == (plan.Git{}) {
			return plan.Source{}
		}
		return plan.Source{Git: &g}
	}
	return plan.Source{Image: f.values[imageID]}
}

// trigger is one of them; what no field is for stays as it came.
func (f *form) trigger(i int) plan.Trigger {
	t := plan.Trigger{}
	if i < len(f.base.Triggers) && f.base.Triggers[i].Type == f.triggers[i] {
		t = f.base.Triggers[i]
	}
	id := nth(addID, i)
	t.Type = f.triggers[i]
	t.Host, t.Path, t.Methods = f.values[id+" host"], f.values[id+" path"], list(f.values[id+" methods"])
	t.Schedule, t.Topic, t.Broker = f.values[id+" schedule"], f.values[id+" topic"], f.values[id+" broker"]
	return t
}

// drop takes a trigger out.
func (f *form) drop(i int) {
	parts := []string{" host", " path", " methods", " schedule", " topic", " broker"}
	for j := i; j < len(f.triggers); j++ {
		for _, p := range parts {
			delete(f.values, nth(addID, j)+p)
			if v, ok := f.values[nth(addID, j+1)+p]; ok {
				f.values[nth(addID, j)+p] = v
			}
		}
	}
	f.triggers = slices.Delete(slices.Clone(f.triggers), i, i+1)
	if i < len(f.base.Triggers) {
		f.base.Triggers = slices.Delete(slices.Clone(f.base.Triggers), i, i+1)
	}
}

// deployment is what the engine is asked about.
func (f *form) deployment(context string) (*screen.Deployment, []plan.Problem) {
	r, problems := f.request()
	d := &screen.Deployment{Context: context, Request: r, Without: slices.Sorted(maps.Keys(f.without)), TakeBack: f.values[failureID] == takeBack}
	if f.copy != nil {
		d.Copy, d.Secrets = f.copy, f.values[secretsID] == copied
	}
	return d, problems
}
