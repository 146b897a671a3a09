package pods_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/pods"
)

func namespace(labels string) string {
	return `{apiVersion: v1, kind: Namespace, metadata: {name: fns, labels: {` + labels + `}}}`
}

func TestPOD01SumsUpAndCountsOnlyWhatNobodyElseJudges(t *testing.T) {
	for name, test := range map[string]struct {
		pod, container string
		counting       []check.Severity
		message        string
	}{
		"rows judge it all": {"", "", nil, "allowPrivilegeEscalation (POD-10), capabilities_restricted (POD-08), runAsNonRoot (POD-09), seccompProfile_restricted (POD-12)"},
		"host network without its ports": {`hostNetwork: true, ` + goodPod, goodContainer + `, ports: [{containerPort: 80}]`, nil,
			"in the way: hostNetwork (NET-12)"},
		"host port": {goodPod, goodContainer + `, ports: [{containerPort: 80, hostPort: 80}]`, nil, "in the way: hostPorts (NET-24)"},
		"nfs": {goodPod + `, volumes: [{name: files, nfs: {server: s, path: /}}]`, goodContainer, []check.Severity{check.Medium},
			"restricted volume types"},
		"nfs beside hostPath": {goodPod + `, volumes: [{name: h, hostPath: {path: /d}}, {name: files, nfs: {server: s, path: /}}]`, goodContainer,
			[]check.Severity{check.Medium}, "restrictedVolumes (POD-05)"},
		"a user but no runAsNonRoot": {`securityContext: {runAsUser: 12000, seccompProfile: {type: RuntimeDefault}}`, goodContainer,
			[]check.Severity{check.Low}, "runAsNonRoot != true"},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, restricted, function(test.pod, test.container)).Judge("fns", "fn")
			var counting []check.Severity
			var text []string
			for _, f := range offlinetest.Of(p, "POD-01") {
				text = append(text, f.Message)
				if f.Counts {
					counting = append(counting, f.Severity)
				}
			}
			assert.Equal(t, test.counting, counting)
			assert.Contains(t, strings.Join(text, "\n"), test.message)
		})
	}
}

func TestTheTargetDecidesPOD01AndPOD02(t *testing.T) {
	o := offlinetest.Options()
	o.Target = func(string) string { return "baseline" }
	w := offlinetest.With(t, o, namespace("pod-security.kubernetes.io/enforce: baseline"), function("", ""))
	assert.Equal(t, "pass", offlinetest.Verdict(t, w.Judge("fns", "fn"), "POD-01"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, w.Judge("fns", "fn"), "POD-02"))
	assert.Equal(t, "baseline", pods.LevelOf.Get(w.Reader, w.Find("fns", "fn").Key).Level)
}

func TestNamespaceLabels(t *testing.T) {
	for name, test := range map[string]struct {
		labels                         string
		enforce, audit, warn, versions string
		verdict                        string
	}{
		"none":          {"", "privileged", "privileged", "privileged", "v1.37 v1.37 v1.37", "fail"},
		"enforce":       {"pod-security.kubernetes.io/enforce: restricted", "restricted", "privileged", "restricted", "v1.37 v1.37 v1.37", "pass"},
		"pinned":        {"pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: v1.28", "restricted", "privileged", "restricted", "v1.28 v1.37 v1.28", "pass"},
		"latest":        {"pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: latest", "restricted", "privileged", "restricted", "v1.37 v1.37 v1.37", "pass"},
		"future":        {"pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: v1.99", "restricted", "privileged", "restricted", "v1.37 v1.37 v1.37", "pass"},
		"below":         {"pod-security.kubernetes.io/enforce: baseline", "baseline", "privileged", "baseline", "v1.37 v1.37 v1.37", "fail"},
		"invalid":       {"pod-security.kubernetes.io/enforce: strict", "restricted", "privileged", "privileged", "v1.37 v1.37 v1.37", "pass"},
		"invalid audit": {"pod-security.kubernetes.io/audit: strict", "privileged", "privileged", "privileged", "v1.37 v1.37 v1.37", "fail"},
		"only warns":    {"pod-security.kubernetes.io/warn: restricted, pod-security.kubernetes.io/audit: baseline", "privileged", "baseline", "restricted", "v1.37 v1.37 v1.37", "fail"},
		"explicit warn": {"pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: privileged", "restricted", "privileged", "privileged", "v1.37 v1.37 v1.37", "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			w := offlinetest.Text(t, namespace(test.labels), function("", ""))
			n := pods.NamespaceLevel.Get(w.Reader, "fns")
			assert.Equal(t, test.enforce+" "+test.audit+" "+test.warn, n.Enforce.Level+" "+n.Audit.Level+" "+n.Warn.Level)
			assert.Equal(t, test.versions, n.Enforce.Version+" "+n.Audit.Version+" "+n.Warn.Version)
			assert.Equal(t, test.verdict, offlinetest.Verdict(t, w.Judge("fns", "fn"), "POD-02"))
		})
	}
}

func TestTheVersionOfTheStandards(t *testing.T) {
	o := offlinetest.Options()
	o.ServerMinor = 30
	w := offlinetest.With(t, o, namespace("pod-security.kubernetes.io/enforce-version: v1.36"), function("", ""))
	assert.Equal(t, "v1.30", pods.NamespaceLevel.Get(w.Reader, "fns").Enforce.Version, "the server knows no newer one")
	o.PSSVersion = 25
	w = offlinetest.With(t, o, namespace(""), function("", ""))
	assert.Equal(t, "v1.25", pods.NamespaceLevel.Get(w.Reader, "fns").Enforce.Version, "the operator's choice where none is pinned")
}

