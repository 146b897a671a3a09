package change

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/plan"
)

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: u1, labels: {"app.kubernetes.io/name": web}}
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: proxy
        image: proxy:1
      - name: web
        image: web:1
        env: [{name: COLOR, value: red}, {name: DB_PASSWORD, value: hunter2-hunter2}]
        ports: [{containerPort: 8080, protocol: TCP}]
`

func parsed(t testing.TB, text string) object {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	require.NoError(t, err)
	o, err := parseObject(raw)
	require.NoError(t, err)
	return o
}

// server does with the operations what an API server does.
func server(t testing.TB, o object, ops []Op) object {
	t.Helper()
	doc, err := json.Marshal(o)
	require.NoError(t, err)
	raw, err := json.Marshal(ops)
	require.NoError(t, err)
	patch, err := jsonpatch.DecodePatch(raw)
	require.NoError(t, err)
	out, err := patch.Apply(doc)
	require.NoError(t, err, "%s", raw)
	after, err := parseObject(out)
	require.NoError(t, err)
	return after
}

func TestPathsAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`spec.replicas`: `spec.replicas`,
		`metadata.labels["app.kubernetes.io/name"]`:                    `metadata.labels["app.kubernetes.io/name"]`,
		`metadata.labels["plain"]`:                                     `metadata.labels.plain`,
		`spec.template.spec.containers[name=web].securityContext`:      `spec.template.spec.containers[name=web].securityContext`,
		`ports[containerPort=8080,protocol=TCP]`:                       `ports[containerPort=8080,protocol=TCP]`,
		`env[name="8080"].value`:                                       `env[name=8080].value`,
		`ports[port="8080"]`:                                           `ports[port="8080"]`,
		`subjects[kind=ServiceAccount,name="system:x y",namespace=ns]`: `subjects[kind=ServiceAccount,name="system:x y",namespace=ns]`,
		`data["a\"b]"]`:                                                `data["a\"b]"]`,
		`spec.containers[0].image`:                                     `spec.containers[0].image`,
	} {
		p, err := parsePath(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, p.String())
	}
	for _, bad := range []string{"", ".", "a.", "a..b", "[name=x]", "a[", "a[name]", "a[name=]", "a[name=x", `a["x`, `a["x"`, "a[name=x]b", "a,b", "a[-1]", "[0]"} {
		_, err := parsePath(bad)
		assert.Error(t, err, bad)
	}
}

func TestFieldsBecomeAPatchThatCanBeTakenBack(t *testing.T) {
	t.Parallel()
	const web = "spec.template.spec.containers[name=web]."
	for name, c := range map[string]struct {
		fields []plan.Field
		want   string // in the patched object, as YAML of the pod spec; empty: unchanged
		path   string
	}{
		"a value":            {[]plan.Field{{Path: web + "image", Value: "web:2"}}, "web:2", web + "image"},
		"what is so already": {[]plan.Field{{Path: "spec.replicas", Value: 2}}, "", ""},
		"missing parents": {[]plan.Field{
			{Path: web + "securityContext.capabilities.drop", Value: []string{"ALL"}},
			{Path: web + "securityContext.runAsNonRoot", Value: true},
		}, "{capabilities: {drop: [ALL]}, runAsNonRoot: true}", web + "securityContext"},
		"an element that is not there": {[]plan.Field{{Path: "spec.template.spec.volumes[name=tmp].emptyDir", Value: map[string]any{}}},
			"[{name: tmp, emptyDir: {}}]", "spec.template.spec.volumes"},
		"an element given whole": {[]plan.Field{{Path: web + "ports[containerPort=9090]", Value: map[string]any{"name": "metrics"}}},
			"[{containerPort: 8080, protocol: TCP}, {containerPort: 9090, name: metrics}]", web + "ports"},
		"an element in the middle taken away": {[]plan.Field{{Path: web + "env[name=COLOR]", Remove: true}},
			"[{name: DB_PASSWORD, value: hunter2-hunter2}]", web + "env"},
		"a field taken away":   {[]plan.Field{{Path: `metadata.labels["app.kubernetes.io/name"]`, Remove: true}}, "{}", "metadata.labels"},
		"nothing to take away": {[]plan.Field{{Path: web + "env[name=NONE].value", Remove: true}}, "", ""},
		"the same twice":       {[]plan.Field{{Path: "spec.replicas", Value: 3}, {Path: "spec.replicas", Value: 4}}, "4", "spec.replicas"},
		"added and taken away": {[]plan.Field{{Path: "spec.paused", Value: true}, {Path: "spec.paused", Remove: true}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live := parsed(t, deployment)
			e := newEditor(live)
			for i := range c.fields {
				require.NoError(t, e.set(&c.fields[i]))
			}
			assert.Equal(t, parsed(t, deployment), live, "the live object is left alone")
			after := server(t, live, e.ops)
			assert.Equal(t, after, e.object, "the server does the same")
			if c.want == "" {
				assert.Equal(t, live, after)
				return
			}
			path, err := parsePath(c.path)
			require.NoError(t, err)
			got, ok := lookup(after, path)
			require.True(t, ok)
			want := parsed(t, "v: "+c.want)["v"]
			assert.Equal(t, want, got)

			back := newEditor(after)
			for i := len(e.touches) - 1; i >= 0; i-- {
				require.NoError(t, back.revert(&e.touches[i]))
			}
			assert.Equal(t, live, server(t, after, back.ops), "taken back")
		})
	}
}

