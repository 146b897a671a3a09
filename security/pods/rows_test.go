package pods_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/pods"
)

const restricted = `{apiVersion: v1, kind: Namespace, metadata: {name: fns, labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: v1.36}}}`

// function is a Deployment whose pod spec and container have these additional fields, in flow style.
func function(pod, container string) string {
	return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: fn, namespace: fns, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: fn}}
  template:
    metadata: {labels: {app: fn}}
    spec: {` + join(pod, `containers: [{`+join(`name: fn, image: "example.com/fn:1"`, container)+`}]`) + `}
`
}

func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ", ")
}

const (
	goodPod       = `securityContext: {runAsNonRoot: true, runAsUser: 12000, seccompProfile: {type: RuntimeDefault}}`
	goodContainer = `securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}`
)

func TestAHardenedFunctionPasses(t *testing.T) {
	w := offlinetest.Text(t, restricted, function(goodPod, goodContainer))
	p := w.Judge("fns", "fn")
	for _, f := range p.Findings {
		assert.NotEqual(t, check.Pod, f.Control.Pillar, "%s: %s", f.Control.ID, f.Message)
	}
	assert.Equal(t, "A", p.Pillars[check.Pod].Grade.String())
	level := pods.LevelOf.Get(w.Reader, w.Find("fns", "fn").Key)
	assert.Equal(t, "restricted", level.Level)
	assert.Equal(t, "restricted", level.NamespaceEnforces)
	assert.Equal(t, "v1.36", level.Version)
}

// want is one expected finding: its severity and where it stands below the pod spec. No findings: pass.
type want struct {
	severity check.Severity
	path     string
}

const c0, sc0 = "containers[0].", "containers[0].securityContext."
const low, medium, high, critical, info = check.Low, check.Medium, check.High, check.Critical, check.Info

var podSpecs = map[string]struct {
	control, pod, container string
	want                    []want
}{
	"privileged":                    {"POD-04", "", `securityContext: {privileged: true}`, []want{{critical, sc0 + "privileged"}}},
	"privileged init container":     {"POD-04", `initContainers: [{name: i, image: i, securityContext: {privileged: true}}]`, "", []want{{critical, "initContainers[0].securityContext.privileged"}}},
	"not privileged":                {"POD-04", "", `securityContext: {privileged: false}`, nil},
	"hostPath unmounted":            {"POD-05", `volumes: [{name: d, hostPath: {path: /srv/data}}]`, "", []want{{high, "volumes[0].hostPath.path"}}},
	"hostPath read-only":            {"POD-05", `volumes: [{name: d, hostPath: {path: /srv/data}}]`, `volumeMounts: [{name: d, mountPath: /d, readOnly: true}]`, []want{{high, "volumes[0].hostPath.path"}}},
	"hostPath writable":             {"POD-05", `volumes: [{name: d, hostPath: {path: /srv/data}}]`, `volumeMounts: [{name: d, mountPath: /d}]`, []want{{critical, "volumes[0].hostPath.path"}}},
	"hostPath below a sensitive":    {"POD-05", `volumes: [{name: d, hostPath: {path: /etc/ssl}}]`, "", []want{{critical, "volumes[0].hostPath.path"}}},
	"hostPath above a sensitive":    {"POD-05", `volumes: [{name: d, hostPath: {path: /var/lib}}]`, "", []want{{critical, "volumes[0].hostPath.path"}}},
	"hostPath with dots":            {"POD-05", `volumes: [{name: d, hostPath: {path: /srv/../etc}}]`, "", []want{{critical, "volumes[0].hostPath.path"}}},
	"hostPath of a similar name":    {"POD-05", `volumes: [{name: d, hostPath: {path: /etcetera}}]`, "", []want{{high, "volumes[0].hostPath.path"}}},
	"emptyDir":                      {"POD-05", `volumes: [{name: d}]`, "", nil},
	"hostPID and hostIPC":           {"POD-06", `hostPID: true, hostIPC: true`, "", []want{{high, "hostPID"}, {high, "hostIPC"}}},
	"hostNetwork is another's":      {"POD-06", `hostNetwork: true`, "", nil},
	"docker socket":                 {"POD-07", `volumes: [{name: s, hostPath: {path: /var/run/docker.sock}}]`, "", []want{{critical, "volumes[0].hostPath.path"}}},
	"folder of a socket":            {"POD-07", `volumes: [{name: s, hostPath: {path: /run/containerd/}}]`, "", []want{{critical, "volumes[0].hostPath.path"}}},
	"rootless socket":               {"POD-07", `volumes: [{name: s, hostPath: {path: /run/user/1000/docker.sock}}]`, "", []want{{critical, "volumes[0].hostPath.path"}}},
	"root of the node":              {"POD-07", `volumes: [{name: s, hostPath: {path: /}}]`, "", []want{{critical, "volumes[0].hostPath.path"}}},
	"no socket":                     {"POD-07", `volumes: [{name: s, hostPath: {path: /var/log}}]`, "", nil},
	"ALL not dropped":               {"POD-08", "", `securityContext: {capabilities: {drop: [NET_RAW]}}`, []want{{low, sc0 + "capabilities.drop"}}},
	"all in small letters":          {"POD-08", "", `securityContext: {capabilities: {drop: [all]}}`, []want{{low, sc0 + "capabilities.drop"}}},
	"no capabilities set":           {"POD-08", "", "", []want{{low, sc0 + "capabilities.drop"}}},
	"SYS_ADMIN":                     {"POD-08", "", `securityContext: {capabilities: {drop: [ALL], add: [SYS_ADMIN]}}`, []want{{high, sc0 + "capabilities.add[0]"}}},
	"CAP_SYS_ADMIN":                 {"POD-08", "", `securityContext: {capabilities: {drop: [ALL], add: [CAP_SYS_ADMIN]}}`, []want{{high, sc0 + "capabilities.add[0]"}}},
	"NET_RAW":                       {"POD-08", "", `securityContext: {capabilities: {drop: [ALL], add: [NET_RAW]}}`, []want{{medium, sc0 + "capabilities.add[0]"}}},
	"CHOWN":                         {"POD-08", "", `securityContext: {capabilities: {drop: [ALL], add: [CHOWN]}}`, []want{{low, sc0 + "capabilities.add[0]"}}},
	"NET_BIND_SERVICE":              {"POD-08", "", `securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}`, nil},
	"windows has no capabilities":   {"POD-08", `os: {name: windows}`, "", nil},
	"user unset":                    {"POD-09", "", "", []want{{medium, sc0 + "runAsNonRoot"}}},
	"pod is root":                   {"POD-09", `securityContext: {runAsUser: 0}`, "", []want{{medium, "securityContext.runAsUser"}}},
	"container is root":             {"POD-09", `securityContext: {runAsUser: 12000}`, `securityContext: {runAsUser: 0}`, []want{{medium, sc0 + "runAsUser"}}},
	"a user":                        {"POD-09", `securityContext: {runAsUser: 12000}`, "", nil},
	"non-root":                      {"POD-09", `securityContext: {runAsNonRoot: true}`, "", nil},
	"container takes it back":       {"POD-09", `securityContext: {runAsNonRoot: true}`, `securityContext: {runAsNonRoot: false}`, []want{{medium, sc0 + "runAsNonRoot"}}},
	"user namespace":                {"POD-09", `hostUsers: false`, `securityContext: {runAsUser: 0}`, nil},
	"escalation unset":              {"POD-10", "", "", []want{{medium, sc0 + "allowPrivilegeEscalation"}}},
	"escalation off":                {"POD-10", "", `securityContext: {allowPrivilegeEscalation: false}`, nil},
	"root filesystem unset":         {"POD-11", "", "", []want{{medium, sc0 + "readOnlyRootFilesystem"}}},
	"read-only root filesystem":     {"POD-11", "", `securityContext: {readOnlyRootFilesystem: true}`, nil},
	"seccomp unset":                 {"POD-12", "", "", []want{{low, sc0 + "seccompProfile"}}},
	"seccomp of the pod":            {"POD-12", `securityContext: {seccompProfile: {type: RuntimeDefault}}`, "", nil},
	"seccomp unconfined":            {"POD-12", `securityContext: {seccompProfile: {type: RuntimeDefault}}`, `securityContext: {seccompProfile: {type: Unconfined}}`, []want{{medium, sc0 + "seccompProfile.type"}}},
	"pod unconfined, container not": {"POD-12", `securityContext: {seccompProfile: {type: Unconfined}}`, `securityContext: {seccompProfile: {type: Localhost, localhostProfile: p}}`, nil},
	"privileged ignores seccomp":    {"POD-12", "", `securityContext: {privileged: true, seccompProfile: {type: RuntimeDefault}}`, []want{{medium, sc0 + "privileged"}}},
	"AppArmor off":                  {"POD-13", "", `securityContext: {appArmorProfile: {type: Unconfined}}`, []want{{medium, sc0 + "appArmorProfile.type"}}},
	"AppArmor of the runtime":       {"POD-13", "", `securityContext: {appArmorProfile: {type: RuntimeDefault}}`, nil},
	"SELinux type":                  {"POD-13", `securityContext: {seLinuxOptions: {type: spc_t}}`, "", []want{{low, "securityContext.seLinuxOptions.type"}}},
	"SELinux type of engines":       {"POD-13", `securityContext: {seLinuxOptions: {type: container_engine_t}}`, "", nil},
	"SELinux user":                  {"POD-13", "", `securityContext: {seLinuxOptions: {user: root}}`, []want{{low, sc0 + "seLinuxOptions.user"}}},
	"procMount":                     {"POD-14", "", `securityContext: {procMount: Unmasked}`, []want{{medium, sc0 + "procMount"}}},
	"procMount in a user namespace": {"POD-14", `hostUsers: false`, `securityContext: {procMount: Unmasked}`, []want{{medium, sc0 + "procMount"}}},
	"sysctl":                        {"POD-14", `securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}, {name: kernel.msgmax, value: "1"}]}`, "", []want{{medium, "securityContext.sysctls[1]"}}},
	"probe of another host":         {"POD-14", "", `livenessProbe: {httpGet: {host: 169.254.169.254, port: 80}}`, []want{{medium, c0 + "livenessProbe.httpGet.host"}}},
	"probe of the pod":              {"POD-14", "", `livenessProbe: {httpGet: {port: 80}}`, nil},
	"shared processes":              {"POD-15", `shareProcessNamespace: true`, "", []want{{low, "shareProcessNamespace"}}},
	"HostProcess":                   {"POD-17", `os: {name: windows}, securityContext: {windowsOptions: {hostProcess: true}}`, "", []want{{critical, "securityContext.windowsOptions.hostProcess"}}},
	"low user id":                   {"POD-21", `securityContext: {runAsUser: 1000}`, "", []want{{info, "securityContext.runAsUser"}}},
	"high user id":                  {"POD-21", `securityContext: {runAsUser: 10000}`, "", nil},
	"gpu":                           {"POD-24", "", `resources: {limits: {nvidia.com/gpu: "1", memory: 1Gi}}`, []want{{medium, c0 + "resources.limits[nvidia.com/gpu]"}}},
	"no device":                     {"POD-24", "", `resources: {limits: {hugepages-2Mi: 1Gi, memory: 1Gi}}`, nil},
	"device claim":                  {"POD-24", `resourceClaims: [{name: gpu, resourceClaimName: gpu}]`, "", []want{{medium, "resourceClaims[0]"}}},
	"any taint":                     {"POD-25", `tolerations: [{operator: Exists}]`, "", []want{{medium, "tolerations[0]"}}},
	"control plane":                 {"POD-25", `tolerations: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]`, "", []want{{medium, "tolerations[0]"}}},
	"own node":                      {"POD-25", `nodeName: node-1`, "", []want{{medium, "nodeName"}}},
	"own taint":                     {"POD-25", `tolerations: [{key: functions, operator: Exists}]`, "", nil},
}

func TestPodSpecs(t *testing.T) {
	for name, test := range podSpecs {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, restricted, function(test.pod, test.container)).Judge("fns", "fn")
			var got []want
			for _, f := range offlinetest.Of(p, test.control) {
				require.Equal(t, check.Fail, f.Status, f.Message)
				assert.NotEmpty(t, f.Message)
				got = append(got, want{f.Base, strings.TrimPrefix(f.Path, "spec.template.spec.")})
			}
			assert.ElementsMatch(t, test.want, got)
		})
	}
}
