package load

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryFunctionIsItsOwn(t *testing.T) {
	size := Size{Functions: 10_000, Namespaces: 50}
	names, addresses, kinds, idle := map[string]bool{}, map[string]bool{}, map[string]int{}, 0
	for n := range size.Functions {
		f := size.function(n)
		names[f.namespace+"/"+f.name()] = true
		addresses[f.address()] = true
		kinds[f.kind()]++
		if f.idle() {
			idle++
		}
	}
	assert.Len(t, names, size.Functions)
	assert.Len(t, addresses, size.Functions)
	assert.Equal(t, map[string]int{"openfaas": 4000, "knative": 2000, "plain": 2000, "nuclio": 2000}, kinds)
	assert.InDelta(t, 0.1, float64(idle)/float64(size.Functions), 0.02)
}

func TestTheSameNumberMakesTheSameFunction(t *testing.T) {
	size := Size{Functions: 100, Namespaces: 7}
	for n := range size.Functions {
		first, err := json.Marshal(bodies(size.function(n)))
		require.NoError(t, err)
		second, err := json.Marshal(bodies(size.function(n)))
		require.NoError(t, err)
		assert.JSONEq(t, string(first), string(second))
	}
}

func bodies(f function) (list []object) {
	for _, r := range f.requests() {
		list = append(list, r.body)
	}
	return list
}

func TestAFunctionHasOneWorkloadThatItsSelectorFinds(t *testing.T) {
	size := Size{Functions: 20, Namespaces: 3}
	for n := range size.Functions {
		f := size.function(n)
		workloads := 0
		for _, r := range f.requests() {
			assert.Equal(t, f.namespace, r.body["metadata"].(object)["namespace"])
			if r.kind != "Deployment" {
				continue
			}
			workloads++
			spec := r.body["spec"].(object)
			assert.Equal(t, spec["selector"].(object)["matchLabels"], spec["template"].(object)["metadata"].(object)["labels"])
			assert.Equal(t, f.workloadPath(), r.path(f.namespace)+"/"+r.body["metadata"].(object)["name"].(string))
		}
		assert.Equal(t, 1, workloads, f.name())
	}
}

func TestChangesAreSmallAndGoToObjectsOfTheFunction(t *testing.T) {
	size, random := Size{Functions: 40, Namespaces: 4}, rand.New(rand.NewPCG(1, 1))
	for n := range size.Functions {
		for range 20 {
			change := size.function(n).change(random)
			assert.Contains(t, change.path, "/namespaces/"+size.function(n).namespace+"/")
			assert.Contains(t, change.path, size.function(n).name())
			assert.Less(t, len(encode(change.body)), 600)
		}
	}
}

func TestSizesThatMakeNoSenseAreRefused(t *testing.T) {
	assert.NoError(t, Size{Functions: 10, Namespaces: 1}.Check())
	for _, size := range []Size{{-1, 1}, {1, 0}, {200_000, 5}, {1, 5000}} {
		assert.Error(t, size.Check(), size)
	}
}
