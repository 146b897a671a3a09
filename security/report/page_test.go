package report_test

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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

// contrast lists the texts on the screen that stand out less than 4.5:1 from what is behind them.
const contrast = `(() => {
  const parts = (c) => (c.match(/[\d.]+/g) || []).map(Number), light = (c) => {
    const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const weak = [];
  let n = 0;
  const check = (text, colour, e) => {
    const a = light(parts(colour).slice(0, 3)), b = light(behind(e).slice(0, 3)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    n++;
    if (ratio < 4.5) weak.push(text.trim().slice(0, 40) + " " + ratio.toFixed(2));
  };
  for (const e of document.body.querySelectorAll("*")) {
    if (!e.checkVisibility() || ["SCRIPT", "NOSCRIPT", "OPTION"].includes(e.tagName)) continue;
    const text = [...e.childNodes].filter((c) => c.nodeType === 3).map((c) => c.data).join("");
    if (text.trim() || e.tagName === "SELECT") check(text || e.id, getComputedStyle(e).color, e);
    if (e.placeholder) check(e.placeholder, getComputedStyle(e, "::placeholder").color, e);
  }
  return { weak: [...new Set(weak)], n };
})()`

func checkContrast(t *testing.T, b *tab, what string) {
	t.Helper()
	found := eval[struct {
		Weak []string `json:"weak"`
		N    int      `json:"n"`
	}](b, contrast)
	assert.Greater(t, found.N, 100, what)
	assert.Empty(t, found.Weak, what)
}

// rowsOf counts the functions that have a finding that is meant.
func rowsOf(r *report.Report, meant func(f *report.Function, x *report.Finding) bool) (n int) {
	for i := range r.Functions {
		f := &r.Functions[i]
		if slices.ContainsFunc(f.Findings, func(x report.Finding) bool { return meant(f, &x) }) {
			n++
		}
	}
	return n
}

// cells returns what stands first in a column of the rows on the screen: 1 is the grade, 2 the function.
func cells(b *tab, column int) []string {
	return eval[[]string](b, fmt.Sprintf(`[...document.querySelectorAll("#rows .row")].sort((a, b) => a.offsetTop - b.offsetTop).map((r) => r.children[%d].textContent)`, column-1))
}

func TestTenThousandFunctionsInABrowser(t *testing.T) {
	r := fleet(t, 10_000)
	html := render(t, "page.html", r)
	t.Logf("%d findings, %d bytes", r.Summary.Fail, len(html))
	assert.Less(t, len(html), 10<<20)
	b := browse(t, html)
	b.shown(10_000)
	assert.Less(t, eval[int](b, `document.querySelectorAll("#rows .row").length`), 100, "only the rows on the screen are there")
	t.Run("filter", func(t *testing.T) { filterInBrowser(t, b.in(t), r) })
	t.Run("sort", func(t *testing.T) { sortInBrowser(t, b.in(t), r) })
	t.Run("keys", func(t *testing.T) { keysInBrowser(t, b.in(t)) })
	t.Run("details", func(t *testing.T) { detailsInBrowser(t, b.in(t)) })
	t.Run("colours", func(t *testing.T) { coloursInBrowser(t, b.in(t)) })
	t.Run("sizes", func(t *testing.T) { sizesInBrowser(t, b.in(t)) })
	t.Run("paper", func(t *testing.T) { paperInBrowser(t, b.in(t), r) })
	b.quiet()
}

