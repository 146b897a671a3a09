package workshop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/security/model"
)

// turned is a rotation of one key, with its value.
func turned(t *testing.T) (*Turn, []byte, *change.Step) {
	t.Helper()
	ref := model.Ref{Kind: "Secret", Namespace: "shop", Name: "db"}
	r := &rotate.Rotation{Secret: ref, Keys: []string{"password"}, Given: true}
	values := rotate.NewValues([]*rotate.Rotation{r}, time.Now)
	value := []byte(canary)
	require.NoError(t, values.Give(r, "password", value))
	return &Turn{Context: "c", Secrets: []*rotate.Rotation{r}, Values: values}, value, &change.Step{Ref: ref}
}

var need = plan.Need{Path: plan.Keyed("data", "password")}

func TestValuesAreOverwrittenOnceNobodyHoldsThem(t *testing.T) {
	turn, value, step := turned(t)
	o, letGo := turn.Order()
	got, err := o.Values(t.Context(), step, need)
	require.NoError(t, err)
	assert.Equal(t, canary, string(got))
	job := o.Hold()
	letGo()
	letGo()
	assert.Equal(t, canary, string(value), "a change under way needs them")
	assert.Empty(t, o.Refused())
	job()
	assert.Equal(t, make([]byte, len(canary)), value)
	assert.Contains(t, o.Refused(), "were wiped")
	_, err = o.Values(t.Context(), step, need)
	assert.Error(t, err)
}

func TestAnOrderWithoutValuesSaysWhatIsMissing(t *testing.T) {
	turn, _, step := turned(t)
	turn.Values, turn.Missing = nil, "the new value of password is missing"
	o, letGo := turn.Order()
	letGo()
	assert.Equal(t, turn.Missing, o.Refused())
	_, err := o.Values(t.Context(), step, need)
	assert.ErrorContains(t, err, turn.Missing)
	assert.Empty(t, (*Order)(nil).Refused())
}

func TestValuesAreReadFromFilesOnly(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	file := func(name, content string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		return name
	}
	file("value", canary+"\n")
	got, err := ReadValue("~/value")
	require.NoError(t, err)
	assert.Equal(t, canary+"\n", string(got), "as it is")
	for name, says := range map[string]string{
		dir: "is no file", file("empty", ""): "is empty", file("large", strings.Repeat("x", rotate.Most+1)): "larger than 1 MiB",
		filepath.Join(dir, "nothing"): "no such file", "/dev/zero": "is no file",
	} {
		_, err := ReadValue(name)
		assert.ErrorContains(t, err, says)
	}
}
