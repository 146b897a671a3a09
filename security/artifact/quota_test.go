package artifact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

func replace(text, image string) string { return strings.Replace(text, "IMAGE", image, 1) }

func limitRange(item string) string {
	return `{apiVersion: v1, kind: LimitRange, metadata: {name: l, namespace: fns}, spec: {limits: [` + item + `]}}`
}

func TestResources(t *testing.T) {
	const medium, low = check.Medium, check.Low
	for name, test := range map[string]struct {
		control   string
		documents []string
		want      []check.Severity
	}{
		"no memory limit":               {"RES-01", []string{function("", "")}, []check.Severity{medium}},
		"memory request alone":          {"RES-01", []string{function("resources: {requests: {memory: 1Gi}}", "")}, []check.Severity{medium}},
		"memory limit":                  {"RES-01", []string{function("resources: {limits: {memory: 1Gi}}", "")}, nil},
		"memory of the pod":             {"RES-01", []string{function("", "resources: {limits: {memory: 1Gi}}")}, nil},
		"memory by default":             {"RES-01", []string{function("", ""), limitRange("{type: Container, default: {memory: 1Gi}}")}, nil},
		"memory by maximum":             {"RES-01", []string{function("", ""), limitRange("{type: Container, max: {memory: 1Gi}}")}, nil},
		"default request is no limit":   {"RES-01", []string{function("", ""), limitRange("{type: Container, defaultRequest: {memory: 1Gi}}")}, []check.Severity{medium}},
		"maximum of pods is no default": {"RES-01", []string{function("", ""), limitRange("{type: Pod, max: {memory: 1Gi}}")}, []check.Severity{medium}},
		"no CPU":                        {"RES-02", []string{function("", "")}, []check.Severity{medium}},
		"CPU request alone":             {"RES-02", []string{function("resources: {requests: {cpu: 1}}", "")}, []check.Severity{low}},
		"CPU limit is a request":        {"RES-02", []string{function("resources: {limits: {cpu: 1}}", "")}, nil},
		"CPU request by default":        {"RES-02", []string{function("", ""), limitRange("{type: Container, defaultRequest: {cpu: 1}}")}, nil},
		"CPU of the pod":                {"RES-02", []string{function("", "resources: {requests: {cpu: 1}, limits: {cpu: 1}}")}, nil},
		"no storage limit":              {"RES-03", []string{function("", "volumes: [{name: tmp, emptyDir: {}}]")}, []check.Severity{low, low}},
		"storage limit":                 {"RES-03", []string{function("resources: {limits: {ephemeral-storage: 1Gi}}", "volumes: [{name: tmp, emptyDir: {}}]")}, nil},
		"volume with a size":            {"RES-03", []string{function("", "volumes: [{name: tmp, emptyDir: {sizeLimit: 1Gi}}]")}, []check.Severity{low}},
		"system priority":               {"RES-09", []string{function("", "priorityClassName: system-node-critical")}, []check.Severity{medium}},
		"own priority":                  {"RES-09", []string{function("", "priorityClassName: functions")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []check.Severity
			for _, f := range offlinetest.Of(judge(t, test.documents...), test.control) {
				got = append(got, f.Severity)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestQuotas(t *testing.T) {
	quota := func(spec string) string {
		return `{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: fns}, spec: {` + spec + `}, status: {hard: {pods: "10", memory: 10Gi}, used: {pods: "9", memory: 1Gi}}}`
	}
	for spec, want := range map[string]string{
		`hard: {pods: "10"}`:                        "pass",
		`hard: {count/pods: "10"}`:                  "pass",
		`hard: {limits.memory: 10Gi}`:               "pass",
		`hard: {services: "10"}`:                    "fail",
		`hard: {pods: "10"}, scopes: [Terminating]`: "fail",
	} {
		assert.Equal(t, want, offlinetest.Verdict(t, judge(t, function("", ""), quota(spec)), "RES-04"), spec)
	}
	assert.Equal(t, "fail", offlinetest.Verdict(t, judge(t, function("", "")), "RES-04"))
	assert.Equal(t, "fail", offlinetest.Verdict(t, judge(t, function("", "")), "RES-05"))
	assert.Equal(t, "fail", offlinetest.Verdict(t, judge(t, function("", ""), limitRange("{type: Pod, max: {cpu: 1}}")), "RES-05"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, judge(t, function("", ""), limitRange("{type: Container, max: {cpu: 1}}")), "RES-05"))

	o := offlinetest.Options()
	o.Partial = true
	p := offlinetest.With(t, o, function("", "")).Judge("fns", "fn")
	for _, id := range []string{"RES-04", "RES-05"} {
		assert.Equal(t, "unknown", offlinetest.Verdict(t, p, id), "it may be elsewhere")
	}

	o = offlinetest.Options()
	o.Manifests = false
	p = offlinetest.With(t, o, function("", ""), quota(`hard: {pods: "10"}`)).Judge("fns", "fn")
	found := offlinetest.Of(p, "RES-08")
	require.Len(t, found, 1)
	assert.Equal(t, "pods 9 of 10", found[0].Value)
	roomy := strings.Replace(quota(`hard: {pods: "10"}`), "9", "8", 1)
	assert.Equal(t, "pass", offlinetest.Verdict(t, offlinetest.With(t, o, function("", ""), roomy).Judge("fns", "fn"), "RES-08"))
}

func TestScale(t *testing.T) {
	hpa := func(max string) string {
		return `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: fn, namespace: fns}, spec: {maxReplicas: ` + max + `, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: fn}}}`
	}
	keda := func(fields string) string {
		return `{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: fn, namespace: fns}, spec: {scaleTargetRef: {name: fn}` + fields + `}}`
	}
	knative := func(annotations string) string {
		return `{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: fn, namespace: fns, labels: {function.knative.dev: "true"}}, spec: {template: {metadata: {annotations: {` + annotations + `}}, spec: {timeoutSeconds: 30, containers: [{image: "fn:1"}]}}}}`
	}
	openfaas := func(labels string) string {
		return `{apiVersion: openfaas.com/v1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {name: fn, image: "fn:1", labels: {` + labels + `}}}`
	}
	nuclio := func(spec string) string {
		return `{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: fn, namespace: fns}, spec: {` + spec + `}}`
	}
	cluster := `{apiVersion: v1, kind: ConfigMap, metadata: {name: config-autoscaler, namespace: knative-serving}, data: {max-scale: "20"}}`
	for name, test := range map[string]struct {
		documents []string
		want      string
	}{
		"fixed":                {[]string{function("", "")}, "pass"},
		"bounded":              {[]string{function("", ""), hpa("10")}, "pass"},
		"large":                {[]string{function("", ""), hpa("1000")}, "fail"},
		"keda's default":       {[]string{function("", ""), keda("")}, "fail"},
		"keda bounded":         {[]string{function("", ""), keda(", maxReplicaCount: 5")}, "pass"},
		"knative open":         {[]string{knative("")}, "fail"},
		"knative zero is open": {[]string{knative(`autoscaling.knative.dev/max-scale: "0"`)}, "fail"},
		"knative bounded":      {[]string{knative(`autoscaling.knative.dev/max-scale: "5"`)}, "pass"},
		"knative by cluster":   {[]string{knative(""), cluster}, "pass"},
		"openfaas open":        {[]string{openfaas("")}, "fail"},
		"openfaas bounded":     {[]string{openfaas(`com.openfaas.scale.max: "5"`)}, "pass"},
		"nuclio large":         {[]string{nuclio("maxReplicas: 100")}, "fail"},
		"nuclio bounded":       {[]string{nuclio("maxReplicas: 4")}, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, offlinetest.Verdict(t, judge(t, test.documents...), "RES-06"))
		})
	}
}

func TestAQuotaSoftensUnboundedScale(t *testing.T) {
	hpa := `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: fn, namespace: fns}, spec: {maxReplicas: 1000, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: fn}}}`
	quota := `{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: fns}, spec: {hard: {pods: "10"}}}`
	assert.Equal(t, check.Medium, offlinetest.Of(judge(t, function("", ""), hpa), "RES-06")[0].Severity)
	assert.Equal(t, check.Low, offlinetest.Of(judge(t, function("", ""), hpa, quota), "RES-06")[0].Severity)
}

func TestUnboundedScaleWeighsMoreWhereAnybodyMayCall(t *testing.T) {
	hpa := `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: fn, namespace: fns}, spec: {maxReplicas: 1000, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: fn}}}`
	quota := `{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: fns}, spec: {hard: {pods: "10"}}}`
	service := `{apiVersion: v1, kind: Service, metadata: {name: fn, namespace: fns}, spec: {type: LoadBalancer, selector: {app: fn}, ports: [{port: 80}]}}`
	open := offlinetest.Of(judge(t, function("", ""), hpa, service), "RES-06")[0]
	assert.Equal(t, check.High, open.Severity)
	assert.Equal(t, check.OpenToAll, open.Rule())
	assert.Equal(t, check.Medium, offlinetest.Of(judge(t, function("", ""), hpa, service, quota), "RES-06")[0].Severity)
}

func TestTimeouts(t *testing.T) {
	nuclio := `{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: fn, namespace: fns}, spec: {SPEC}}`
	kubeless := `{apiVersion: kubeless.io/v1beta1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: python3.7, timeout: "SPEC"}}`
	fission := `{apiVersion: fission.io/v1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {functionTimeout: SPEC}}`
	for name, test := range map[string]struct{ document, spec, want string }{
		"nuclio without":   {nuclio, "", "fail"},
		"nuclio":           {nuclio, "eventTimeout: 30s", "pass"},
		"kubeless seconds": {kubeless, "180", "pass"},
		"kubeless hours":   {kubeless, "7200", "fail"},
		"fission":          {fission, "60", "pass"},
		"fission for ever": {fission, "0", "fail"},
	} {
		t.Run(name, func(t *testing.T) {
			p := judge(t, strings.Replace(test.document, "SPEC", test.spec, 1))
			assert.Equal(t, test.want, offlinetest.Verdict(t, p, "RES-07"))
		})
	}
	assert.Equal(t, "na", offlinetest.Verdict(t, judge(t, function("", "")), "RES-07"))
}
