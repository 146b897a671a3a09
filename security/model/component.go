package model

import "strings"

// componentOf begins the framework in keys of workloads that run no function but a framework.
const componentOf = "platform/"

// ComponentKey returns the key under which a workload of a framework's control plane is judged as functions are.
func ComponentKey(framework string, w Ref) FunctionKey {
	return FunctionKey{Framework: componentOf + framework, Group: w.Group, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}
}

// Component returns the framework to whose control plane the key's workload belongs; ok is false for functions.
func (k FunctionKey) Component() (framework string, ok bool) {
	return strings.CutPrefix(k.Framework, componentOf)
}
