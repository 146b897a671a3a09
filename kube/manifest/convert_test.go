package manifest

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sigsyaml "sigs.k8s.io/yaml"
)

// samples are the texts of the sample manifests, by file.
func samples(t testing.TB) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("../samples", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".yaml") {
			var data []byte
			data, err = os.ReadFile(name)
			found[name] = string(data)
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// agree reports what is wrong when the converter takes a document and the library of kubectl reads it otherwise.
func agree(c *converter, src string) (taken bool, problem string) {
	out, ok := c.convert(src)
	if !ok {
		return false, ""
	}
	want, err := sigsyaml.YAMLToJSON([]byte(src))
	if err != nil {
		return true, "the library refuses it: " + err.Error()
	}
	if len(out) == 0 {
		out = []byte("null")
	}
	if !sameJSON(out, want) {
		return true, "got " + string(out) + "\nwant " + string(want)
	}
	return true, ""
}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}

var shapes = []string{
	"a: 1\nb:\n  c: x\n  d: [1, \"two\", {e: f}]\n",
	"a:\n- b: 1\n  c: 2\n- d\n-\n- e: {}\n  f: []\nz: ~\n",
	"a: |\n  one\n   two\n\n  three\n\n\nb: |-\n  x\nc: |+\n  y\n\nd: e\n",
	"a: 'it''s'\nb: \"q\\\"\\n\\u0041\"\n\"c d\": yes\n'e': no\nf: on\n",
	"a: 0x1f\nb: 010\nc: 1_000\nd: 1e3\ne: .5\nf: -0\ng: +1\nh: 2020-01-01\ni: 12:30:45\nj: .inf\n",
	"a: 0038c832-4c4c-4842-8269-6c3bd9f1a2e4\nb: 12345678-1234-1234-1234-123456789012\nc: 1234e678-1234-1234-1234-123456789012\n",
	"a: 2020-01-01T00:00:00Z\nb: 2020-13-99T99:99:99Z\nc: 2020-01-01T00:00:00.5Z\nd: 2020-01-01 00:00:00Z\n",
	"a: b # c\n# d\ne: f#g\nh: 'i' # j\nk: [l] # m\nn: # o\n  p: q\n",
	"---\na: b\n", "--- # c\na: b\n", "a: b: c\n", "a:b\n", "a: \tb\n", "a: b\n c: d\n", "  a: b\n  c: d\n", "a: ---\n",
	"a: &x 1\nb: *x\n", "a: !!str 1\n", "? a\n: b\n", "a: >\n  b\n  c\n", "a: b\n  c\n", "<<: {a: b}\n", "a: 1\na: 2\n",
	"a: |\n  x\n # y\nb: c\n", "a: |\n\n  x\nb: c\n", "a: |\n   \n  x\n", "a: |\nb: c\n", "a: |\n  x", "a: |\n  x\n  ", "a: |-\n",
	"- a\n- b\n", "a:\n  - b\n  -  c: d\n     e: f\n", "a: {b: c, \"d\": e, 'f': 1}\n", "a: [ b , c ]\n", "a: [b c, -d, 1.5]\n", "y: n\n", "1: 2\n",
	"a: {b: }\n", "a: [b,]\n", "a: 100m\nb: 1Gi\nc: 1.2.3.4\nd: 5s\ne: 1e3Mi\n", "a: ü\n", "a: \u0085\n", "a: -\n", "a: - b\n", "a: ?\n", "a: :b\n",
	"a: \"b\" c\n", "a: 'b\n", "a: [b\n", "a: b'c\"d\n", "a: 1 # x\nb: ''\nc: \"\"\n", "a: null\nb: Null\nc: NULL\nd: nULL\n", "a: |\n\tx\n", "a: |\n  \tx\n",
	"a: b\r\nc: d\r\n", "a: =\n", "a: 1.\nb: 1.e5\nc: 0b11\nd: 0o17\ne: 09\nf: 99999999999999999999\n", "a.b/c-d_e: f\n", "a b: c\n", "a: b\n...\n", "a:  |  # c\n  x\n",
}

func TestConverterAgreesWithTheLibrary(t *testing.T) {
	t.Parallel()
	c := newConverter()
	for _, src := range shapes {
		_, problem := agree(c, src)
		assert.Empty(t, problem, "%q", src)
	}
	taken, all := 0, 0
	for name, src := range samples(t) {
		for _, p := range split(input{file: name, src: src}) {
			ok, problem := agree(c, p.src)
			assert.Empty(t, problem, "%s document %d", name, p.index)
			all++
			if ok {
				taken++
			} else {
				t.Logf("for the library: %s document %d", name, p.index)
			}
		}
	}
	assert.Greater(t, taken, all*9/10, "the converter is for the usual documents")
}

func FuzzConverterAgreesWithTheLibrary(f *testing.F) {
	for _, src := range shapes {
		f.Add(src)
	}
	for _, src := range samples(f) {
		for _, p := range split(input{src: src}) {
			if len(p.src) < 2000 {
				f.Add(p.src)
			}
		}
	}
	c := newConverter()
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 8<<10 {
			return
		}
		if _, problem := agree(c, src); problem != "" {
			t.Fatal(problem)
		}
	})
}

// Documents are changed at random, in ways that keep them near to YAML.
func TestConverterAgreesOnMutations(t *testing.T) {
	t.Parallel()
	var all []string
	for _, src := range samples(t) {
		for _, p := range split(input{src: src}) {
			if len(p.src) < 4000 {
				all = append(all, p.src)
			}
		}
	}
	all = append(all, shapes...)
	bits := []string{" ", "  ", "\n", "- ", ": ", ":", "#", " #", "\"", "'", "|", ">", "[", "]", "{", "}", ",", "0", "1", ".", "e", "y", "no", "~",
		"---\n", "...", "&a", "*a", "!", "%", "@", "`", "?", "\t", "\\", "\\n", "\\u00e9", "é", "-", "_", "x", "<<", "=", "0x", "null"}
	c := newConverter()
	r := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 60_000 {
		src := all[r.IntN(len(all))]
		if len(src) > 300 {
			lines := strings.SplitAfter(src, "\n")
			from := r.IntN(len(lines))
			src = strings.Join(lines[from:min(len(lines), from+1+r.IntN(12))], "")
		}
		for range 1 + r.IntN(3) {
			at := r.IntN(len(src) + 1)
			switch bit := bits[r.IntN(len(bits))]; r.IntN(3) {
			case 0:
				src = src[:at] + src[min(len(src), at+1+r.IntN(3)):]
			default:
				src = src[:at] + bit + src[at:]
			}
		}
		ok, problem := agree(c, src)
		require.Empty(t, problem, "%q", src)
		if ok {
			taken++
		}
	}
	assert.Greater(t, taken, 5000)
}
