package main

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unwritten holds that no file of the state and no output has the values.
func (o *outside) unwritten(values ...string) {
	o.t.Helper()
	require.NoError(o.t, filepath.Walk(o.state, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, v := range values {
			assert.NotContains(o.t, string(text), v, path)
		}
		return err
	}))
	for _, v := range values {
		assert.NotContains(o.t, o.output.String(), v)
	}
}

// TestParametersOfAnActionAreRotated holds that what OpenWhisk keeps in an action gets a new value through its API, that
// nothing else of it changes, and that undo brings the old one back.
func TestParametersOfAnActionAreRotated(t *testing.T) {
	o := newOutside(t, "openwhisk")
	before := o.action("shop/checkout")
	parameters := before["parameters"].(map[string]any)
	old, _ := parameters["db_password"].(string)
	require.NotEmpty(t, old)
	rotate := func(more ...string) ran {
		return o.run(append([]string{"rotate", "--function", "guest/shop/checkout", "-n", "openwhisk", "--key", "db_password", "--wait=false"}, more...)...)
	}
	r := rotate("--generate", "hex:16", "--dry-run")
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	assert.Contains(t, r.out, "takes it at its next call")
	assert.Zero(t, o.puts.Load())

	r = rotate("--generate", "hex:16", "--yes", "-o", "json")
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	validate(t, "ChangeResult", []byte(r.out))
	after := o.action("shop/checkout")
	value, _ := after["parameters"].(map[string]any)["db_password"].(string)
	require.Len(t, value, 32, "it is a text, and no other JSON")
	rest := maps.Clone(after["parameters"].(map[string]any))
	rest["db_password"] = old
	assert.Equal(t, parameters, rest, "other parameters stay")
	assert.Equal(t, before["exec"], after["exec"])
	o.unwritten(value, old)
	o.undone()
	assert.Equal(t, before, o.action("shop/checkout"))

	file := filepath.Join(t.TempDir(), "value")
	require.NoError(t, os.WriteFile(file, []byte("12345\"6\n"), 0o600))
	r = rotate("--from-file", file, "--yes")
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	assert.Equal(t, "12345\"6\n", o.action("shop/checkout")["parameters"].(map[string]any)["db_password"])
	o.undone()

	for says, args := range map[string][]string{
		"there is no key nothing": {"--key", "nothing", "--generate", "hex"},
		"single values":           {"--generate", "ed25519"},
		"one of --key":            {"--from-file", "other=" + file},
	} {
		r := rotate(append(args, "--dry-run")...)
		assert.NotEqual(t, exitDone, r.code, says)
		assert.Contains(t, r.err, says)
	}
	o.fails(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	r = rotate("--generate", "hex:16", "--yes")
	assert.Equal(t, exitFindings, r.code)
	o.fails(nil)
	assert.Equal(t, before, o.action("shop/checkout"), "a server that fails leaves the old value")
}

func TestConfigurationOfAFunctionIsRotated(t *testing.T) {
	f := newOutside(t, "fn")
	const refund = "01KAFN0000000000000000RFD1"
	before := f.function(refund)
	config := before["config"].(map[string]any)
	r := f.run("rotate", "--function", "shop/refund", "-n", "fn", "--key", "DB_PASSWORD", "--generate", "alnum:40", "--wait=false", "--yes")
	require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
	after := f.function(refund)["config"].(map[string]any)
	value, _ := after["DB_PASSWORD"].(string)
	require.Len(t, value, 40)
	assert.Equal(t, config["DB_HOST"], after["DB_HOST"])
	f.unwritten(value, config["DB_PASSWORD"].(string))
	f.undone()
	assert.Equal(t, before, f.function(refund))
}