func TestUserNamespacesCountFrom135(t *testing.T) {
	for version, verdict := range map[string]string{"v1.34": "fail", "v1.35": "pass"} {
		w := offlinetest.Text(t, namespace("pod-security.kubernetes.io/enforce-version: "+version),
			function("hostUsers: false, securityContext: {runAsUser: 0}", ""))
		assert.Equal(t, verdict, offlinetest.Verdict(t, w.Judge("fns", "fn"), "POD-09"), version)
	}
}

func TestNamespaceThatIsNotThere(t *testing.T) {
	p := offlinetest.Text(t, function("", "")).Judge("fns", "fn")
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "POD-02"))
	o := offlinetest.Options()
	o.Partial = true
	p = offlinetest.With(t, o, function("", "")).Judge("fns", "fn")
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "POD-02"))
	assert.Equal(t, "cannot get namespaces: may be elsewhere", offlinetest.Of(p, "POD-02")[0].Message)
}

func TestPOD03FindsNamespacesThatCouldEnforceMore(t *testing.T) {
	weak := strings.Replace(strings.Replace(function("", ""), "name: fn,", "name: other,", 1), `labels: {fn9s.io/function: "true"}`, "labels: {}", 1)
	for name, test := range map[string]struct {
		documents []string
		verdict   string
	}{
		"all meet it":        {[]string{namespace(""), function(goodPod, goodContainer)}, "fail"},
		"a neighbour is not": {[]string{namespace("pod-security.kubernetes.io/enforce: baseline"), function(goodPod, goodContainer), weak}, "pass"},
		"already highest":    {[]string{restricted, function(goodPod, goodContainer)}, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, test.documents...).Judge("fns", "fn")
			assert.Equal(t, test.verdict, offlinetest.Verdict(t, p, "POD-03"))
		})
	}
}

func TestPOD22DefaultNamespace(t *testing.T) {
	w := offlinetest.Text(t, strings.Replace(function("", ""), "namespace: fns", "namespace: default", 1))
	assert.Equal(t, "fail", offlinetest.Verdict(t, w.Judge("default", "fn"), "POD-22"))
	w = offlinetest.Text(t, function("", ""))
	assert.Equal(t, "pass", offlinetest.Verdict(t, w.Judge("fns", "fn"), "POD-22"))
}

func TestHostFoldersBehindClaims(t *testing.T) {
	claim := `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: fns}, spec: {volumeName: pv}}`
	volume := `{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv}, spec: {hostPath: {path: /etc/kubernetes}}}`
	disk := `{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv}, spec: {csi: {driver: d, volumeHandle: v}}}`
	pod := `volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]`
	p := offlinetest.Text(t, restricted, claim, volume, function(pod, "")).Judge("fns", "fn")
	found := offlinetest.Of(p, "POD-05")
	require.Len(t, found, 1)
	assert.Equal(t, check.Critical, found[0].Base)
	assert.Equal(t, "spec.template.spec.volumes[0]", found[0].Path)
	assert.Contains(t, found[0].Message, "/etc/kubernetes")
	for _, documents := range [][]string{{restricted, claim, disk, function(pod, "")}, {restricted, function(pod, "")}} {
		p = offlinetest.Text(t, documents...).Judge("fns", "fn")
		assert.Equal(t, "pass", offlinetest.Verdict(t, p, "POD-05"))
	}
}

func TestAdministratorsAccessToDevices(t *testing.T) {
	home := namespace(`resource.kubernetes.io/admin-access: "true"`)
	claim := `{apiVersion: resource.k8s.io/v1, kind: ResourceClaimTemplate, metadata: {name: all, namespace: fns}, spec: {spec: {devices: {requests: [{name: gpu, exactly: {deviceClassName: gpu, adminAccess: true}}]}}}}`
	pod := `resourceClaims: [{name: gpu, resourceClaimTemplateName: all}]`
	p := offlinetest.Text(t, home, claim, function(pod, "")).Judge("fns", "fn")
	assert.Equal(t, check.High, offlinetest.Of(p, "POD-24")[0].Base)
	p = offlinetest.Text(t, namespace(""), claim, function(pod, "")).Judge("fns", "fn")
	assert.Equal(t, check.Medium, offlinetest.Of(p, "POD-24")[0].Base, "the API server refuses it in this namespace")
}

func TestAppArmorAnnotation(t *testing.T) {
	text := strings.Replace(function("", ""), "metadata: {labels: {app: fn}}",
		"metadata: {labels: {app: fn}, annotations: {container.apparmor.security.beta.kubernetes.io/fn: unconfined}}", 1)
	w := offlinetest.Text(t, restricted, text)
	found := offlinetest.Of(w.Judge("fns", "fn"), "POD-13")
	require.Len(t, found, 1)
	assert.Equal(t, "spec.template.metadata.annotations['container.apparmor.security.beta.kubernetes.io/fn']", found[0].Path)
	assert.Equal(t, "privileged", pods.LevelOf.Get(w.Reader, w.Find("fns", "fn").Key).Level)
}

func TestEqualSpecsAreJudgedAlikeWhoeverAsks(t *testing.T) {
	w := offlinetest.Text(t, restricted, function("", ""), strings.Replace(function("", ""), "name: fn,", "name: gn,", 1))
	a, b := w.Judge("fns", "fn"), w.Judge("fns", "gn")
	assert.Len(t, offlinetest.Of(b, "POD-09"), len(offlinetest.Of(a, "POD-09")))
	assert.Equal(t, model.Ref{Group: "apps", Kind: "Deployment", Namespace: "fns", Name: "gn"}, offlinetest.Of(b, "POD-09")[0].Object())
}
