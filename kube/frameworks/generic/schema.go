package generic

import (
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Entry is one framework of the configuration, checked.
type Entry struct {
	Name         string
	File         string
	Line, Column int

	function   target
	title      Value
	joins      []join
	workloads  []workloadRule
	through    []schema.GroupKind
	container  Value
	sidecars   Globs
	podSpec    *podSpecRule
	image      Value
	runtime    Value
	handler    Value
	source     Value
	revision   Value
	account    Value
	replicas   replicaRule
	states     []stateRule
	triggers   []triggerRule
	endpoints  []endpointRule
	references []referenceRule
	literals   []*use
	logs       []string
	metrics    map[string]string
	invoke     *invokeRule
	fixes      map[string][]Fix
	restart    []Fix
	pause      []Fix
	resume     []Fix
	delete     *deletion
	deploy     *deployment

	uses   []*use   // all paths, for Check
	kept   [][]*use // by place: the paths whose values are kept
	eaches [][]*each
}

// target is `function`: what is a function.
type target struct {
	schema.GroupKind
	versions    []string
	labels      labels.Selector
	fields      fields.Selector
	labelText   string
	fieldText   string
	fieldUses   []*use // one for each requirement of fields
	annotations []annotation
	where       []condition
	namespaces  Globs
	names       Globs
}

// annotation must be there with that value; `*` is any.
type annotation struct{ key, value string }

// selective reports whether objects of the kind may be no functions for another reason than where they are.
func (t *target) selective() bool {
	return t.labels != nil || t.fields != nil || len(t.annotations)+len(t.where) > 0
}

// How an object is found from the function.
const (
	bySelf    = "self"
	byOwner   = "owner"
	byRef     = "ref"
	byName    = "name"
	byLabels  = "labels"
	byBackref = "backref"
)

// labelRule is one label that an object must have.
type labelRule struct {
	key   string
	value Value
}

// join is an element of `joins`: another object that describes the function.
type join struct {
	schema.GroupKind
	name     string
	versions []string
	by       string
	ref      Value // byName: the name; default the function's own
	labels   []labelRule
	back     *use // byBackref: where the object names the function
}

// workloadRule is an element of `workloads`.
type workloadRule struct {
	schema.GroupKind
	by                      string
	apiVersion, kind, named Value // byRef
	labels                  []labelRule
	role                    model.Role
	line                    int
}

// podSpecRule is `podSpec`.
type podSpecRule struct {
	use       *use
	container Value
}

// replicaRule is `replicas`.
type replicaRule struct{ ready, desired, min, max Value }

// stateRule is an element of `state`.
type stateRule struct {
	state           model.State
	when            []condition
	reason, message Value
	line            int
}

// each is what a rule with the key `each` repeats over.
type each struct {
	path  *use
	place place
	index int    // among the rules of the place
	uses  []*use // relative to the element
}

// triggerRule is an element of `triggers`.
type triggerRule struct {
	place        place
	each         *each
	kind         Value
	words        map[string]model.TriggerType
	name, detail Value
	auth         Value
	enabled      []condition
	line         int
}

// endpointRule is an element of `endpoints`.
type endpointRule struct {
	place                       place
	name, port, namespace       Value
	host, path, through         Value
	exposure, tls, authenticate Value
	line                        int
}

// referenceRule is an element of `references`.
type referenceRule struct {
	place     place
	each      *each
	kind      string
	name, key Value
	how       model.How
	line      int
}

// invokeRule is `invoke`.
type invokeRule struct {
	service, port, path Value
	method              string
	headers             map[string]Value
	line                int
}

// Fix says where a wish is written: one field of one object. A Fix with None has no field and says why.
type Fix struct {
	at              place
	path, low, high *use
	value           any
	hasValue        bool
	merge           string // set, merge, append
	requires        []condition
	survives        string // yes, until-rollout, no
	effect          string // none, rollout, new-revision, next-run
	note            string
	None            string
	File            string
	Line, Column    int
}

// deletion is `delete`.
type deletion struct {
	with []string
	note string
	none string
}

// deployment is `deploy`.
type deployment struct {
	template []map[string]any
	fields   []deployField
}

type deployField struct {
	name, title, standard string
	kind                  string // string, integer, boolean: what a scalar that is nothing but the placeholder becomes
	required              bool
}
