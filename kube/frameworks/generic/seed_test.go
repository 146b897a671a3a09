package generic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/samples"
)

// TestTheSeed: the sample configuration makes exactly these functions of the seed.
func TestTheSeed(t *testing.T) {
	data, err := samples.Config("frameworks.yaml")
	require.NoError(t, err)
	entries, problems := generic.Parse("frameworks.yaml", configuration(t, data, "frameworks"))
	require.Empty(t, problems)
	c := frameworkstest.Load(t, generic.New(entries), "../../samples/seed/generic", "../../samples/seed/plain")
	assert.Equal(t, []string{
		"media/badge-preview spin no-workload –/1",
		"media/burn-subtitles openfunction ready 1/1",
		"media/geo-redirect spin ready 2/2",
		"media/ingest-clips keda idle 0/0",
		"media/poster-frames keda no-workload –/–",
		"media/quote-widget spin ready 1/1",
		"media/share-card keda-http ready 2/2",
		"media/transcode-batch keda-job ready 1/1",
	}, settled(t, entries, c))
}
