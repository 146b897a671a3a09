package pods_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	psa "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/pods"
)

// fixtures is the folder of the official fixtures: LEVEL/VERSION/pass|fail/CHECK<n>.yaml.
func fixtures(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/pod-security-admission").Output()
	require.NoError(t, err)
	return filepath.Join(strings.TrimSpace(string(out)), "test", "testdata")
}

// Every official fixture, on a namespace that pins the fixture's version: the level, the check that the file is about,
// and all reasons of the evaluator.
func TestTheOfficialFixturesAgree(t *testing.T) {
	dir := fixtures(t)
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	require.NoError(t, err)
	seen := 0
	for _, level := range []psa.Level{psa.LevelBaseline, psa.LevelRestricted} {
		for minor := range pods.Newest() + 1 {
			version := fmt.Sprintf("v1.%d", minor)
			documents := []string{fmt.Sprintf(
				"{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: {%s: %s}}}", psa.EnforceVersionLabel, version)}
			wanted := map[string]*corev1.Pod{}
			for _, outcome := range []string{"pass", "fail"} {
				files, err := filepath.Glob(filepath.Join(dir, string(level), version, outcome, "*.yaml"))
				require.NoError(t, err)
				for _, file := range files {
					pod := readPod(t, file)
					pod.Name = outcome + "." + strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".yaml"), "_", "-")
					pod.Namespace, pod.Labels = "ns", map[string]string{"fn9s.io/function": "true"}
					text, err := yaml.Marshal(pod)
					require.NoError(t, err)
					documents, wanted[pod.Name] = append(documents, string(text)), pod
				}
			}
			require.NotEmpty(t, wanted, "%s %s", level, version)
			w := offlinetest.Text(t, documents...)
			for name, pod := range wanted {
				seen++
				got := pods.LevelOf.Get(w.Reader, w.Find("ns", name).Key)
				agrees(t, level, version, name, pod, got, evaluator)
			}
		}
	}
	assert.Greater(t, seen, 3000, "the fixtures were read")
}

func readPod(t *testing.T, file string) *corev1.Pod {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	pod := &corev1.Pod{}
	require.NoError(t, yaml.Unmarshal(data, pod))
	return pod
}

func agrees(t *testing.T, level psa.Level, version, name string, pod *corev1.Pod, got *pods.Level, official policy.Evaluator) {
	t.Helper()
	at := fmt.Sprintf("%s %s %s", level, version, name)
	require.Equal(t, version, got.Version, at)
	failing := got.Restricted
	if level == psa.LevelBaseline {
		failing = got.Baseline
	}
	v, err := psa.ParseVersion(version)
	require.NoError(t, err)
	var want []string
	// The evaluator is given what the API server gives it: a pod with the defaults of the API.
	for i := range pod.Spec.Volumes {
		if pod.Spec.Volumes[i].VolumeSource == (corev1.VolumeSource{}) {
			pod.Spec.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	for _, r := range official.EvaluatePod(psa.LevelVersion{Level: level, Version: v}, &pod.ObjectMeta, &pod.Spec) {
		if !r.Allowed {
			text := r.ForbiddenReason
			if r.ForbiddenDetail != "" {
				text += " (" + r.ForbiddenDetail + ")"
			}
			want = append(want, text)
		}
	}
	var reasons, ids []string
	for _, f := range failing {
		reasons, ids = append(reasons, f.Reason), append(ids, strings.ToLower(strings.ReplaceAll(f.Check, "_", "-")))
	}
	assert.ElementsMatch(t, want, reasons, at)
	outcome, check, _ := strings.Cut(strings.TrimRight(name, "0123456789"), ".")
	if outcome == "pass" {
		assert.Empty(t, failing, at)
		return
	}
	require.NotEmpty(t, failing, at)
	assert.True(t, contains(ids, check), "%s: %v", at, ids)
	for _, f := range failing {
		assert.NotEmpty(t, f.Path, "%s: %s has no path", at, f.Check)
	}
}

// contains reports whether the check is among ids, or the one of restricted that replaces it.
func contains(ids []string, check string) bool {
	replaced := map[string]string{
		"capabilities-baseline": "capabilities-restricted", "hostpathvolumes": "restrictedvolumes",
		"seccompprofile-baseline": "seccompprofile-restricted", "procmount": "procmount-restricted",
	}
	for _, id := range ids {
		if id == check || id == replaced[check] {
			return true
		}
	}
	return false
}
