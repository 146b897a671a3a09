package tighten_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// badly secured functions of the samples, one or more of each framework.
var worst = []string{
	"openfaas/payments/refund-payment", "openfaas/checkout/apply-coupon", "kubeless/analytics/export-prices",
	"kyma/media/sync-subtitles", "kyma/checkout/print-label", "fission/media/exif-strip", "fission/analytics/geo-enrich",
	"nuclio/media/watermark", "knative/checkout/cart-pricing", "plain/payments/mask-report", "plain/analytics/rank-products",
	"plain/payments/purge-drafts", "keda-job/media/transcode-batch", "openfunction/media/burn-subtitles", "spin/media/quote-widget",
	"openwhisk/openwhisk/guest/resize-image",
}

func find(t testing.TB, all []*model.Function, id string) *model.Function {
	t.Helper()
	for _, f := range all {
		if f.Key.Framework+"/"+f.Key.Namespace+"/"+f.Name() == id {
			return f
		}
	}
	require.Fail(t, "no function "+id)
	return nil
}

// offered lists the intents that findings offer, in the order of the catalogue.
func offered(p *security.Posture) []check.Intent {
	var out []check.Intent
	for _, i := range check.Intents() {
		if slices.ContainsFunc(p.Findings, func(f check.Finding) bool { return f.Status == check.Fail && slices.Contains(f.Intents(), i) }) {
			out = append(out, i)
		}
	}
	return out
}

// failures counts what fails, by control.
func failures(p *security.Posture) map[string]int {
	m := map[string]int{}
	for i := range p.Findings {
		if f := &p.Findings[i]; f.Status == check.Fail && f.Severity > check.Info && !f.Control.Rollup {
			m[f.Control.ID]++
		}
	}
	return m
}

// Every edit that is answered cures what it was asked for, and nothing gets worse.
func TestAnswersCure(t *testing.T) {
	for _, id := range worst {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var report strings.Builder
			framework, _, _ := strings.Cut(id, "/")
			c := seed(t, framework)
			start := c.world()
			f := find(t, start.World.Functions(""), id)
			before := postureOf(start, f)
			fmt.Fprintf(&report, "%s: %s\n", id, before.Letter())
			asked := map[check.Intent]bool{}
			w := start
			for round := 0; round < 2; round++ { // an answer may uncover what another one cures
				for _, intent := range offered(postureOf(w, f)) {
					if !asked[intent] {
						asked[intent] = true
						w = c.cure(t, w, f.Key, intent, &report)
					}
				}
			}
			after := postureOf(w, f)
			fmt.Fprintf(&report, "afterwards: %s\n", after.Letter())
			for _, x := range after.Findings {
				if x.Status == check.Fail && x.Severity > check.Info {
					fmt.Fprintf(&report, "  %s %s %s %v limit=%v\n", x.Severity, x.Control.ID, x.Message, x.Intents(), x.Limit)
				}
			}
			assert.LessOrEqual(t, after.Grade, before.Grade)
			golden(t, strings.ReplaceAll(id, "/", "_")+".txt", report.String())
		})
	}
}

// cure asks for one intent, carries the answer out and judges again.
func (c *cluster) cure(t *testing.T, w *offlinetest.World, key model.FunctionKey, intent check.Intent, report *strings.Builder) *offlinetest.World {
	t.Helper()
	f := w.World.Function(key)
	require.NotNil(t, f)
	before := postureOf(w, f)
	a := c.translator().Answer(w.Reader, f, intent, before.Findings)
	describe(report, a)
	require.Equal(t, 1, count(len(a.Edits) > 0, a.Already, a.None != ""), "%s: one of edits, already and none", intent)
	if len(a.Edits) == 0 {
		return w
	}
	c.apply(f, a)
	w = c.world()
	f = w.World.Function(key)
	require.NotNil(t, f, "%s: the function is still there", intent)
	after := postureOf(w, f)
	old := failures(before)
	for id, n := range failures(after) {
		assert.LessOrEqual(t, n, max(old[id], uncured(a, id)), "%s brought %s", intent, id)
	}
	for i := range after.Findings {
		x := &after.Findings[i]
		if a.Left == "" && x.Status == check.Fail && x.Severity > check.Info && x.Limit == check.NoLimit && !x.Control.Rollup && len(x.Intents()) > 0 && x.Intents()[0] == intent {
			assert.Fail(t, "not cured", "%s left %s: %s", intent, x.Control.ID, x.Message)
		}
	}
	assert.LessOrEqual(t, after.Grade, before.Grade, "%s made the grade worse", intent)
	if again := c.translator().Answer(w.Reader, f, intent, after.Findings); a.Left == "" {
		assert.Empty(t, again.Edits, "%s: asked again, it asks for more", intent)
	}
	return w
}

// uncured is how often a control may fail afterwards although it did not before: the answer says so.
func uncured(a plan.Answer, control string) int {
	switch {
	case a.Left != "" && control == "RES-03":
		return 2
	case a.Intent == check.FixOwnAccount && strings.HasPrefix(control, "AUD-"): // both accounts have the rights now
		return 2
	case a.Intent == check.FixEnvToSecret && slices.Contains([]string{"SEC-05", "SEC-09", "SEC-12", "SEC-15"}, control): // a Secret, and no longer a text
		return 2
	case control == "POD-03": // the namespace may enforce more now: what the next answer does
		return 1
	}
	return 0
}

func count(all ...bool) (n int) {
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

func describe(b *strings.Builder, a plan.Answer) {
	switch {
	case a.Already:
		fmt.Fprintf(b, "- %s: already\n", a.Intent)
	case a.None != "":
		fmt.Fprintf(b, "- %s: none: %s", a.Intent, a.None)
		if a.Next != "" {
			fmt.Fprintf(b, "; next: %s", a.Next)
		}
		b.WriteString("\n")
	default:
		fmt.Fprintf(b, "- %s: %s\n", a.Intent, a.Effect)
	}
	for _, e := range a.Edits {
		fmt.Fprintf(b, "    %s %s\n", e.Verb, e.Object)
		for _, f := range e.Fields {
			value := fmt.Sprint(f.Value)
			switch {
			case f.Remove:
				value = "gone"
			case f.Secret:
				value = "…"
			}
			fmt.Fprintf(b, "      %s: %s\n", f.Path, value)
		}
		if e.Asks != "" {
			fmt.Fprintf(b, "      asks: %s\n", e.Asks)
		}
	}
	for _, s := range []struct{ word, text string }{{"lost", a.Lost}, {"left", a.Left}} {
		if s.text != "" {
			fmt.Fprintf(b, "    %s: %s\n", s.word, s.text)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	if !bytes.Equal(want, []byte(got)) {
		assert.Equal(t, string(want), got)
	}
}
