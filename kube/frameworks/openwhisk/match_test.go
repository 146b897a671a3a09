package openwhisk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/security/model"
)

func TestPodsOfDeletedActionsAreOrphans(t *testing.T) {
	t.Parallel()
	c := frameworkstest.Load(t, adapters, "testdata/platform.yaml")
	c.Connect(t, frameworks.WhiskGroup, "ow", live, tenant(t, "ow")[3:]...)
	assert.Equal(t, []string{
		"ow/guest/checkout? openwhisk orphaned 1/1",
		"ow/guest/hello openwhisk orphaned 2/2",
		"ow/guest/order flow openwhisk ready –/–",
		"ow/guest/report openwhisk idle 0/0",
		"ow/guest/scraper openwhisk orphaned 0/1",
	}, c.Rows())
	assert.Equal(t, "connector c does not list this action: its pods end when idle", c.Function("ow", "guest/hello").Reason)

	fresh := live
	fresh.Since = time.Time{}
	c.Connect(t, frameworks.WhiskGroup, "ow", fresh, tenant(t, "ow")[3:]...)
	f := c.Function("ow", "guest/hello")
	assert.Equal(t, model.Ready, f.State, "the pod is younger than the list")
	assert.Equal(t, "connector c does not list this action yet", f.Reason)

	other := live
	other.Tenant = "other"
	c.Connect(t, frameworks.WhiskGroup, "ow", other)
	assert.Equal(t, model.Ready, c.Function("ow", "guest/hello").State, "another tenant's connector knows nothing of it")
}

func TestAPodIsMatchedOnlyToWhatItCanBe(t *testing.T) {
	t.Parallel()
	const pod = `apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: ow, labels: {user-action-pod: "true", invoker: invoker0, release: owdev}}
spec: {containers: [{name: user-action, image: i}]}
`
	long := "guest/shop/a-very-long-name-that-does-not-fit-into-the-name-of-a-pod"
	for name, c := range map[string]struct {
		pod     string
		actions []string
		more    string
		want    []string
	}{
		"one that fits":        {"wskowdev-invoker-00-1-guest-checkout", []string{"guest/shop/checkout"}, "", []string{"guest/shop/checkout 1"}},
		"plain name, no label": {"wskowdev-invoker-00-1-guest-helloworld", []string{"guest/hello.world"}, "", []string{"guest/hello.world 1"}},
		"a label would be there, so it is the packaged one": {"wskowdev-invoker-00-1-guest-checkout",
			[]string{"guest/checkout", "guest/shop/checkout"}, "", []string{"guest/checkout 0", "guest/shop/checkout 1"}},
		"two packages": {"wskowdev-invoker-00-1-guest-checkout",
			[]string{"guest/a/checkout", "guest/b/checkout"}, "", []string{"guest/a/checkout 0", "guest/b/checkout 0", "guest/checkout? 1"}},
		"the new scheduler labels nothing": {"wskowdev-invoker-00-1-guest-checkout",
			[]string{"guest/checkout", "guest/shop/checkout"}, scheduler, []string{"guest/checkout 0", "guest/checkout? 1", "guest/shop/checkout 0"}},
		"underscores": {"wskowdev-invoker-00-1-my-space-do-it", []string{"my_space/do_it"}, "", []string{"my_space/do_it 1"}},
		"blanks":      {"wskowdev-invoker-00-1-guest-orderflow", []string{"guest/order flow"}, "", []string{"guest/order flow 1"}},
		"cut": {"wskowdev-invoker-00-1-guest-averylongnamethatdoesnotfitintothen", []string{long, "guest/other"}, "",
			[]string{"guest/other 0", long + " 1"}},
		"cut, two fit": {"wskowdev-invoker-00-1-guest-averylongnamethatdoesnotfitintothen", []string{long, long + "-2"}, "",
			[]string{"guest/averylongnamethatdoesnotfitintothen? 1", long + " 0", long + "-2 0"}},
		"no known form": {"something-else", []string{"guest/hello"}, "", []string{"guest/hello 0", "something-else? 1"}},
		"no counter":    {"wskowdev-invoker", []string{"guest/hello"}, "", []string{"guest/hello 0", "wskowdev-invoker? 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := frameworkstest.LoadText(t, adapters, strings.Replace(pod, "NAME", c.pod, 1)+c.more)
			var raws []*frameworks.Raw
			for _, a := range c.actions {
				raws = append(raws, action(t, "ow", a, `{}`))
			}
			stale := live
			stale.Phase = "stale"
			cluster.Connect(t, frameworks.WhiskGroup, "ow", stale, raws...)
			var got []string
			for _, f := range cluster.Functions() {
				got = append(got, fmt.Sprintf("%s %d", f.Name(), len(f.Pods)))
			}
			assert.Equal(t, c.want, got)
		})
	}
}

