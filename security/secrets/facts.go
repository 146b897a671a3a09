package secrets

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// reader names the facts that this package keeps.
const reader = "secrets"

// part says in which part of an object something stands.
type part uint8

// The parts: a setting of a function; its source code; an annotation or label; what an object was before, as its
// last-applied annotation says.
const (
	setting part = iota
	source
	note
	before
)

// spot is a place where a credential stands as text: which kind, never which one.
type spot struct {
	Path, Name string
	Kind       string // empty: none as things are, but one if an operator's expression matches Name
	Part       part
	Where      string // in a source: `line 3`, `handler.py line 3`
}

// facts are what is kept of an object whose text was looked through.
type facts struct {
	spots []spot
	// related are other objects that configure the same function: Environment, Package, TriggerAuthentication.
	related []model.Ref
	// unread says that source code is there and could not be read: too large, or packed in an unknown way.
	unread string
	apps   []string // of a Dapr Component: those that may use it; none: all
}

func factsOf(o model.Object) *facts {
	f, ok := snapshot.FactsOf[*facts](o, reader)
	if !ok {
		return &facts{}
	}
	return f
}

// kept returns nothing for objects in which nothing was found.
func (f *facts) kept() any {
	if len(f.spots) == 0 && len(f.related) == 0 && f.unread == "" && len(f.apps) == 0 {
		return nil
	}
	f.spots = slices.Clip(f.spots)
	return f
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// metadata looks through annotations and labels.
func (f *facts) metadata(prefix string, annotations, labels map[string]string) {
	for _, k := range sortedKeys(annotations) {
		if k == lastApplied {
			f.applied(annotations[k])
			continue
		}
		f.note(prefix+"metadata.annotations['"+k+"']", k, annotations[k])
	}
	for _, k := range sortedKeys(labels) {
		p := pair{label: true, value: labels[k]}
		if harmless.has(p) {
			continue
		}
		if kind := detect.Literal("", labels[k], nil); kind == "" {
			harmless.add(p)
		} else {
			f.spots = append(f.spots, spot{Path: prefix + "metadata.labels['" + k + "']", Name: k, Kind: kind, Part: note})
		}
	}
}

func (f *facts) note(path, name, value string) {
	p := pair{name: name, value: value}
	if harmless.has(p) {
		return
	}
	if kind := detect.Value(name, value, nil); kind != "" {
		f.spots = append(f.spots, spot{Path: path, Name: name, Kind: kind, Part: note})
	} else if detect.Plausible(name, value) && len(name) < 64 && !strings.Contains(name, "/") {
		f.spots = append(f.spots, spot{Path: path, Name: name, Part: note})
	} else {
		harmless.add(p)
	}
}

// applied looks through what was applied last.
func (f *facts) applied(text string) {
	var o map[string]any
	if json.Unmarshal([]byte(text), &o) != nil {
		return
	}
	for _, l := range detect.Tree(o, skipApplied) {
		f.spots = append(f.spots, spot{Path: l.Path, Name: l.Name, Kind: l.Kind, Part: before})
	}
}

func skipApplied(path string) bool {
	return path == "metadata" || path == "status" || path == "kind" || path == "apiVersion" || skipReference(path)
}

// references are fields that name Secrets and keys, and hold none.
var references = map[string]bool{
	"secretKeyRef": true, "secretRef": true, "secretName": true, "secrets": true, "secretMounts": true, "imagePullSecrets": true,
	"imagepullsecret": true, "configMapKeyRef": true, "configMapRef": true, "configmaps": true, "valueFrom": true, "secretTargetRef": true,
	"authenticationRef": true, "imageCredentials": true, "serviceAccountToken": true, "secretStoreRef": true, "loadFromSecret": true,
	"dataFrom": true, "volumes": true, "volumeMounts": true, "resources": true, "nodeSelector": true, "tolerations": true,
}

func skipReference(path string) bool {
	end := len(path)
	for strings.HasSuffix(path[:end], "]") {
		open := strings.LastIndexByte(path[:end], '[')
		if open < 0 || strings.HasPrefix(path[open:], "['") {
			return false
		}
		end = open
	}
	return references[path[strings.LastIndexByte(path[:end], '.')+1:end]]
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// annotated reads what stands in the metadata of an object and of the pods that it makes.
func annotated[T metav1.ObjectMetaAccessor](template func(T) (string, *metav1.ObjectMeta)) func(*snapshot.Raw) (any, error) {
	return func(raw *snapshot.Raw) (any, error) {
		o, ok := raw.Typed.(T)
		if !ok {
			return nil, fmt.Errorf("read %s: unexpected type %T", raw.Header.Ref, raw.Typed)
		}
		m := o.GetObjectMeta()
		f := &facts{}
		f.metadata("", m.GetAnnotations(), m.GetLabels())
		if template != nil {
			path, t := template(o)
			f.metadata(path+".", t.Annotations, t.Labels)
		}
		return f.kept(), nil
	}
}

// revision reads an old state of a StatefulSet or DaemonSet.
func revision(raw *snapshot.Raw) (any, error) {
	o, ok := raw.Typed.(*appsv1.ControllerRevision)
	if !ok {
		return nil, fmt.Errorf("read %s: unexpected type %T", raw.Header.Ref, raw.Typed)
	}
	f := &facts{}
	var data map[string]any
	if json.Unmarshal(o.Data.Raw, &data) == nil {
		for _, l := range detect.Tree(data, skipReference) {
			f.spots = append(f.spots, spot{Path: "data." + l.Path, Name: l.Name, Kind: l.Kind, Part: setting})
		}
	}
	return f.kept(), nil
}

// maxSpots is how many places of one ConfigMap are kept.
const maxSpots = 64

// configMap looks through the values of a ConfigMap.
func configMap(o *corev1.ConfigMap) any {
	f := &facts{}
	f.metadata("", o.Annotations, o.Labels)
	for _, k := range sortedKeys(o.Data) {
		if len(f.spots) >= maxSpots {
			break
		}
		value, path := o.Data[k], "data['"+k+"']"
		if strings.Contains(value, "\n") {
			scan := detect.Config
			if sourceFile(k) {
				scan = detect.Text
			}
			if hits := scan(value); len(hits) > 0 {
				f.spots = append(f.spots, spot{Path: path, Name: k, Kind: hits[0].Kind, Where: "line " + strconv.Itoa(hits[0].Line)})
			}
			continue
		}
		if kind := detect.Value(k, value, nil); kind != "" {
			f.spots = append(f.spots, spot{Path: path, Name: k, Kind: kind})
		} else if detect.Plausible(k, value) {
			f.spots = append(f.spots, spot{Path: path, Name: k})
		}
	}
	return f.kept()
}

// sourceFile reports whether a key is the name of a file with source code.
func sourceFile(name string) bool {
	for _, ending := range []string{".py", ".js", ".mjs", ".ts", ".go", ".rb", ".java", ".php", ".cs", ".kt", ".scala", ".rs", ".pl", ".lua", ".ex"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

func typedKinds() []snapshot.Kind {
	apps, batch := appsv1.GroupName, batchv1.GroupName
	return []snapshot.Kind{
		settled(apps, "Deployment", annotated(func(o *appsv1.Deployment) (string, *metav1.ObjectMeta) {
			return "spec.template", &o.Spec.Template.ObjectMeta
		})),
		settled(apps, "StatefulSet", annotated(func(o *appsv1.StatefulSet) (string, *metav1.ObjectMeta) {
			return "spec.template", &o.Spec.Template.ObjectMeta
		})),
		settled(apps, "DaemonSet", annotated(func(o *appsv1.DaemonSet) (string, *metav1.ObjectMeta) {
			return "spec.template", &o.Spec.Template.ObjectMeta
		})),
		settled(apps, "ReplicaSet", annotated(func(o *appsv1.ReplicaSet) (string, *metav1.ObjectMeta) {
			return "spec.template", &o.Spec.Template.ObjectMeta
		})),
		kindOf(batch, "Job", annotated(func(o *batchv1.Job) (string, *metav1.ObjectMeta) {
			return "spec.template", &o.Spec.Template.ObjectMeta
		})),
		kindOf(batch, "CronJob", annotated(func(o *batchv1.CronJob) (string, *metav1.ObjectMeta) {
			return "spec.jobTemplate.spec.template", &o.Spec.JobTemplate.Spec.Template.ObjectMeta
		})),
		kindOf("", "Service", annotated[*corev1.Service](nil)),
		kindOf(apps, "ControllerRevision", revision),
		kindOf("", "ConfigMap", snapshot.Typed(configMap)),
		kindOf("", "Secret", open),
		kindOf("", "Pod", snapshot.Typed(keepServer)),
	}
}
