package plan

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Wish is what is wished for the pods of one function. The function's adapter puts it into what its framework reads.
type Wish struct {
	Intent   check.Intent
	Function *model.Function
	// Pods are the changes, one for each template that runs the function, in words of a pod template.
	Pods []Pod
	// Why and Asks are those of the edits; see Edit.
	Why, Asks string
	Objects   Objects
}

// Pod are the changes of one pod template.
type Pod struct {
	// Origin is where the template was read: the object, and the path of the template in it.
	Origin model.Origin
	// Main is the function's own container.
	Main string
	// Fields have paths below the template: `spec.containers[name=web].image`, `metadata.annotations.a`.
	Fields []Field
}

// Protection is what a route is to be protected with: what is empty is not asked for.
type Protection struct {
	// TLSSecret holds the certificate, CertIssuer has one made (KIND/NAME); HTTPS: plain HTTP is sent to HTTPS.
	TLSSecret, CertIssuer string
	HTTPS                 bool
	// Users is a Secret with users and hashed passwords. Annotations have the controller of an Ingress ask for them.
	Users       string
	Annotations map[string]string
}

// Objects are what an adapter may look up: what is there, absent things nil.
type Objects interface {
	Get(ref model.Ref) model.Object
	Functions(namespace string) []*model.Function
}

// Part is where in a pod template a field stands.
type Part struct {
	List      string // containers, initContainers; empty for what is the pod's
	Container string
	// Rest is the path below the container, or below the pod's spec, or with Meta below its metadata.
	Rest string
	Meta bool
}

// Part takes the path of a field of a pod template apart.
func (f *Field) Part() Part {
	if rest, ok := strings.CutPrefix(f.Path, "metadata."); ok {
		return Part{Rest: rest, Meta: true}
	}
	rest := strings.TrimPrefix(f.Path, "spec.")
	steps, err := ParsePath(rest)
	if err != nil || len(steps) < 3 || steps[1].Of != Element || steps[0].Key != "containers" && steps[0].Key != "initContainers" {
		return Part{Rest: rest}
	}
	return Part{List: steps[0].Key, Container: steps[1].Value, Rest: Join(steps[2:]...)}
}

// ContainerPath is the path of a field of a container, below a pod template.
func ContainerPath(list, container, field string) string {
	return Named("spec."+list, container) + "." + field
}

// All returns the changes of all templates, each once, and the function's own container in them.
func (w *Wish) All() (fields []Field, main string) {
	for i := range w.Pods {
		p := &w.Pods[i]
		if main == "" {
			main = p.Main
		}
		for _, f := range p.Fields {
			if !slices.ContainsFunc(fields, func(o Field) bool { return o.Path == f.Path }) {
				fields = append(fields, f)
			}
		}
	}
	return fields, main
}

// Patch is the edit that makes these changes in an object.
func (w *Wish) Patch(object model.Ref, apiVersion string, fields ...Field) Edit {
	return Edit{Verb: Patch, Object: object, APIVersion: apiVersion, Fields: fields, Why: w.Why, Asks: w.Asks}
}

// Done is the answer of these edits.
func (w *Wish) Done(effect Effect, edits ...Edit) Answer {
	return Answer{Intent: w.Intent, Edits: edits, Effect: effect}
}

// None is the answer that there is no field for it, and what comes closest.
func (w *Wish) None(why string, next check.Intent) Answer {
	return Answer{Intent: w.Intent, None: why, Next: next}
}
