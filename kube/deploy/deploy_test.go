package deploy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func maker() *deploy.Maker {
	return deploy.New(all.New(all.Options{}), security.Kinds(), &snapshot.Options{Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), ServerMinor: 36})
}

// setting is a namespace of a cluster with the platform of one framework.
func setting(t testing.TB, framework string, texts ...string) *deploy.Setting {
	t.Helper()
	s := &deploy.Setting{Context: "test"}
	read := func(name, text string) {
		docs, problems := manifest.Read(name, []byte(text))
		require.Empty(t, problems)
		s.Documents = append(s.Documents, docs...)
	}
	read("namespace", `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {kubernetes.io/metadata.name: shop, pod-security.kubernetes.io/enforce: restricted}}
`)
	for _, f := range samples.Seed() {
		if f.Framework == framework && strings.Contains(f.Path, "/0") {
			read(f.Path, string(f.Data))
		}
	}
	for _, text := range texts {
		read("text", text)
	}
	return s
}

func request(framework string) *plan.DeployRequest {
	return &plan.DeployRequest{Framework: framework, Namespace: "shop", Name: "crop", Source: plan.Source{Image: "registry.example.com/shop/crop" + digest}}
}

func make1(t testing.TB, s *deploy.Setting, r *plan.DeployRequest, o deploy.Options) *deploy.Result {
	t.Helper()
	results, err := maker().Make(t.Context(), s, []*plan.DeployRequest{r}, o)
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0]
}

// defaults are requests of the fewest words, one for each framework in which functions can be made.
var defaults = map[string]*plan.DeployRequest{
	"plain":   request("plain"),
	"knative": request("knative"),
}

func TestDefaultsGradeA(t *testing.T) {
	for name, r := range defaults {
		t.Run(name, func(t *testing.T) {
			result := make1(t, setting(t, name), r, deploy.Options{})
			require.Empty(t, result.Problems)
			require.NotNil(t, result.Posture)
			text, err := result.Text()
			require.NoError(t, err)
			if name == "plain" {
				fmt.Println(text)
			}
			for i := range result.Posture.Findings {
				f := &result.Posture.Findings[i]
				if f.Status == check.Fail && f.Severity > check.Info && (!f.Control.Rollup || f.Counts) {
					assert.Equal(t, check.FrameworkLimit, f.Limit, "%s: %s (%v) %v", f.Control.ID, f.Message, f.Object(), f.Severity)
				}
			}
			for i := range result.Posture.Findings {
				f := &result.Posture.Findings[i]
				fmt.Println("   ", f.Control.ID, f.Status, f.Severity, f.Message, f.Intents())
			}
			fmt.Println(result.Grade(), result.Done, result.Left)
		})
	}
}
