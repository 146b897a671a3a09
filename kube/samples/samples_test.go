package samples

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommonObjectsComeFirst(t *testing.T) {
	for _, found := range [][]File{CRDs(), Seed()} {
		require.NotEmpty(t, found)
		assert.Equal(t, "common", found[0].Framework)
		left := false
		for n, file := range found {
			left = left || file.Framework != "common"
			assert.False(t, left && file.Framework == "common", file.Path)
			if n > 0 && file.Framework == found[n-1].Framework {
				assert.Less(t, found[n-1].Path, file.Path)
			}
			assert.NotEmpty(t, file.Data, file.Path)
		}
	}
}

func TestRESTSamplesAreJSON(t *testing.T) {
	for _, framework := range []string{"fn", "openwhisk"} {
		files, err := REST(framework)
		require.NoError(t, err)
		names, err := fs.Glob(files, "*.json")
		require.NoError(t, err)
		assert.NotEmpty(t, names, framework)
		for _, name := range names {
			data, err := fs.ReadFile(files, name)
			require.NoError(t, err)
			assert.True(t, json.Valid(data), "%s/%s", framework, name)
		}
	}
	_, err := REST("knative")
	assert.Error(t, err)
}

// An invented uid in an ownerReference makes the garbage collector delete the object: the seeder fills in the real one.
func TestOwnersAreNamedWithoutUID(t *testing.T) {
	withUID := regexp.MustCompile(`(?s)ownerReferences:\n?\s*-? ?\{?[^\n]*\buid:`)
	for _, file := range Seed() {
		assert.NotRegexp(t, withUID, string(file.Data), file.Path)
	}
}

func TestSeedTagsAreKnown(t *testing.T) {
	tag := regexp.MustCompile(`seed\.fn9s\.io/([a-z-]+)`)
	known := map[string]bool{"manager": true, "usage-cpu": true, "usage-memory": true, "fail": true, "address": true}
	for _, file := range Seed() {
		for _, match := range tag.FindAllStringSubmatch(string(file.Data), -1) {
			assert.True(t, known[match[1]], "%s: %s is not an annotation that the seeder knows", file.Path, match[0])
		}
	}
}
