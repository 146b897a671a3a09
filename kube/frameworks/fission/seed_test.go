package fission_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/fission"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/security/model"
)

const seed = "../../samples/seed/fission"

func adapters() []frameworks.Framework { return []frameworks.Framework{fission.New()} }

func TestSeedGivesExactlyItsFunctions(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)
	assert.Equal(t, []string{
		"analytics/cohort-report fission idle 0/0",
		"analytics/daily-funnel fission ready 1/1",
		"analytics/event-ingest fission ready 1/1",
		"analytics/geo-enrich fission failed 0/0",
		"media/exif-strip fission ready 1/1",
		"media/subtitle-sync fission no-workload –/–",
	}, c.Rows())
}

func TestSeedFacts(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)

	t.Run("newdeploy behind an Ingress", func(t *testing.T) {
		f := c.Function("analytics", "daily-funnel")
		require.NotNil(t, f)
		assert.Equal(t, model.Platform{Namespace: "fission", Version: "v1.27.0", Shape: "router LoadBalancer"}, f.Platform)
		assert.Equal(t, "python", f.Runtime)
		assert.Equal(t, "funnel.main", f.Handler)
		assert.Equal(t, "package", f.Source.Kind)
		assert.Contains(t, f.Source.Detail, "registry.example.com/insights/daily-funnel@sha256:")
		assert.Contains(t, f.Image, "ghcr.io/fission/python-env@sha256:")
		assert.Equal(t, "fission-fetcher", f.ServiceAccount)
		assert.EqualValues(t, 4, *f.Scaling.Max)
		assert.Equal(t, "HorizontalPodAutoscaler", f.Scaling.By.Kind)
		assert.Equal(t, []string{
			"http GET funnels.example.com/funnels/daily ", "http https://funnels.example.com/funnels/daily ",
		}, triggers(f))
		assert.Contains(t, urls(f, true), "https://funnels.example.com/funnels/daily")
		assert.Contains(t, urls(f, false), "http://router.fission.svc/funnels/daily")
		assert.Equal(t, []string{
			"Secret fission-internal-auth env", "ConfigMap kube-root-ca.crt file", "Secret warehouse-reader file",
			"ConfigMap funnel-settings file", "Secret funnels-tls trigger",
		}, references(f))
		require.Len(t, f.Claims, 1)
		assert.Regexp(t, "^newdeploy-daily-funnel-analytics-", f.Claims[0].Name)
	})

	t.Run("a pod out of the pool", func(t *testing.T) {
		f := c.Function("analytics", "event-ingest")
		require.NotNil(t, f)
		assert.Equal(t, []string{"poolmgr-python-analytics-47011-66b9c7d5f8-zt5cd"}, names(f.Pods))
		assert.Equal(t, "Pod", f.Templates[0].Origin.Kind, "the pod itself is the truth")
		assert.Equal(t, "python", f.Templates[0].Container)
		assert.Equal(t, []string{
			"Deployment poolmgr-python-analytics-47011 run shared", "Deployment clickstream proxy",
		}, workloads(f))
		assert.Equal(t, []string{"http POST,PUT /events ", "queue kafka clicks Secret kafka-sasl"}, triggers(f))
		assert.Equal(t, []string{"clickstream"}, names(f.Claims), "the pool belongs to everybody")
		assert.Equal(t, model.Source{Kind: "inline"}, f.Source)
		assert.Equal(t, "1 requests a pod", f.Scaling.Note)
	})
}

func TestSeedFactsOfTheRest(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)

	t.Run("idle in the pool", func(t *testing.T) {
		f := c.Function("analytics", "cohort-report")
		require.NotNil(t, f)
		assert.Equal(t, "no pod; one is taken from the pool at the next call", f.Reason)
		assert.Equal(t, []string{
			"Deployment poolmgr-go-analytics-90110 run shared", "Deployment go-90114 build shared",
		}, workloads(f))
		assert.Equal(t, "poolmgr-go-analytics-90110", f.Templates[0].Origin.Name)
		assert.Equal(t, []string{"event Kubernetes Job in analytics ", "cron 0 6 * * 1 "}, triggers(f))
		assert.Equal(t, model.Source{Kind: "archive", Detail: "http://storagesvc.fission/v1/archive"}, f.Source)
	})

	t.Run("the package cannot be built", func(t *testing.T) {
		f := c.Function("analytics", "geo-enrich")
		require.NotNil(t, f)
		assert.Equal(t, "package geo-enrich-pkg: BuildFailed: build failed: go: go.mod file not found in current directory", f.Reason)
	})

	t.Run("a container of its own", func(t *testing.T) {
		f := c.Function("media", "exif-strip")
		require.NotNil(t, f)
		assert.Equal(t, "registry.example.com/media/exif-strip:latest", f.Image)
		assert.Equal(t, "default", f.ServiceAccount)
		assert.Equal(t, "exif-strip", f.Templates[0].Container)
		assert.Equal(t, []string{"Secret exif-s3 env"}, references(f))
		assert.Contains(t, urls(f, true), "http://*/exif")
	})

	t.Run("the Deployment is not there", func(t *testing.T) {
		f := c.Function("media", "subtitle-sync")
		require.NotNil(t, f)
		assert.Equal(t, "the executor has made no Deployment for it, or somebody deleted it", f.Reason)
		assert.Equal(t, model.Source{Kind: "archive", Detail: "https://files.example.com/subtitle-sync.zip"}, f.Source,
			"without the token of its address")
		assert.Equal(t, []string{
			"Environment node lets many functions share one pod", "missing: Secret subtitle-api",
		}, f.Notes)
	})
}

func triggers(f *model.Function) []string {
	var all []string
	for _, t := range f.Triggers {
		all = append(all, string(t.Type)+" "+t.Detail+" "+t.Auth)
	}
	return all
}

func urls(f *model.Function, external bool) []string {
	var all []string
	for _, u := range f.URLs {
		if u.External == external {
			all = append(all, u.URL)
		}
	}
	return all
}

func references(f *model.Function) []string {
	var all []string
	for _, r := range f.References {
		all = append(all, r.Kind+" "+r.Name+" "+string(r.How))
	}
	return all
}

func names(refs []model.Ref) []string {
	var all []string
	for _, r := range refs {
		all = append(all, r.Name)
	}
	return all
}

func workloads(f *model.Function) []string {
	var all []string
	for _, w := range f.Workloads {
		text := w.Kind + " " + w.Name + " " + string(w.Role)
		if w.Shared {
			text += " shared"
		}
		all = append(all, text)
	}
	return all
}
