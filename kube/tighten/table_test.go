package tighten_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// What the frameworks answer to the wishes for pods, whether a function needs them or not: each is asked about the first
// of its functions that has one, and all that is wished for stands in one file.
func TestAnswersByFramework(t *testing.T) {
	var out strings.Builder
	intents := []check.Intent{
		check.FixOwnAccount, check.FixNoToken, check.FixNonRoot, check.FixNoEscalation, check.FixDropCapabilities, check.FixSeccomp,
		check.FixReadOnlyRoot, check.FixNoPrivileged, check.FixLimits, check.FixPullPolicy, check.FixPinImage, check.FixEnvToSecret,
		check.FixIsolateIngress, check.FixIsolateEgress, check.FixBlockMetadata, check.FixClusterIP, check.FixCloseRoute, check.FixRouteTLS,
		check.FixRouteAuth, check.FixMaxScale, check.FixNamespaceLevel, check.FixQuota, check.FixLimitRange,
	}
	frameworks := []string{"openfaas", "kubeless", "kyma", "fission", "nuclio", "knative", "openwhisk", "plain", "generic"}
	answers := map[check.Intent]map[string]string{}
	for _, framework := range frameworks {
		c := seed(t, framework)
		w := c.world()
		for _, f := range w.World.Functions("") {
			if folder := f.Key.Framework; folder != framework && framework != "generic" {
				continue
			}
			p := postureOf(w, f)
			for _, intent := range intents {
				if answers[intent] == nil {
					answers[intent] = map[string]string{}
				}
				offered := slices.ContainsFunc(p.Findings, func(x check.Finding) bool { return x.Status == check.Fail && slices.Contains(x.Intents(), intent) })
				a := c.translator().Answer(w.Reader, f, intent, p.Findings)
				if !offered {
					assert.True(t, a.Already, "%s of %s", intent, f.Key)
					continue
				}
				if name := framework + " " + string(f.Object.Kind); answers[intent][name] == "" || strings.HasPrefix(answers[intent][name], "none") {
					answers[intent][name] = short(a)
				}
			}
		}
	}
	for _, intent := range intents {
		require.NotEmpty(t, answers[intent], intent)
		fmt.Fprintf(&out, "%s: %s\n", intent, intent.Wish())
		var names []string
		for name := range answers[intent] {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(&out, "  %-26s %s\n", name, answers[intent][name])
		}
	}
	golden(t, "frameworks.txt", out.String())
}

// short is an answer without the names of the function.
func short(a plan.Answer) string {
	if a.None != "" {
		text := "none: " + a.None
		if a.Next != "" {
			text += "; next best: " + string(a.Next)
		}
		return text
	}
	var parts []string
	for _, e := range a.Edits {
		part := string(e.Verb) + " " + e.Object.Kind
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, f.Path)
		}
		if len(fields) > 0 {
			part += " " + strings.Join(fields, ", ")
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	text := string(a.Effect) + ": " + strings.Join(parts, "; ")
	for _, more := range []string{a.Lost, a.Left} {
		if more != "" {
			text += " (" + more + ")"
		}
	}
	return text
}
