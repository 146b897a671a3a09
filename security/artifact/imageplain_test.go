package artifact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func FuzzPlainImageNamesAreThoseOfTheLibrary(f *testing.F) {
	digest := "@sha256:" + strings.Repeat("0a", 32)
	for _, text := range []string{
		"nginx", "nginx:1.27", "nginx" + digest, "library/nginx", "docker.io/nginx", "docker.io/team/fn", "index.docker.io/nginx",
		"ghcr.io/team/fn:1.2.3" + digest, "localhost/fn", "localhost:5000/fn", "a.b/c_d/e-f.g:H_1", "registry_1.io/fn", "a__b", "a--b",
		"a._b", "-a", "a-", "a/", "/a", "a//b", "A/b", "team/Fn", "a:", "a:.b", "a@sha256:0", strings.Repeat("0a", 32), "x:" + strings.Repeat("t", 129),
		"x@sha512:" + strings.Repeat("0a", 64), "é/b", strings.Repeat("a/", 130) + "b",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quick, ok := plain(text)
		if !ok {
			return
		}
		slow, err := parse(text)
		assert.NoError(t, err, text)
		assert.Equal(t, slow, quick, text)
	})
}

func TestUsualImageNamesArePlain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"nginx", "nginx:1.27-alpine", "team/fn:latest", "ghcr.io/team/fn-00001:1.2.3", "registry.example.com/a/b_c@sha256:" + strings.Repeat("0a", 32)} {
		_, ok := plain(text)
		assert.True(t, ok, text)
	}
}