func filterInBrowser(t *testing.T, b *tab, r *report.Report) {
	critical := func(_ *report.Function, x *report.Finding) bool {
		return x.Status == "fail" && x.Severity == "critical" && x.Control != "POD-01" // which sums others up
	}
	busy := b.choose("severity", "4")
	b.shown(rowsOf(r, critical))
	busy = max(busy, b.choose("namespace", "analytics-03"))
	b.shown(rowsOf(r, func(f *report.Function, x *report.Finding) bool {
		return critical(f, x) && f.Namespace == "analytics-03"
	}))
	b.do(chromedp.Click(chromedp.CSS("#reset")))
	b.shown(10_000)
	busy = max(busy, b.choose("framework", "kubeless"))
	b.shown(rowsOf(r, func(f *report.Function, x *report.Finding) bool { return f.Framework == "kubeless" }))
	control := eval[string](b, `[...document.getElementById("control").options].find((o) => o.text.startsWith("SA-20 ")).value`)
	busy = max(busy, b.choose("control", control))
	b.shown(rowsOf(r, func(f *report.Function, x *report.Finding) bool {
		return f.Framework == "kubeless" && x.Control == "SA-20"
	}))
	b.do(chromedp.Click(chromedp.CSS("#reset")))
	t.Logf("a filter takes at most %.0f ms", busy)
	assert.Less(t, busy, 1000.0)

	texts := make([]string, len(r.Functions))
	for i := range r.Functions {
		texts[i] = textOf(&r.Functions[i])
	}
	for _, word := range []string{"privileged", "SA-20", r.Functions[4711].Name, "payments-03/", "analytics-07-default", "no.such.word"} {
		b.write(word)
		n := 0
		for _, text := range texts {
			if strings.Contains(text, strings.ToLower(word)) {
				n++
			}
		}
		b.shown(n)
	}
	b.do(chromedp.Click(chromedp.CSS("#reset")))
	b.shown(10_000)
}

// textOf is all that the page's filter looks at, in small letters.
func textOf(f *report.Function) string {
	var b strings.Builder
	add := func(words ...string) {
		for _, w := range words {
			b.WriteString(w)
			b.WriteByte('\n')
		}
	}
	add(f.Name, f.Namespace+"/"+f.Name, f.Framework, f.Object.Kind, f.Context)
	if f.PSS != nil {
		add(f.PSS.Level)
	}
	if f.Exposure != nil {
		add(f.Exposure.Class)
	}
	for i := range f.Findings {
		x := &f.Findings[i]
		add(x.Control, x.Message, x.Path, x.Value)
		if c, ok := security.Control(x.Control); ok {
			add(c.Title)
		}
		if x.Object != nil {
			add(x.Object.String())
		}
		if x.Source != nil {
			add(x.Source.File)
		}
	}
	return strings.ToLower(b.String())
}

func sortInBrowser(t *testing.T, b *tab, r *report.Report) {
	names := make([]string, 0, len(r.Functions))
	for i := range r.Functions {
		names = append(names, r.Functions[i].Name)
	}
	slices.Sort(names)
	click := `(() => { const t = performance.now(); document.querySelector('[data-column="1"]').click(); return performance.now() - t; })()`
	busy := eval[float64](b, click)
	t.Logf("a sort takes %.0f ms", busy)
	assert.Less(t, busy, 1000.0)
	got := cells(b, 2)
	assert.Equal(t, names[:len(got)], got)
	assert.Equal(t, "ascending", eval[string](b, `document.querySelector('#head [data-column="1"]').parentElement.ariaSort`))
	b.do(chromedp.Focus(chromedp.CSS(`[data-column="1"]`)), chromedp.KeyEvent(kb.Enter))
	assert.Equal(t, names[len(names)-1], cells(b, 2)[0], "by key, and the other way round")
	b.do(chromedp.KeyEvent(kb.Enter))
	assert.Equal(t, names[0], cells(b, 2)[0], "the heading keeps the focus")
	b.do(chromedp.Click(chromedp.CSS(`[data-column="0"]`)))
	assert.Contains(t, cells(b, 1)[0], "F", "the worst first")

	eval[any](b, `scrollTo(0, document.body.scrollHeight)`)
	assert.Eventually(t, func() bool { return eval[bool](b, `document.getElementById("row-9999") !== null`) }, 5*time.Second, 20*time.Millisecond, "the last row")
	top := eval[float64](b, `document.getElementById("head").getBoundingClientRect().top`)
	assert.InDelta(t, eval[float64](b, `document.getElementById("bar").offsetHeight`), top, 2, "the heading stays where it is seen")
	eval[any](b, `scrollTo(0, 0)`)
}

