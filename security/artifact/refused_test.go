package artifact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

func TestRefusedForSecurity(t *testing.T) {
	failing := func(message string) string {
		return strings.TrimSpace(function("", "")) + "\nstatus: {replicas: 0, conditions: [{type: ReplicaFailure, status: \"True\", reason: FailedCreate, message: '" + message + "'}]}\n"
	}
	waiting := func(name, reason, message string) string {
		return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: fns, labels: {app: fn, pod-template-hash: abc}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: fn-abc, uid: u, controller: true}]}," +
			" spec: {containers: [{name: fn, image: 'fn:1'}]}, status: {phase: Pending, containerStatuses: [{name: fn, image: 'fn:1', state: {waiting: {reason: " + reason + ", message: '" + message + "'}}}]}}"
	}
	running := function("", "")
	for name, c := range map[string]struct {
		documents []string
		says      string // empty: pass
	}{
		"nothing":            {[]string{running}, ""},
		"pod security":       {[]string{failing(`pods "fn-abc-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true`)}, "the level of pod security of the namespace refuses its pods"},
		"quota":              {[]string{failing(`pods "fn-abc-x" is forbidden: exceeded quota: q, requested: pods=1`)}, "a quota of the namespace refuses its pods"},
		"policy":             {[]string{failing(`admission webhook "validate.kyverno.svc-fail" denied the request`)}, "a policy refuses its pods"},
		"account":            {[]string{failing(`pods "fn-abc-" is forbidden: error looking up service account fns/gone: serviceaccount "gone" not found`)}, "its ServiceAccount is not there"},
		"no security":        {[]string{failing("Internal error occurred: etcdserver: request timed out")}, ""},
		"missing Secret":     {[]string{running, waiting("a", "CreateContainerConfigError", `secret "db" not found`)}, "a Secret or a key of one is not there"},
		"missing key":        {[]string{running, waiting("a", "CreateContainerConfigError", `couldn''t find key token in Secret fns/db`)}, "a Secret or a key of one is not there"},
		"missing ConfigMap":  {[]string{running, waiting("a", "CreateContainerConfigError", `configmap "db" not found`)}, ""},
		"root":               {[]string{running, waiting("a", "CreateContainerConfigError", "container has runAsNonRoot and image will run as root")}, "its image runs as root"},
		"registry":           {[]string{running, waiting("a", "ImagePullBackOff", "Back-off pulling image: pull access denied, repository does not exist or may require authorization")}, "the registry refuses"},
		"no such image":      {[]string{running, waiting("a", "ErrImagePull", "manifest unknown")}, ""},
		"crash":              {[]string{running, waiting("a", "CrashLoopBackOff", "unauthorized")}, ""},
		"two pods, one word": {[]string{running, waiting("a", "ImagePullBackOff", "401 Unauthorized"), waiting("b", "ImagePullBackOff", "401 Unauthorized")}, "the registry refuses"},
	} {
		t.Run(name, func(t *testing.T) {
			o := offlinetest.Options()
			o.Manifests = false
			p := offlinetest.With(t, o, c.documents...).Judge("fns", "fn")
			found := offlinetest.Of(p, "AUD-06")
			if c.says == "" {
				assert.Equal(t, "pass", offlinetest.Verdict(t, p, "AUD-06"), "%v", found)
				return
			}
			require.Len(t, found, 1)
			assert.Equal(t, check.Info, found[0].Severity, "a fact, which grades nothing")
			assert.Contains(t, found[0].Message, c.says)
		})
	}
	p := judge(t, running, waiting("a", "ImagePullBackOff", "401 Unauthorized"))
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "AUD-06"), "manifests do not show it")

	long := judgeLive(t, failing("forbidden: "+strings.Repeat("x", 5000)))
	assert.Less(t, len(long.Message), 500, "somebody else's message is cut")
}

func judgeLive(t *testing.T, documents ...string) check.Finding {
	t.Helper()
	o := offlinetest.Options()
	o.Manifests = false
	found := offlinetest.Of(offlinetest.With(t, o, documents...).Judge("fns", "fn"), "AUD-06")
	require.Len(t, found, 1)
	return found[0]
}
