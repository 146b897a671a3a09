package nuclio_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/nuclio"
	"github.com/fn9s/fn9s/security/model"
)

const seed = "../../samples/seed/nuclio"

func adapters() []frameworks.Framework { return []frameworks.Framework{nuclio.New()} }

func TestSeedGivesExactlyItsFunctions(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)
	assert.Equal(t, []string{
		"analytics/anomaly-score nuclio idle 0/0",
		"analytics/legacy-rollup nuclio orphaned 1/1",
		"analytics/sessionize nuclio failed 0/1",
		"media/caption-audio nuclio building –/–",
		"media/transcode-preview nuclio ready 2/2",
		"media/watermark nuclio ready 1/1",
	}, c.Rows())
}

func TestSeedFacts(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)

	t.Run("behind an API gateway", func(t *testing.T) {
		f := c.Function("media", "transcode-preview")
		require.NotNil(t, f)
		assert.Equal(t, model.Platform{Namespace: "nuclio", Release: "nuclio", Version: "1.14.1", Shape: "builds with docker"}, f.Platform)
		assert.Equal(t, model.Source{Kind: "git", Detail: "https://git.example.com/media/preview.git@main"}, f.Source)
		assert.Equal(t, "main:handler", f.Handler)
		assert.Equal(t, "python:3.11", f.Runtime)
		assert.Equal(t, "transcode-preview", f.ServiceAccount)
		assert.Equal(t, "HorizontalPodAutoscaler", f.Scaling.By.Kind)
		assert.EqualValues(t, 6, *f.Scaling.Max)
		assert.Equal(t, []string{
			"http http://nuclio-transcode-preview.media.svc:8080 ",
			"http https://previews.example.com/ basicAuth",
			"queue kafka-cluster uploads at kafka.media.svc:9093 preview, masked password",
		}, triggers(f))
		assert.Equal(t, []string{
			"ConfigMap nuclio-platform-config", "ConfigMap nuclio-transcode-preview",
			"Secret nuclio-transcode-preview-k3v9d2qx", "Secret preview-store", "Secret media-pull",
		}, references(f))
	})

	t.Run("badly secured", func(t *testing.T) {
		f := c.Function("media", "watermark")
		require.NotNil(t, f)
		assert.Equal(t, model.Source{Kind: "inline"}, f.Source)
		assert.Equal(t, "nuclio-media", f.ServiceAccount)
		assert.Contains(t, triggers(f), "http http://NODE:31071 ")
		assert.Contains(t, triggers(f), "http http://img.example.com/watermark ")
		assert.Contains(t, triggers(f), "queue rabbit-mq * at amqp://rabbit.media.svc:5672 password in the address")
		for _, tr := range f.Triggers {
			assert.NotContains(t, tr.Detail+tr.Auth, "dummy-not-a-secret")
		}
		assert.Contains(t, references(f), "Secret media-everything")
	})
}

func TestSeedFactsOfFunctionsThatDoNotRun(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)

	t.Run("scaled to zero", func(t *testing.T) {
		f := c.Function("analytics", "anomaly-score")
		require.NotNil(t, f)
		assert.Equal(t, "scaledToZero", f.Reason)
		assert.EqualValues(t, 0, *f.Scaling.Min)
		assert.Equal(t, "to zero after 10m", f.Scaling.Note)
		assert.Contains(t, triggers(f), "cron 0 3 * * * ")
		assert.Equal(t, []model.Role{model.Run, model.Proxy}, []model.Role{f.Workloads[0].Role, f.Workloads[1].Role})
	})

	t.Run("being built", func(t *testing.T) {
		f := c.Function("media", "caption-audio")
		require.NotNil(t, f)
		assert.Equal(t, "Building processor image", f.Reason)
		assert.Equal(t, model.Source{Kind: "archive", Detail: "https://artifacts.example.com/media/caption-audio-0.3.zip"}, f.Source)
		assert.Equal(t, []model.Ref{{Group: "apps", Kind: "Deployment", Namespace: "media", Name: "nuclio-caption-audio"}}, f.Claims)
	})

	t.Run("unhealthy", func(t *testing.T) {
		f := c.Function("analytics", "sessionize")
		require.NotNil(t, f)
		assert.Equal(t, "Function is not healthy", f.Reason)
		assert.Contains(t, triggers(f), "queue kinesis clicks access key in the object")
	})

	t.Run("left behind", func(t *testing.T) {
		f := c.Function("analytics", "legacy-rollup")
		require.NotNil(t, f)
		assert.Equal(t, "its NuclioFunction legacy-rollup is gone", f.Reason)
		assert.Equal(t, "1.11.24", f.Platform.Version)
	})
}

func triggers(f *model.Function) []string {
	var all []string
	for _, t := range f.Triggers {
		all = append(all, string(t.Type)+" "+t.Detail+" "+t.Auth)
	}
	return all
}

func references(f *model.Function) []string {
	var all []string
	for _, r := range f.References {
		all = append(all, r.Kind+" "+r.Name)
	}
	return all
}