func keysInBrowser(t *testing.T, b *tab) {
	focus := func() string { return eval[string](b, `document.activeElement.id`) }
	eval[any](b, `document.activeElement.blur()`)
	b.do(chromedp.KeyEvent("/"))
	assert.Equal(t, "search", focus())
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	assert.Equal(t, "rows", focus())
	assert.Equal(t, "row-0", eval[string](b, `document.getElementById("rows").getAttribute("aria-activedescendant")`))
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	name := eval[string](b, `document.getElementById("row-1").children[1].textContent`)
	detail := func() string { return eval[string](b, `document.querySelector("#detail h2").textContent`) }
	assert.Eventually(t, func() bool { return detail() == name }, 30*time.Second, 20*time.Millisecond, "the details are drawn with the next frame")
	b.do(chromedp.KeyEvent(kb.End))
	assert.Equal(t, "row-9999", eval[string](b, `document.getElementById("rows").getAttribute("aria-activedescendant")`), "the details follow the cursor")
	assert.Eventually(t, func() bool { return detail() != name }, 30*time.Second, 20*time.Millisecond)
	b.do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Home))
	assert.True(t, eval[bool](b, `document.getElementById("detail").hidden`))
	assert.Equal(t, "rows", focus())
}

func detailsInBrowser(t *testing.T, b *tab) {
	eval[any](b, `scrollTo(0, 0)`)
	b.do(chromedp.Click(chromedp.CSS("#row-0")))
	open := `document.querySelectorAll("#detail .group[open]").length`
	groups := eval[int](b, `document.querySelectorAll("#detail .group").length`)
	assert.Greater(t, groups, 3)
	assert.Equal(t, groups, eval[int](b, open))
	eval[any](b, `[...document.querySelectorAll("#detail .tools button")].find((x) => x.textContent === "collapse all").click()`)
	assert.Zero(t, eval[int](b, open))
	b.do(chromedp.Click(chromedp.CSS("#detail .group > summary")))
	assert.Equal(t, 1, eval[int](b, open))
	before := eval[float64](b, `document.querySelector(".finding").offsetHeight`)
	b.do(chromedp.Click(chromedp.CSS("#detail .finding > summary")))
	assert.Greater(t, eval[float64](b, `document.querySelector(".finding").offsetHeight`), before+20)
	assert.Contains(t, eval[string](b, `document.getElementById("detail").textContent`), "How far an intruder gets")
	assert.Contains(t, eval[string](b, `document.querySelector(".finding").textContent`), "fix")
	b.do(chromedp.Click(chromedp.CSS("#detail .close")))
	assert.True(t, eval[bool](b, `document.getElementById("detail").hidden`))
}

func coloursInBrowser(t *testing.T, b *tab) {
	background := `getComputedStyle(document.body).backgroundColor`
	seen := map[string]bool{}
	for _, theme := range []string{"light", "dark"} {
		b.theme(theme)
		seen[eval[string](b, background)] = true
		for _, list := range []string{"controls", "scopes", "functions"} {
			eval[any](b, `document.querySelector("[data-tab=`+list+`]").click()`)
			eval[any](b, `document.getElementById("row-1").click()`)
			eval[any](b, `document.querySelectorAll("#detail details").forEach((d) => { d.open = true; })`)
			checkContrast(t, b, theme+" "+list)
		}
	}
	assert.Len(t, seen, 2, "the page follows the reader's colours")
	was := eval[string](b, background)
	b.do(chromedp.Click(chromedp.CSS("#theme")))
	assert.NotEqual(t, was, eval[string](b, background), "and its own button goes before them")
	checkContrast(t, b, "light by the button")
	b.do(chromedp.Click(chromedp.CSS("#theme")), chromedp.Click(chromedp.CSS("#detail .close")))
	b.theme("light")
}

