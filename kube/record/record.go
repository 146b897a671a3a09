package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Decoder makes records, and asks the adapters what they need of each object.
type Decoder struct {
	*Pool
	readers map[schema.GroupKind][]frameworks.Framework
	judges  map[schema.GroupKind][]keeper
	passing map[schema.GroupKind]bool // an adapter reads the status
	key     func() []byte             // of hashes of Secrets' values
}

// keeper is what the controls of one family keep of a kind, and the name of these facts.
type keeper struct {
	snapshot.Kind
	name string
}

// NewDecoder returns a decoder that asks these adapters about the kinds of their Resources, and keeps what the
// controls read of these kinds.
func NewDecoder(adapters []frameworks.Framework, kinds ...snapshot.Kind) *Decoder {
	d := &Decoder{
		Pool: NewPool(), readers: map[schema.GroupKind][]frameworks.Framework{},
		judges: map[schema.GroupKind][]keeper{}, passing: map[schema.GroupKind]bool{}, key: sync.OnceValue(newKey),
	}
	d.keepPodSpecs = len(kinds) > 0
	for _, k := range kinds {
		if k.Decode != nil {
			d.judges[k.GroupKind] = append(d.judges[k.GroupKind], keeper{k, snapshot.FactsName(k.Reader)})
		}
	}
	for _, a := range adapters {
		seen := map[schema.GroupKind]bool{}
		for _, r := range a.Resources() {
			gk := r.GroupKind()
			if !seen[gk] && !r.Metadata {
				seen[gk] = true
				d.readers[gk] = append(d.readers[gk], a)
			}
			d.passing[gk] = d.passing[gk] || !r.Settled
		}
	}
	return d
}

// errNotRecorded says that the object's kind has no record type.
var errNotRecorded = errors.New("kind has no record type")

// Typed makes the record of a built-in object. The object must not be used afterwards: parts of it are kept.
func (d *Decoder) Typed(o runtime.Object, gvk schema.GroupVersionKind) (model.Object, error) {
	return d.TypedWith(o, gvk, nil)
}

// TypedWith is Typed of a workload whose pod spec was not decoded, because it is a known one. Nil: it was.
func (d *Decoder) TypedWith(o runtime.Object, gvk schema.GroupVersionKind, known *corev1.PodSpec) (model.Object, error) {
	rec, err := d.typed(o, gvk)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", gvk.Kind, err)
	}
	if w, ok := rec.(*model.Workload); ok && known != nil {
		w.Template.Spec = known
		if t := templateOf(o); t != nil {
			t.Spec = *known
		}
	}
	d.ask(rec, &frameworks.Raw{GVK: gvk, Typed: o})
	return rec, nil
}

func (d *Decoder) typed(o runtime.Object, gvk schema.GroupVersionKind) (model.Object, error) {
	acc, ok := o.(metav1.ObjectMetaAccessor)
	if !ok {
		return nil, errNotRecorded
	}
	m, ok := acc.GetObjectMeta().(*metav1.ObjectMeta)
	if !ok {
		return nil, errNotRecorded
	}
	h := d.Header(m, gvk)
	switch o := o.(type) {
	case *appsv1.Deployment:
		return d.deployment(o, h), nil
	case *appsv1.StatefulSet:
		return d.statefulSet(o, h), nil
	case *appsv1.DaemonSet:
		return d.daemonSet(o, h), nil
	case *appsv1.ReplicaSet:
		return d.replicaSet(o, h), nil
	case *batchv1.Job:
		return d.job(o, h), nil
	case *batchv1.CronJob:
		return d.cronJob(o, h), nil
	case *corev1.Pod:
		return d.pod(o, h), nil
	case *corev1.Service:
		return d.service(o, h), nil
	case *corev1.Secret:
		return d.secret(o, h), nil
	case *corev1.ConfigMap:
		return d.configMap(o, h), nil
	case *corev1.Namespace:
		return &model.Namespace{Header: h, Phase: d.String(string(o.Status.Phase))}, nil
	case *networkingv1.Ingress:
		return d.ingress(o, h), nil
	case *autoscalingv2.HorizontalPodAutoscaler:
		return d.autoscaler(o, h), nil
	default:
		return &model.Custom{Header: h}, nil
	}
}

// envelope is the part of an object that every kind has.
type envelope struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metav1.ObjectMeta `json:"metadata"`
}

// JSON makes the record of an object without a built-in type. A malformed object gives a record too, as far as its
// name can be read: what is wrong stands in Problem. gvk is used when the object names no kind itself.
func (d *Decoder) JSON(raw []byte, gvk schema.GroupVersionKind) (model.Object, error) {
	return d.Again(raw, gvk, nil)
}

// Again is JSON of an object that may be known: where nothing but the status differs, what was settled before stands.
func (d *Decoder) Again(raw []byte, gvk schema.GroupVersionKind, before func(model.Ref) model.Object) (model.Object, error) {
	o, outlined := outlined(raw)
	if outlined && before != nil {
		if c := d.renewed(raw, &o, before); c != nil {
			return c, nil
		}
	}
	e, problem := d.readEnvelope(raw, &o, outlined)
	if e.Metadata.Name == "" {
		return nil, fmt.Errorf("read %s: object has no name", gvk.Kind)
	}
	if e.Kind != "" && e.APIVersion != "" {
		gvk = schema.FromAPIVersionAndKind(d.String(e.APIVersion), d.String(e.Kind))
	}
	h := d.Header(&e.Metadata, gvk)
	h.Problem = problem
	from := &frameworks.Raw{GVK: gvk, Header: &h, JSON: raw}
	if !outlined {
		return d.FromRaw(from), nil
	}
	settled := o.settled(raw, d.seeds[0])
	from.JSON = o.unmanaged(raw)
	if before == nil || routed(gvk) {
		return d.FromRaw(from), nil
	}
	return d.again(from, &o, settled, raw, before), nil
}

