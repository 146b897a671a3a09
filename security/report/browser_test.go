package report_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/scan"
)

// browsers are programs that can open a page without a screen, the smallest first.
var browsers = []string{
	"chromium-headless-shell", "headless-shell", "chromium", "chromium-browser", "google-chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

// tab is a page in a browser that has no network. It keeps what a page should not do: write to the console, fail, ask
// for anything but itself, open a dialog.
type tab struct {
	t    testing.TB
	ctx  context.Context
	mu   sync.Mutex
	odd  []string
	self string
}

// browse opens a report in a browser. Where there is none, the test is skipped, and fails where FN9S_TEST_REQUIRE=1.
func browse(t testing.TB, html []byte) *tab {
	t.Helper()
	at := slices.IndexFunc(browsers, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if at < 0 {
		if os.Getenv("FN9S_TEST_REQUIRE") == "1" {
			t.Fatal("FN9S_TEST_REQUIRE=1, but there is no Chromium: make chromium installs one")
		}
		t.Skip("needs a Chromium: make chromium installs one")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, html, 0o600))
	// The sandbox needs rights that a container seldom has. What the page holds cannot run, which is what is tested.
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(browsers[at]), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.WindowSize(1280, 900), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	ctx, late := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(late)
	b := &tab{t: t, ctx: ctx, self: "file://" + filepath.ToSlash(file)}
	require.NoError(t, chromedp.Listen(ctx, b.hear))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: true})
	require.NoError(t, err)
	began := time.Now()
	b.do(chromedp.Navigate(b.self))
	require.True(t, eval[bool](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelectorAll("#rows .row").length > 0))))`), "rows are on the screen")
	took := time.Since(began)
	t.Logf("%s opens it in %d ms", browsers[at], took.Milliseconds())
	assert.Less(t, took, 5*time.Second, "until there are rows and the page answers")
	return b
}

// in is the same page in a part of the test.
func (b *tab) in(t testing.TB) *tab { return &tab{t: t, ctx: b.ctx} }

func (b *tab) hear(event any) {
	odd := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Request.URL != b.self {
			odd = "request: " + e.Request.URL
		}
	case *runtime.EventConsoleAPICalled:
		odd = "console: " + string(e.Type)
	case *runtime.EventExceptionThrown:
		odd = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		odd = "log: " + e.Entry.Text
	case *page.EventJavascriptDialogOpening:
		odd = "dialog: " + e.Message
	}
	if odd != "" {
		b.mu.Lock()
		b.odd = append(b.odd, odd)
		b.mu.Unlock()
	}
}

// quiet checks that the page did nothing that it should not.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b.t, b.odd)
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, actions...))
}

// eval returns the value of an expression in the page, and waits for it when it is a promise.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, expression)
	return v
}

// choose changes a field of the page as its reader would, and returns how many milliseconds the page was busy.
func (b *tab) choose(id, value string) float64 {
	b.t.Helper()
	return eval[float64](b, fmt.Sprintf(`(() => { const e = document.getElementById(%q), t = performance.now(); e.value = %q; e.dispatchEvent(new Event("change")); return performance.now() - t; })()`, id, value))
}

// write puts a word into the filter by the keyboard.
func (b *tab) write(word string) {
	b.t.Helper()
	eval[any](b, `document.getElementById("search").value = ""`)
	b.do(chromedp.SendKeys(chromedp.CSS("#search"), word))
}

// shown waits for the number of rows that the page says it lists.
func (b *tab) shown(want int) {
	b.t.Helper()
	got := ""
	assert.Eventually(b.t, func() bool {
		got = strings.ReplaceAll(eval[string](b, `document.getElementById("count").textContent`), ",", "")
		return strings.HasPrefix(got, fmt.Sprintf("%d ", want))
	}, 10*time.Second, 20*time.Millisecond, "%d rows", want)
	b.t.Logf("%s", got)
}

func (b *tab) theme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	require.NoError(b.t, err)
}

// fleet is a report of n functions: those of the seed as the engine judges them, under ever new names.
func fleet(t testing.TB, n int) *report.Report {
	t.Helper()
	w := offlinetest.Files(t, "../../kube/samples/seed")
	var functions []report.Function
	scopes := scan.Run(w.World, scan.Request{Options: offlinetest.Options(), Lookup: report.Lookup{Place: w.Position}}, func(some []report.Function) {
		functions = append(functions, some...)
	})
	require.NotEmpty(t, functions)
	in := report.Input{GeneratedAt: offlinetest.Now, Version: "1.2.3", Sources: []report.Source{{Kind: "manifests", Paths: []string{"deploy"}}}}
	for i := range n {
		f := functions[i%len(functions)]
		in.Functions = append(in.Functions, renamed(&f, fmt.Sprintf("%s-%05d", f.Name, i), fmt.Sprintf("%s-%02d", f.Namespace, i/len(functions)%25)))
	}
	for i := range scopes {
		in.Scopes = append(in.Scopes, scopes[i])
		for k := 0; scopes[i].Kind == "namespace" && k < 25; k++ {
			s := scopes[i]
			s.Name = fmt.Sprintf("%s-%02d", s.Name, k)
			s.Namespace = s.Name
			in.Scopes = append(in.Scopes, s)
		}
	}
	return report.New(&in)
}

// renamed is the function under another name, wherever its name stands.
func renamed(from *report.Function, name, namespace string) report.Function {
	f := *from
	words := strings.NewReplacer(from.Name, name, from.Namespace, namespace)
	f.Name, f.Namespace = name, namespace
	f.Findings = slices.Clone(f.Findings)
	for i := range f.Findings {
		x := &f.Findings[i]
		x.Message, x.Path, x.Value = words.Replace(x.Message), words.Replace(x.Path), words.Replace(x.Value)
		if x.Object != nil {
			o := *x.Object
			o.Name, o.Namespace = words.Replace(o.Name), words.Replace(o.Namespace)
			x.Object = &o
		}
		if x.Source != nil {
			at := *x.Source
			at.File, at.Line = words.Replace(at.File), at.Line+len(name)*i%97
			x.Source = &at
		}
	}
	return f
}