func sizesInBrowser(t *testing.T, b *tab) {
	for _, width := range []int64{400, 760, 1280, 1900} {
		b.do(chromedp.EmulateViewport(width, 900))
		eval[any](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`)
		assert.LessOrEqual(t, eval[int64](b, `document.documentElement.scrollWidth`), width, "nothing hangs over the edge")
		assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll("#rows .row")].filter((r) => r.lastElementChild.getBoundingClientRect().right > r.getBoundingClientRect().right + 1).map((r) => r.id)`), "at %d every cell is inside its row", width)
		assert.Contains(t, cells(b, 1)[0], "F")
	}
	b.do(chromedp.EmulateViewport(1280, 900))
}

func paperInBrowser(t *testing.T, b *tab, r *report.Report) {
	b.choose("namespace", "payments-03")
	n := rowsOf(r, func(f *report.Function, _ *report.Finding) bool { return f.Namespace == "payments-03" })
	b.shown(n)
	eval[any](b, `addEventListener("beforeprint", () => { window.printed = document.querySelectorAll("#rows .row").length; })`)
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	require.NoError(t, err)
	assert.NotEmpty(t, pdf)
	assert.Equal(t, n, eval[int](b, `window.printed`), "all rows are printed, not those on the screen")
}

// Nothing that an object's author wrote runs or becomes a part of the page, wherever it is shown.
func TestHostileNamesInABrowser(t *testing.T) {
	r := sample()
	for _, name := range []string{nasty, `"><script>alert(1)</script>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `${alert(1)}`, "$& \x01\x02", `</option><option selected>`, `\u003c/script>`, strings.Repeat("w", 3000)} {
		f := r.Functions[1]
		f.Name, f.Namespace, f.Framework, f.Context = name, name, name, name
		f.Lifts = []report.Lift{{Control: name, Intent: check.Intent(name), Grade: "A"}}
		f.Blast = &report.Blast{Level: 5, Paths: [][]report.Step{{{Edge: name, Text: name}}}}
		f.Exposure = &report.Exposure{Class: name, Authentication: name, Routes: []report.Route{{Host: name, Path: name}}}
		f.PSS = &report.PSS{Level: name}
		r.Functions = append(r.Functions, f)
		s := r.Scopes[0]
		s.Name, s.Namespace, s.Version, s.Findings = name, name, name, f.Findings
		r.Scopes = append(r.Scopes, s)
		r.Errors = append(r.Errors, report.Error{File: name, Message: name})
		r.Sources = append(r.Sources, report.Source{Context: name})
	}
	b := browse(t, render(t, "page.html", r))
	eval[any](b, `document.querySelector("#notes details").open = true`)
	for _, list := range []string{"functions", "scopes", "controls"} {
		eval[any](b, `document.querySelector("[data-tab=`+list+`]").click()`)
		for i := range eval[int](b, `document.querySelectorAll("#rows .row").length`) {
			eval[any](b, fmt.Sprintf(`document.getElementById("row-%d").click()`, i))
			eval[any](b, `document.querySelectorAll("#detail details").forEach((d) => { d.open = true; })`)
			assert.Equal(t, 0, eval[int](b, `document.querySelectorAll("img, iframe, a, link, [onerror], [onmouseover], body script:not(#data):not(:last-of-type)").length`))
		}
	}
	assert.Equal(t, 2, eval[int](b, `document.scripts.length`))
	assert.Contains(t, eval[string](b, `document.getElementById("namespace").textContent`), "</script><img src=x onerror=alert(1)>", "it is text")
	assert.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 1280, "and does not break the page")
	for _, word := range []string{"alert(1)", "$&", "<script>", "["} {
		b.write(word)
	}
	b.quiet()
}
