package knative_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/knative"
	"github.com/fn9s/fn9s/security/model"
)

const seed = "../../samples/seed/knative"

func adapters() []frameworks.Framework { return []frameworks.Framework{knative.New()} }

func TestSeedGivesExactlyItsFunctions(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)
	assert.Equal(t, []string{
		"checkout/address-lookup knative ready 1/1",
		"checkout/cart-pricing knative ready 2/2",
		"checkout/gift-cards knative building –/–",
		"checkout/loyalty-points knative orphaned 1/1",
		"checkout/tax-quote knative failed 1/1",
		"payments/fraud-score knative ready 2/2",
		"payments/ledger-export knative idle 0/0",
		"payments/settlement-fx knative no-workload –/–",
	}, c.Rows())
}

func TestSeedFacts(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)

	t.Run("a well secured function", func(t *testing.T) {
		f := c.Function("payments", "fraud-score")
		require.NotNil(t, f)
		assert.Equal(t, "fraud-score", f.ServiceAccount)
		assert.Equal(t, "fraud-score-00002", f.Revision)
		assert.Contains(t, f.Image, "registry.example.com/risk/fraud-score@sha256:")
		assert.Equal(t, model.Platform{Namespace: "knative-serving", Version: "1.23.0", Shape: "kourier"}, f.Platform)
		assert.EqualValues(t, 2, *f.Scaling.Min)
		assert.EqualValues(t, 10, *f.Scaling.Max)
		assert.Equal(t, "concurrency 50", f.Scaling.Note)
		assert.Equal(t, []string{"http://fraud-score.payments.svc.cluster.local"}, urls(f, false))
		assert.Empty(t, urls(f, true))
		assert.Equal(t, []string{"event broker default type=com.example.card.authorized"}, triggers(f))
		assert.Equal(t, []string{
			"ConfigMap fraud-score threshold env", "Secret fraud-model-key  file", "Secret registry-pull-risk  pull",
		}, references(f))
		assert.Equal(t, []string{"last changed by system:serviceaccount:argocd:argocd-application-controller"}, f.Notes)
	})

	t.Run("traffic over two idle Revisions", func(t *testing.T) {
		f := c.Function("payments", "ledger-export")
		require.NotNil(t, f)
		assert.Equal(t, "NoTraffic: The target is not receiving traffic.", f.Reason)
		assert.Equal(t, []model.Traffic{
			{Revision: "ledger-export-00004", Percent: 90}, {Revision: "ledger-export-00005", Percent: 10, Tag: "canary"},
		}, f.Traffic)
		assert.Equal(t, "registry.example.com/finance/ledger-export:4.2", f.Image, "of the Revision with most traffic")
		assert.Len(t, f.Workloads, 2)
		assert.Equal(t, "ledger-export-00004-deployment", f.Workloads[0].Name)
		assert.Equal(t, []string{"cron 0 2 1 * * Europe/Berlin"}, triggers(f))
		assert.Equal(t, []string{
			"https://ledger-export.payments.fn.example.com", "https://canary-ledger-export.payments.fn.example.com",
		}, urls(f, true))
	})

	t.Run("a public function built from git", func(t *testing.T) {
		f := c.Function("checkout", "cart-pricing")
		require.NotNil(t, f)
		assert.Equal(t, model.Source{Kind: "git", Detail: "http://git.example.com/shop/cart-pricing.git@main"}, f.Source)
		assert.Equal(t, "node", f.Runtime)
		assert.Equal(t, "default", f.ServiceAccount)
		assert.Equal(t, "registry.example.com/shop/cart-pricing:latest", f.Image, "what people wrote, not its digest")
		assert.Equal(t, []string{
			"http://cart-pricing.checkout.fn.example.com", "http://old-cart-pricing.checkout.fn.example.com",
			"http://prices.example.org",
		}, urls(f, true))
		assert.Contains(t, references(f), "Secret cart-registry-push  build")
		assert.Len(t, f.Claims, 3, "itself and both its Deployments")
	})
}

func TestSeedFactsOfBrokenFunctions(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)

	t.Run("the newest Revision is broken", func(t *testing.T) {
		f := c.Function("checkout", "tax-quote")
		require.NotNil(t, f)
		assert.Equal(t, `RevisionFailed: Revision "tax-quote-00007" failed with message: Back-off pulling image `+
			`"registry.example.com/shop/tax-quote:2.1.0". (tax-quote-00006 still serves)`, f.Reason)
		assert.Equal(t, "tax-quote-00006", f.Revision)
		assert.Len(t, f.Workloads, 2)
	})

	t.Run("without Serving", func(t *testing.T) {
		f := c.Function("checkout", "address-lookup")
		require.NotNil(t, f)
		assert.Equal(t, "Deployment", f.Object.Kind)
		assert.Equal(t, "go", f.Runtime)
		assert.Equal(t, "func raw", f.Platform.Shape)
		assert.Equal(t, []string{"http://address-lookup.checkout.svc"}, urls(f, false))
		assert.Equal(t, []string{"Secret address-geo key env"}, references(f))
	})

	t.Run("the Deployment was deleted", func(t *testing.T) {
		f := c.Function("payments", "settlement-fx")
		require.NotNil(t, f)
		assert.Equal(t, "Revision settlement-fx-00001 has traffic and its Deployment "+
			"settlement-fx-00001-deployment does not exist", f.Reason)
		assert.Equal(t, []string{"last changed by deployer@example.com", "missing: Secret settlement-rates"}, f.Notes)
		assert.Equal(t, "settlement-fx", f.ServiceAccount, "from the Knative Service, for want of a Deployment")
	})

	t.Run("the Knative Service is gone", func(t *testing.T) {
		f := c.Function("checkout", "loyalty-points")
		require.NotNil(t, f)
		assert.Equal(t, "its Knative Service loyalty-points is gone", f.Reason)
		assert.Empty(t, f.Object.Kind)
	})
}

func TestWhatCannotBeSeenIsNotMissing(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)
	c.Set(frameworks.Deployment, "", frameworks.Denied)
	f := c.Function("payments", "settlement-fx")
	require.NotNil(t, f)
	assert.Equal(t, model.Ready, f.State, "its Revision says that pods run")
	assert.EqualValues(t, 1, *f.Ready)
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

// triggers lists those that are no plain address.
func triggers(f *model.Function) []string {
	var all []string
	for _, t := range f.Triggers {
		if t.Type != model.HTTP {
			all = append(all, string(t.Type)+" "+t.Detail)
		}
	}
	return all
}

func references(f *model.Function) []string {
	var all []string
	for _, r := range f.References {
		text := r.Kind + " " + r.Name + " " + r.Key + " " + string(r.How)
		all = append(all, text)
	}
	return all
}