func TestAPatchFailsWhenSomethingElseIsThere(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]plan.Field{
		"the value":           {Path: "spec.replicas", Value: 7},
		"what was not there":  {Path: "spec.template.spec.containers[name=web].securityContext", Value: map[string]any{"privileged": true}},
		"the element's place": {Path: "spec.template.spec.containers[name=proxy]", Remove: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live := parsed(t, deployment)
			mine := newEditor(live)
			require.NoError(t, mine.set(&plan.Field{Path: "spec.replicas", Value: 3}))
			require.NoError(t, mine.set(&plan.Field{Path: "spec.template.spec.containers[name=web].securityContext.runAsNonRoot", Value: true}))
			theirs := newEditor(live)
			require.NoError(t, theirs.set(&change))
			doc, err := json.Marshal(theirs.object)
			require.NoError(t, err)
			raw, err := json.Marshal(mine.ops)
			require.NoError(t, err)
			patch, err := jsonpatch.DecodePatch(raw)
			require.NoError(t, err)
			_, err = patch.Apply(doc)
			assert.Error(t, err)
		})
	}
}

func TestFieldsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, f := range []plan.Field{
		{Path: "spec.replicas.more", Value: 1},
		{Path: "spec[name=x]", Value: map[string]any{}},
		{Path: "spec.template.spec.containers.image", Value: "x"},
		{Path: "spec.template.spec.containers[name=new]", Value: "text"},
		{Path: "spec.template.spec.containers[protocol=TCP].ports[protocol=TCP]", Value: "text"},
		{Path: "spec.replicas", Value: make(chan int)},
	} {
		e := newEditor(parsed(t, deployment))
		assert.Error(t, e.set(&f), f.Path)
		assert.Empty(t, e.touches)
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{`a.b[name=x].c`, `a["x.y"]`, `a[k=1,v="2"]`, `metadata.labels["a\"b"]`, `a[b=`, `a["\xff"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePath(text)
		if err != nil {
			return
		}
		again, err := parsePath(p.String())
		require.NoError(t, err, p.String())
		require.Equal(t, p, again, "one path has one text")
	})
}

// FuzzEdit holds that what is planned is what the server does, and that it can be taken back.
func FuzzEdit(f *testing.F) {
	f.Add("spec.replicas", `3`, "spec.template.spec.volumes[name=tmp].emptyDir", `{}`)
	f.Add("spec.template.spec.containers[name=web].env[name=COLOR]", `null`, "spec.template.spec.containers[name=web].env[name=A].value", `"b"`)
	f.Add(`metadata.annotations["a/b~c"]`, `"x"`, "metadata.annotations", `null`)
	f.Add("spec.template", `null`, "spec.template.spec", `{"a":1.0}`)
	f.Fuzz(func(t *testing.T, path1, value1, path2, value2 string) {
		live := parsed(t, deployment)
		e := newEditor(live)
		for _, c := range [][2]string{{path1, value1}, {path2, value2}} {
			var v any
			if json.Unmarshal([]byte(c[1]), &v) != nil {
				return
			}
			if e.set(&plan.Field{Path: c[0], Value: v}) != nil {
				return
			}
		}
		after := server(t, live, e.ops)
		require.True(t, equal(after, e.object))
		back := newEditor(after)
		for i := len(e.touches) - 1; i >= 0; i-- {
			require.NoError(t, back.revert(&e.touches[i]))
		}
		require.True(t, equal(live, back.object), "%v", back.object)
	})
}
