package frameworks

import (
	"maps"
	"slices"

	"github.com/fn9s/fn9s/kube/plan"
)

// Annotate are the fields that write annotations below a path, in a stable order.
func Annotate(path string, annotations map[string]string) []plan.Field {
	var fields []plan.Field
	for _, k := range slices.Sorted(maps.Keys(annotations)) {
		fields = append(fields, plan.Field{Path: plan.Keyed(path, k), Value: annotations[k]})
	}
	return fields
}
