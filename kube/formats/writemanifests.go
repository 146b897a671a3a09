package formats

import (
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// writeKyma writes the Function and what calls it: Kyma's format is the objects themselves.
func writeKyma(f *model.Function, o object, extra []object, w *writing) (string, []byte, error) {
	return f.Key.Name + ".yaml", w.documents(append([]object{o}, ofGroup(extra, "kyma-project.io")...)...), nil
}

// writeFission writes a file for the folder of `fission spec`. A function that is managed there keeps the marks of it.
func writeFission(f *model.Function, o object, extra []object, w *writing) (string, []byte, error) {
	all := append(ofGroup(extra, "fission.io"), o)
	for _, e := range all {
		if e.text("kind") == "Package" {
			part := e.at("spec", "deployment")
			if strings.Contains(part.text("url"), "storagesvc") || part.text("type") == "url" {
				w.note("the archive of Package " + quoted(e.text("metadata", "name")) + " is not in the file: it lies in a storage of the cluster or elsewhere")
			}
		}
	}
	notes := o.at("metadata", "annotations")
	if uid, _ := notes["fission-uid"].(string); uid != "" {
		name, _ := notes["fission-name"].(string)
		all = append([]object{{"apiVersion": "fission.io/v1", "kind": "DeploymentConfig", "name": name, "uid": uid}}, all...)
	}
	return "specs/function-" + f.Key.Name + ".yaml", w.documents(all...), nil
}

// ofGroup are the objects of an API group and those below it.
func ofGroup(all []object, group string) []object {
	var out []object
	for _, o := range all {
		g, _, _ := strings.Cut(o.text("apiVersion"), "/")
		if g == group || strings.HasSuffix(g, "."+group) {
			out = append(out, o)
		}
	}
	return out
}