// again makes a record that takes over what is settled.
func (d *Decoder) again(from *frameworks.Raw, o *outline, settled uint64, raw []byte, before func(model.Ref) model.Object) model.Object {
	c := &model.Custom{Header: *from.Header}
	d.decode(c, from)
	judges := d.judges[c.GroupKind()]
	d.judge(c, from, judges, false)
	if len(judges) == 0 {
		return c
	}
	if &from.JSON[0] == &raw[0] {
		from.JSON = bytes.Clone(raw) // what is settled is written into
	}
	c.Settled = settled
	o.settle(from.JSON)
	old, ok := before(c.Ref).(*model.Custom)
	if !ok || old.Settled != c.Settled || old.Problem != "" {
		d.judge(c, from, judges, true)
		return c
	}
	takeOver(c, old, judges)
	return c
}

// takeOver takes over the facts that were read of what is settled.
func takeOver(c, old *model.Custom, judges []keeper) {
	for _, k := range judges {
		if value := old.FactsOf(k.name); k.Settled && value != nil {
			c.Facts = append(c.Facts, model.Facts{Framework: k.name, Value: value})
		}
	}
}

// readEnvelope reads the metadata strictly, and where that fails only name and namespace.
func (d *Decoder) readEnvelope(raw []byte, o *outline, outlined bool) (e envelope, problem string) {
	if outlined {
		// Whether the rest is well formed is found out by those who read it.
		if e, ok := o.envelope(raw); ok && d.reads(schema.FromAPIVersionAndKind(e.APIVersion, e.Kind).GroupKind()) {
			return e, ""
		}
	}
	err := json.Unmarshal(raw, &e)
	if err == nil {
		return e, ""
	}
	var least struct {
		APIVersion, Kind string
		Metadata         struct {
			Name, Namespace, UID, ResourceVersion string
		}
	}
	_ = json.Unmarshal(raw, &least) // fields before the malformed one are filled in all the same
	e = envelope{APIVersion: least.APIVersion, Kind: least.Kind}
	e.Metadata.Name, e.Metadata.Namespace = least.Metadata.Name, least.Metadata.Namespace
	e.Metadata.ResourceVersion = least.Metadata.ResourceVersion
	return e, "malformed metadata: " + bounded(err.Error())
}

// reads reports whether somebody decodes objects of the kind as a whole.
func (d *Decoder) reads(gk schema.GroupKind) bool { return len(d.readers[gk])+len(d.judges[gk]) > 0 }

// routed reports whether the kind has a record type of its own.
func routed(gvk schema.GroupVersionKind) bool {
	return gvk.Group == gatewayGroup && (gvk.Kind == "HTTPRoute" || gvk.Kind == "GRPCRoute" || gvk.Kind == "Gateway")
}

// FromRaw makes the record of an object whose header is decoded already.
func (d *Decoder) FromRaw(raw *frameworks.Raw) model.Object {
	h := *raw.Header
	if routed(raw.GVK) && raw.GVK.Kind != "Gateway" {
		r, err := d.gatewayRoute(raw.JSON, h)
		if err != nil {
			r.Problem = bounded(err.Error())
		}
		d.ask(r, raw)
		return r
	}
	if routed(raw.GVK) {
		g, err := d.gateway(raw.JSON, h)
		if err != nil {
			g.Problem = bounded(err.Error())
		}
		d.ask(g, raw)
		return g
	}
	c := &model.Custom{Header: h}
	d.ask(c, raw)
	return c
}

// ask has every adapter that reads the kind decode the object, and then every control's reader.
func (d *Decoder) ask(o model.Object, raw *frameworks.Raw) {
	d.decode(o, raw)
	d.judgeAll(o, raw)
}

func (d *Decoder) judgeAll(o model.Object, raw *frameworks.Raw) {
	all := d.judges[o.Head().GroupKind()]
	d.judge(o, raw, all, false)
	d.judge(o, raw, all, true)
}

func (d *Decoder) decode(o model.Object, raw *frameworks.Raw) {
	h := o.Head()
	raw.Header = h
	for _, a := range d.readers[h.GroupKind()] {
		value, err := decode(a, raw)
		if err != nil {
			h.Problem = bounded(err.Error())
			continue
		}
		if value != nil {
			h.Facts = append(h.Facts, model.Facts{Framework: a.Name(), Value: value})
		}
	}
}

// judge has readers of the controls keep what they need of the object: those that read what is settled, or the others.
func (d *Decoder) judge(o model.Object, from *frameworks.Raw, all []keeper, settled bool) {
	h := o.Head()
	raw := &snapshot.Raw{Header: h, Typed: from.Typed, JSON: from.JSON}
	if s, ok := o.(*model.Secret); ok {
		raw.Content, raw.Key = s.Content, d.key()
	}
	for _, k := range all {
		if k.Settled != settled {
			continue
		}
		value, err := judge(k.Kind, raw)
		if err != nil {
			h.Problem = bounded(err.Error())
			continue
		}
		if value != nil {
			h.Facts = append(h.Facts, model.Facts{Framework: k.name, Value: value})
		}
	}
}

// judge guards as decode does.
func judge(k snapshot.Kind, raw *snapshot.Raw) (value any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read %s for %s: %v", raw.Header.Ref, k.Reader, r)
		}
	}()
	return k.Decode(raw)
}

// decode guards against a panic of one adapter on one hostile object: the object is then malformed, and the rest
// goes on.
func decode(a frameworks.Framework, raw *frameworks.Raw) (value any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read by %s: %v", a.Name(), r)
		}
	}()
	return a.Decode(raw)
}
