package offline_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// A cluster's objects are not read again where only the status differs.
func TestWhatIsSettledHasNothingOfTheStatus(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, d := range seed(t) {
		var object map[string]any
		require.NoError(t, json.Unmarshal(d.JSON, &object))
		if _, ok := object["status"]; !ok {
			continue
		}
		delete(object, "status")
		without, err := json.Marshal(object)
		require.NoError(t, err)
		for _, k := range security.Kinds() {
			if k.GroupKind != d.GVK.GroupKind() || !k.Settled {
				continue
			}
			decode := func(raw []byte) any {
				facts, err := k.Decode(&snapshot.Raw{Header: &model.Header{Ref: model.Ref{Kind: d.GVK.Kind}}, JSON: raw})
				if err != nil {
					return err.Error() // of a kind that is given typed
				}
				return facts
			}
			compared++
			assert.Equal(t, decode(d.JSON), decode(without), "%s of %s", k.Reader, d.GVK)
		}
	}
	assert.NotZero(t, compared)
}
