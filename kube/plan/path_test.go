package plan

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPathsAreReadStepByStep(t *testing.T) {
	steps, err := ParsePath(`spec.containers[name=web].ports[containerPort=8080]["a.b/c"].x[2]`)
	require.NoError(t, err)
	assert.Equal(t, []Step{
		{Key: "spec"}, {Key: "containers"}, {Of: Element, Key: "name", Value: "web"}, {Key: "ports"},
		{Of: Element, Key: "containerPort", Value: "8080", Number: true}, {Key: "a.b/c"}, {Key: "x"}, {Of: Place, Index: 2},
	}, steps)
}

func TestElementsOfSeveralKeys(t *testing.T) {
	const path = `subjects[kind=User,name="a, b",port=80,name=80]`
	steps, err := ParsePath(path)
	require.NoError(t, err)
	assert.Equal(t, Step{
		Of: Element, Key: "kind", Value: "User", And: []Match{{"name", "a, b", false}, {"port", "80", true}, {"name", "80", false}},
	}, steps[1])
	assert.Equal(t, path, Join(steps...))
	o := object(t, `{"p":[{"port":80,"protocol":"UDP"}]}`)
	require.NoError(t, Apply(o, []Field{{Path: "p[port=80,protocol=TCP].name", Value: "web"}}))
	require.NoError(t, Apply(o, []Field{{Path: "p[port=80,protocol=UDP].name", Value: "dns"}}))
	got, err := json.Marshal(o)
	require.NoError(t, err)
	assert.JSONEq(t, `{"p":[{"port":80,"protocol":"UDP","name":"dns"},{"port":80,"protocol":"TCP","name":"web"}]}`, string(got))
}

func TestPathsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", ".", "a.", "a..b", "[0]", "[name=x].a", "a[", "a[]", "a[x]", "a[x=]", `a["x]`, "a]", "a[0", "a[name=x", "a=b", "a[01]", "a\nb", `a["x"]b`,
	} {
		_, err := ParsePath(text)
		assert.Error(t, err, text)
	}
}

func FuzzPath(f *testing.F) {
	for _, text := range []string{`a.b`, `a["b.c"].d`, `a[name=b]`, `a[name="1"]`, `a[p=1][0].c`, `["="].x`, "a[n=\"\\u00e9]\"]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := ParsePath(text)
		if err != nil {
			return
		}
		again, err := ParsePath(Join(steps...))
		if err != nil {
			t.Fatalf("%q is read, and %q is not: %v", text, Join(steps...), err)
		}
		assert.Equal(t, steps, again)
		object := map[string]any{}
		if Apply(object, []Field{{Path: text, Value: "v"}}) == nil {
			require.NoError(t, Apply(object, []Field{{Path: text, Remove: true}}))
		}
	})
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &o))
	return o
}

func TestApply(t *testing.T) {
	for name, c := range map[string]struct {
		before string
		field  Field
		after  string
	}{
		"parents are made":              {`{}`, Field{Path: "a.b.c", Value: true}, `{"a":{"b":{"c":true}}}`},
		"an element is found by name":   {`{"l":[{"name":"x"},{"name":"y","v":1}]}`, Field{Path: "l[name=y].v", Value: 2}, `{"l":[{"name":"x"},{"name":"y","v":2}]}`},
		"an element is appended":        {`{"l":[{"name":"x"}]}`, Field{Path: "l[name=y].v", Value: 2}, `{"l":[{"name":"x"},{"name":"y","v":2}]}`},
		"an element keeps its key":      {`{}`, Field{Path: "l[name=tmp]", Value: map[string]any{"emptyDir": map[string]any{}}}, `{"l":[{"name":"tmp","emptyDir":{}}]}`},
		"numbers are keys":              {`{"p":[{"containerPort":80,"hostPort":80}]}`, Field{Path: "p[containerPort=80].hostPort", Remove: true}, `{"p":[{"containerPort":80}]}`},
		"a place":                       {`{"l":[{"v":1}]}`, Field{Path: "l[0].v", Value: 2}, `{"l":[{"v":2}]}`},
		"the place past the end":        {`{}`, Field{Path: "l[0].v", Value: 2}, `{"l":[{"v":2}]}`},
		"a field is removed":            {`{"a":{"b":1,"c":2}}`, Field{Path: "a.b", Remove: true}, `{"a":{"c":2}}`},
		"what is not there stays so":    {`{"a":{}}`, Field{Path: "a.b.c", Remove: true}, `{"a":{}}`},
		"an element is removed":         {`{"l":[{"name":"x"},{"name":"y"}]}`, Field{Path: "l[name=x]", Remove: true}, `{"l":[{"name":"y"}]}`},
		"null counts as not there":      {`{"a":null}`, Field{Path: "a.b", Value: "x"}, `{"a":{"b":"x"}}`},
		"a key that holds dots is kept": {`{}`, Field{Path: `m["a.b/c"]`, Value: "x"}, `{"m":{"a.b/c":"x"}}`},
	} {
		o := object(t, c.before)
		require.NoError(t, Apply(o, []Field{c.field}), name)
		got, err := json.Marshal(o)
		require.NoError(t, err)
		assert.JSONEq(t, c.after, string(got), name)
	}
}

func TestApplyRefusesWhatDoesNotFit(t *testing.T) {
	for _, path := range []string{"a.b", "l.x", "a[name=x]", "l[5].v"} {
		assert.Error(t, Apply(object(t, `{"a":"text","l":[]}`), []Field{{Path: path, Value: 1}}), path)
	}
}

func TestPathsThatAreMade(t *testing.T) {
	assert.Equal(t, "spec.volumes[name=tmp]", Named("spec.volumes", "tmp"))
	assert.Equal(t, `spec.env[name=8080]`, Named("spec.env", "8080"))
	assert.Equal(t, `data["config/DB"]`, Keyed("data", "config/DB"))
	assert.Equal(t, `metadata.labels["a.b/c"]`, Keyed("metadata.labels", "a.b/c"))
	assert.Equal(t, "metadata.labels.app", Keyed("metadata.labels", "app"))
}
