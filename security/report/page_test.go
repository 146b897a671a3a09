package report_test

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/report"
)

// many is a report of n functions with about twenty findings each.
func many(n int) *report.Report {
	in := report.Input{Version: "1", Sources: []report.Source{{Kind: "manifests", Paths: []string{"x"}}}}
	all := []*check.Control{token, root, pss, deny}
	for i := range n {
		name, ns := fmt.Sprintf("function-%05d", i), fmt.Sprintf("team-%03d", i%100)
		ref := model.Ref{Group: "apps", Kind: "Deployment", Namespace: ns, Name: name}
		p := &security.Posture{Grade: security.Grade(i % 5)}
		for k := range 20 {
			c := *all[k%4]
			c.ID = fmt.Sprintf("%s%d", c.ID[:4], k+10)
			p.Findings = append(p.Findings, finding(&c, check.Fail, ref, fmt.Sprintf("spec.template.spec.containers[0].field%d", k), "", fmt.Sprintf("container %s of Deployment %s/%s has something that it should not have, number %d", name, ns, name, k)))
		}
		in.Functions = append(in.Functions, report.FunctionOf(&report.FunctionInput{
			ID: model.FunctionID{FunctionKey: model.FunctionKey{Framework: "openfaas", Kind: "Function", Namespace: ns, Name: name}}, Posture: p,
		}, report.Lookup{Place: func(model.Ref, string) (string, int, int) { return "manifests/" + name + ".yaml", 100 + i%50, 9 }}))
	}
	return report.New(&in)
}

func TestThePageOfTenThousandFunctionsIsSmall(t *testing.T) {
	t.Parallel()
	out := render(t, "page.html", many(10_000))
	t.Logf("%d bytes", len(out))
	assert.Less(t, len(out), 10<<20)
}

func TestThePageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	page := string(render(t, "page.html", sample()))
	assert.Equal(t, 2, strings.Count(page, "</script>"), "nothing of the report ends the data")
	for _, word := range []string{"src=\"", "href=", "@import", "fetch(", "innerHTML", "eval(", "document.write", "XMLHttpRequest"} {
		assert.NotContains(t, page, word)
	}
	withoutNames := strings.ReplaceAll(page, "http://www.w3.org/2000/svg", "")
	assert.Empty(t, regexp.MustCompile(`url\(|\sstyle=|\son[a-z]+=`).FindString(regexp.MustCompile(`(?s)<script.*</script>`).ReplaceAllString(withoutNames, "")))
	assert.Contains(t, page, "default-src 'none'")
	_, rest, _ := strings.Cut(page, `id="data">`)
	data, _, _ := strings.Cut(rest, "</script>")
	var d struct {
		Strings   []string
		Functions [][]any
		Shapes    [][]int
	}
	require.NoError(t, json.Unmarshal([]byte(data), &d))
	assert.Len(t, d.Functions, 3)
	assert.Equal(t, "</script><img src=x onerror=alert(1)>·[31m|`*_[x](http://y) @all·· ü😀  \"\\ ---", d.Functions[1][3], "what was written is shown, as text")
}

func BenchmarkJSON(b *testing.B) {
	r := many(10_000)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, report.JSON(io.Discard, r))
	}
}

func BenchmarkHTML(b *testing.B) {
	r := many(10_000)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, report.HTML(io.Discard, r))
	}
}
