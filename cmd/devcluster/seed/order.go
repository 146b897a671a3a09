package seed

import (
	"fmt"
	"slices"
)

// ranks say what must be there before what: Pods are refused without their account, and quotas are counted once all is there.
var ranks = map[string]int{
	"Namespace": 0, "ServiceAccount": 1, "PriorityClass": 1, "Node": 1, "StorageClass": 1, "ClusterRole": 1, "Role": 1,
	"Secret": 2, "ConfigMap": 2, "LimitRange": 2, "ClusterRoleBinding": 2, "RoleBinding": 2,
	"Pod": 5, "ResourceQuota": 6,
}

const (
	rankOther  = 3
	rankOwned  = 4 // what is owned comes after all that is not, except bare Pods
	rankLast   = 6
	depthLimit = 8 // of owners of owners
)

// Waves orders the objects: those of a wave need nothing of the same wave.
func Waves(objects []*Object) ([][]*Object, []Problem) {
	byName := map[string]*Object{}
	var problems []Problem
	var unique []*Object
	for _, o := range objects {
		if first, ok := byName[identity(o)]; ok {
			if o.Kind() != "Namespace" { // several frameworks may bring the same namespace
				problems = append(problems, o.problem(fmt.Errorf("is also in %s, document %d", first.File, first.Document)))
				continue
			}
		} else {
			byName[identity(o)] = o
		}
		unique = append(unique, o)
	}
	waves := make([][]*Object, (rankLast+1)*(depthLimit+1))
	levels := depths{byName: byName, known: map[*Object]int{}}
	for _, o := range unique {
		rank, depth := rankOf(o), levels.of(o)
		if depth > depthLimit {
			problems = append(problems, o.problem(fmt.Errorf("its owners go in a circle")))
			continue
		}
		if depth > 0 && rank < rankOwned {
			rank = rankOwned
		}
		index := rank*(depthLimit+1) + depth
		waves[index] = append(waves[index], o)
	}
	var filled [][]*Object
	for _, wave := range waves {
		if len(wave) > 0 {
			filled = append(filled, wave)
		}
	}
	return filled, problems
}

func identity(o *Object) string {
	return o.Kind() + "|" + o.Namespace() + "|" + o.Name() + "|" + group(o.APIVersion())
}

func group(apiVersion string) string {
	for n, r := range apiVersion {
		if r == '/' {
			return apiVersion[:n]
		}
	}
	return ""
}

func rankOf(o *Object) int {
	if rank, ok := ranks[o.Kind()]; ok {
		return rank
	}
	if o.Kind() == "Service" && choosesPort(o) {
		return rankLast
	}
	return rankOther
}

// choosesPort reports a Service for which the server picks all node ports: it could pick one that another Service of the
// files names, so those come first.
func choosesPort(o *Object) bool {
	spec, _ := o.Body["spec"].(map[string]any)
	if kind := spec["type"]; kind != "NodePort" && kind != "LoadBalancer" {
		return false
	}
	ports, _ := spec["ports"].([]any)
	return !slices.ContainsFunc(ports, func(p any) bool {
		port, _ := p.(map[string]any)
		return port["nodePort"] != nil
	})
}

// depths finds how many owners are above an object. Each object is judged once, however many it owns.
type depths struct {
	byName map[string]*Object
	known  map[*Object]int
}

// of returns a depth beyond the limit for owners that go in a circle.
func (d depths) of(o *Object) int {
	if depth, ok := d.known[o]; ok {
		return depth
	}
	d.known[o] = depthLimit + 1 // what is met again before it is judged is in a circle
	deepest := 0
	for _, owner := range o.owners() {
		above := 1 // owned by something that is not in the files: after all that is
		if parent := ownerIn(d.byName, o, owner); parent != nil {
			above = 1 + d.of(parent)
		}
		deepest = max(deepest, above)
	}
	d.known[o] = deepest
	return deepest
}

func ownerIn(byName map[string]*Object, o *Object, owner map[string]any) *Object {
	apiVersion, _ := owner["apiVersion"].(string)
	for _, namespace := range []string{o.Namespace(), ""} {
		if found := byName[fmt.Sprintf("%v|%s|%v|%s", owner["kind"], namespace, owner["name"], group(apiVersion))]; found != nil {
			return found
		}
	}
	return nil
}