const scheduler = `---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: owdev-scheduler, namespace: ow}
spec:
  selector: {matchLabels: {name: owdev-scheduler}}
  serviceName: s
  template:
    metadata: {labels: {name: owdev-scheduler, chart: openwhisk-1.0.1, release: owdev}}
    spec: {containers: [{name: scheduler, image: "openwhisk/scheduler:ef725a6"}]}
`

func TestPodsOfAnUninstalledReleaseAreOrphans(t *testing.T) {
	t.Parallel()
	c := frameworkstest.LoadText(t, adapters, `apiVersion: v1
kind: Pod
metadata: {name: wskold-invoker-00-4-prewarm-nodejs10, namespace: ow, labels: {user-action-pod: "true", invoker: invoker0, release: old}}
spec: {containers: [{name: user-action, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wskold-invoker-00-5-guest-hello, namespace: ow, labels: {user-action-pod: "true", invoker: invoker0, release: old, openwhisk/action: hello, openwhisk/namespace: guest}}
spec: {containers: [{name: user-action, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wsk-invoker-00-6-guest-norelease, namespace: ow, labels: {user-action-pod: "true"}}
spec: {containers: [{name: user-action, image: i}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
`)
	assert.Equal(t, []string{
		"ow/guest/hello openwhisk orphaned 0/1", "ow/guest/norelease? openwhisk ready 1/1",
	}, c.Rows(), "a prewarmed pod serves no action")
	assert.Equal(t, "left behind: release old has no invoker any more", c.Function("ow", "guest/hello").Reason)

	c.Set(frameworks.StatefulSet, "", frameworks.Denied)
	assert.Equal(t, model.Deploying, c.Function("ow", "guest/hello").State, "who cannot see invokers cannot miss them")
}

func TestAPodOlderThanItsInvokerIsAnOrphan(t *testing.T) {
	t.Parallel()
	const text = `apiVersion: v1
kind: Pod
metadata: {name: wskowdev-invoker-00-5-guest-hello, namespace: ow, creationTimestamp: "2026-07-01T10:00:00Z", labels: {user-action-pod: "true", invoker: invoker0, release: owdev, openwhisk/action: hello, openwhisk/namespace: guest}}
spec: {containers: [{name: user-action, image: i}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: owdev-invoker-0, namespace: ow, creationTimestamp: "TIME", labels: {name: owdev-invoker, chart: openwhisk-1.0.1, release: owdev}}
spec: {containers: [{name: invoker, image: i}]}
status: {phase: Running, conditions: [{type: Ready, status: "READY"}]}
`
	for name, c := range map[string]struct {
		time, ready string
		want        model.State
	}{
		"invoker is older":       {"2026-06-01T10:00:00Z", "True", model.Ready},
		"started together":       {"2026-07-01T10:02:00Z", "True", model.Ready},
		"invoker restarted":      {"2026-07-02T10:00:00Z", "True", model.Orphaned},
		"invoker still cleaning": {"2026-07-02T10:00:00Z", "False", model.Ready},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := frameworkstest.LoadText(t, adapters, strings.NewReplacer("TIME", c.time, "READY", c.ready).Replace(text))
			assert.Equal(t, c.want, cluster.Function("ow", "guest/hello").State)
		})
	}
}
