package offline_test

import (
	"maps"
	"testing"
)

// Why findings on good functions are right although nothing is wrong with the function itself.
const (
	retiredIngress = "its routes are served by ingress-nginx, which gets no fixes any more"
	neighbour      = "an account of the bad functions beside it reaches further than its own function"
	bareNamespace  = "its namespace is as the installation makes it"
	laxNamespace   = "its namespace enforces baseline only, for the sake of the bad functions there"
	armedAccount   = "func's operator arms the account default of its namespace, and Kyma gives every function that account"
)

// bare is what a namespace lacks which nobody has cared for.
var bare = map[string]string{"POD-02": bareNamespace, "POD-03": bareNamespace, "RES-04": bareNamespace}

func merged(all ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

func TestTruthOfOpenFaaS(t *testing.T) {
	expect(t, folder{name: "openfaas", files: []string{"openfaas/*.yaml"}, subjects: []truth{
		{of: "shop-fn/checkout", good: true, but: map[string]string{"NET-48": retiredIngress, "SEC-15": neighbour, "AUD-01": neighbour}},
		{of: "openfaas-fn/figlet", good: true, but: merged(bare, map[string]string{"SEC-15": neighbour, "AUD-01": neighbour})},
		{of: "openfaas-fn/env", must: []string{
			"FW-OF-07 high", "SEC-01 high AWS_SECRET_ACCESS_KEY", "SEC-01 high DB_PASSWORD", "IMG-01 medium :latest", "RES-01 medium",
			"RES-02 low", "POD-09 medium", "POD-11 medium", "POD-08 low", "POD-10 medium", "POD-12 low", "SA-01 medium", "SA-20 high", "SA-33 high",
			"SA-03 medium", "NET-01 high", "NET-02 medium", "AUD-05 low", "NET-42 high gateway-external", "NET-08 medium",
		}, not: []string{"FW-OF-04", "POD-04"}},
		{of: "openfaas-fn/legacy-report", must: []string{
			"SEC-01 high DATABASE_URL", "SEC-04 high com.openfaas.function.spec", "IMG-01 medium :latest", "RES-01 medium", "RES-02 low",
			"POD-09 medium", "POD-11 medium", "POD-08 low", "POD-12 low", "SA-01 medium", "SA-10 critical openfaas-fn-default-admin",
			"NET-30 high reports.example.com", "NET-32 high reports.example.com", "NET-42 high reports.example.com",
			"FW-OF-04 high Deployment.apps openfaas-fn/report-preview",
		}},
		{of: "openfaas-fn/report-preview", must: []string{"FW-OF-04 high spec.labels[faas_function]", "SA-10 critical"}},
		{of: "openfaas/status-page", must: []string{
			"NET-30 high status.example.com", "NET-32 high status.example.com", "NET-42 high", "NET-08 medium", "NET-01 high",
		}, not: []string{"FW-OF-04", "SEC-01"}},
		{of: "platform openfaas openfaas", must: []string{
			"FW-OF-02 medium basic-auth", "FW-OF-05 medium nats", "FW-OF-06 medium queue-worker", "FW-OF-03 info", "FW-OF-08 medium everybody",
			"FW-OF-08 medium github", "FW-GE-09 critical",
		}, not: []string{"FW-OF-01"}},
	}})
	expect(t, folder{name: "openfaas, the good alone", files: []string{
		"openfaas/namespaces.yaml", "openfaas/control-plane.yaml", "openfaas/operator-good.yaml", "openfaas/ce-good.yaml",
	}, subjects: []truth{
		{of: "shop-fn/checkout", good: true, but: map[string]string{"NET-48": retiredIngress}},
		{of: "openfaas-fn/figlet", good: true, but: bare},
	}})
	expect(t, folder{name: "openfaas/old", files: []string{"openfaas/old/*.yaml"}, subjects: []truth{
		{of: "openfaas-fn/resize", must: []string{
			"POD-10 medium", "POD-09 medium", "POD-11 medium", "POD-08 low", "POD-12 low", "SA-01 medium", "NET-01 medium",
		}, not: []string{"FW-OF-04", "SEC-01"}},
	}})
}

func TestTruthOfKubeless(t *testing.T) {
	expect(t, folder{name: "kubeless", files: []string{"kubeless/*.yaml"}, subjects: []truth{
		{of: "mailing/invoice-mailer", good: true, but: map[string]string{"NET-48": retiredIngress}},
		{of: "billing/price-export", must: []string{
			"SEC-03 high copied to ConfigMap price-export", "SEC-01 high FTP_PASSWORD", "IMG-07 medium python3.7", "RES-01 medium", "RES-02 low",
			"SA-01 medium", "SA-02 low", "POD-11 medium", "POD-10 medium", "POD-08 low", "POD-12 low", "FW-KL-04 medium", "NET-21 high",
			"NET-30 high prices.example.com", "NET-32 high prices.example.com", "NET-43 high prices.example.com", "FW-GE-10 medium trigger-price-export",
			"NET-01 high", "NET-02 medium",
		}},
		{of: "billing/webhook", must: []string{
			"IMG-10 medium http", "POD-04 critical", "POD-05 critical /var/run", "POD-07 critical", "IMG-07 medium nodejs14",
		}},
		{of: "billing/quote", must: []string{
			"NET-32 high quotes.example.com", "NET-43 high", "FW-KL-03 high", "FW-GE-08 medium seccomp", "SA-02 low quote-legacy",
		}, not: []string{"NET-21", "NET-30", "SA-01"}},
		{of: "billing/old-report", must: []string{"IMG-07 high python3.6", "SA-01 medium"}},
		{of: "billing/thumbnails", must: []string{"SEC-23 medium build-thumbnails"}},
		{of: "billing/stock-sync", must: []string{"FW-KL-04 medium", "SA-01 medium"}, not: []string{"SEC-05", "SEC-10", "RES-01", "RES-06"}},
		{of: "platform kubeless kubeless", must: []string{"FW-KL-01 medium", "POD-20 high controller-acct"}},
	}})
}

func TestTruthOfKyma(t *testing.T) {
	expect(t, folder{name: "kyma", files: []string{"kyma/*.yaml"}, subjects: []truth{
		{of: "orders/order-intake", good: true, but: map[string]string{"SEC-05": "it takes one key by env, which Kyma could mount"}},
		{of: "legacy-crm/price-sync", must: []string{
			"POD-04 critical", "POD-09 medium", "POD-12 medium seccomp is off", "POD-08 high SYS_ADMIN", "POD-08 low ALL", "IMG-01 medium :latest",
			"IMG-06 low", "IMG-10 medium http", "IMG-10 medium main", "SEC-01 high DB_PASSWORD", "SEC-01 high DB_URL", "NET-40 high", "NET-32 high",
			"MSH-05 high allow-internal", "SA-01 medium", "SA-11 high default-edit", "NET-01 high", "NET-02 medium", "POD-02 medium",
		}},
		{of: "legacy-crm/crm-export", must: []string{
			"SEC-03 high spec.source.inline.source", "FW-KY-03 high", "IMG-07 medium nodejs20", "NET-41 high", "SA-01 medium", "SA-11 high default-edit",
			"NET-01 high", "POD-02 medium", "AUD-08 high",
		}, not: []string{"NET-40", "POD-04", "RES-01"}},
		{of: "warehouse/label-printer", must: []string{"FW-KY-02 high label-printer", "NET-40 high"}},
		{of: "warehouse/stock-import", must: []string{"POD-01 medium", "POD-10 medium init"}, not: []string{"IMG-10", "FW-KY-05", "NET-32"}},
		{of: "platform kyma-system kyma", must: []string{"POD-20 high serverless-controller-manager", "FW-KY-06 high"}, not: []string{"FW-KY-04"}},
	}})
	expect(t, folder{name: "kyma, the good alone", files: []string{"kyma/namespaces.yaml", "kyma/good.yaml"}, subjects: []truth{
		{of: "orders/order-intake", good: true, but: map[string]string{"SEC-05": "it takes one key by env, which Kyma could mount"}},
	}})
	expect(t, folder{name: "kyma/old", files: []string{"kyma/old/*.yaml"}, subjects: []truth{
		{of: "billing-kyma/invoice-pdf", must: []string{
			"SEC-01 high SMTP_PASSWORD", "POD-19 high invoice-pdf-build", "FW-GE-11 medium", "SEC-23 high serverless-registry-config-default",
			"POD-10 medium", "POD-01 medium", "SEC-17 medium", "IMG-07 medium",
		}, not: []string{"SA-01", "SA-02", "POD-11"}},
		{of: "platform kyma-system kyma", must: []string{"FW-KY-04 medium"}},
	}})
}

func TestTruthOfKnative(t *testing.T) {
	expect(t, folder{name: "knative", files: []string{"knative/*.yaml"}, subjects: []truth{
		{of: "shop/checkout", good: true},
		{of: "media/thumbnail", must: []string{
			"NET-30 high thumbnail.media.example.com", "NET-30 high old-thumbnail", "NET-30 high img.example.org", "NET-32 high thumbnail.media.example.com",
			"NET-32 high old-thumbnail", "NET-32 high img.example.org", "NET-44 high", "FW-KN-03 medium old", "NET-01 high", "NET-02 high",
			"POD-02 medium", "POD-09 medium", "POD-08 high NET_ADMIN", "POD-11 medium", "RES-01 medium", "RES-02 low", "RES-06 medium",
			"SA-01 medium", "SA-32 high", "SEC-01 high S3_SECRET_KEY", "SEC-01 high thumbnail-00001", "SEC-01 high DB_DSN", "SEC-06 medium media-all",
			"IMG-10 medium http", "IMG-10 medium main", "FW-GE-11 medium",
		}, not: []string{"IMG-01"}},
		{of: "reports/monthly", must: []string{"NET-32 high monthly.reports.example.com", "FW-KN-03 medium"}, not: []string{"SA-01"}},
		{of: "reports/render", must: []string{"SA-01 medium", "POD-11 medium"}, not: []string{"NET-32", "NET-44"}},
		{of: "namespace media", must: []string{"FW-KN-07 high"}},
		{of: "platform knative-serving knative", must: []string{"FW-KN-01 high", "FW-KN-05 medium", "FW-KN-06 medium addcapabilities"}},
	}})
	expect(t, folder{name: "knative, the good alone", files: []string{"knative/namespaces.yaml", "knative/good.yaml"}, subjects: []truth{
		{of: "shop/checkout", good: true},
	}})
}

func TestTruthOfTheSeedFirstHalf(t *testing.T) {
	expect(t, folder{name: "seed", seed: true, files: []string{"*/*.yaml"}, subjects: []truth{
		{of: "payments/charge-card", good: true, but: map[string]string{"NET-48": retiredIngress, "SEC-15": neighbour, "POD-02": laxNamespace}},
		{of: "checkout/cart-total", good: true, but: map[string]string{"SEC-15": neighbour}},
		{of: "checkout/quote-shipping", good: true, but: map[string]string{"NET-48": retiredIngress, "SEC-15": neighbour, "POD-02": laxNamespace}},
		{of: "checkout/take-order", good: true, but: map[string]string{
			"SEC-15": neighbour, "POD-02": laxNamespace, "SA-12": armedAccount, "SA-20": armedAccount, "SA-21": armedAccount, "SA-32": armedAccount, "SA-37": armedAccount,
		}},
		{of: "payments/fraud-score", good: true, but: map[string]string{"SEC-15": neighbour, "POD-02": laxNamespace}},
		{of: "payments/refund-payment", must: []string{
			"SEC-01 high DATABASE_URL", "SEC-04 high com.openfaas.function.spec", "IMG-01 medium", "SA-01 medium", "SA-20 high payments-secret-reader",
			"POD-11 low", "FW-OF-10 medium",
		}},
		{of: "checkout/apply-coupon", must: []string{
			"SEC-01 high COUPON_SIGNING_KEY", "IMG-01 medium", "SA-01 medium", "POD-09 medium", "POD-10 medium", "POD-11 medium", "NET-30 high coupons",
			"NET-32 high coupons", "NET-42 high gateway-external",
		}},
		{of: "analytics/export-prices", must: []string{
			"SEC-03 high ConfigMap export-prices", "SEC-01 high S3_SECRET_KEY", "FW-KL-02 high", "RES-01 medium", "SA-01 medium", "SA-11 high analytics-default-edit",
			"NET-21 high", "NET-30 high prices.example.com", "NET-32 high prices.example.com", "NET-43 high", "FW-KL-03 high",
		}},
		{of: "checkout/print-label", must: []string{"NET-40 high", "NET-32 high", "FW-KY-02 high", "FW-KY-03 medium"}},
		{of: "media/sync-subtitles", must: []string{
			"POD-09 medium", "POD-08 high", "POD-12 medium seccomp is off", "IMG-01 medium :latest", "IMG-10 medium http", "IMG-10 medium main",
			"SEC-01 high", "NET-40 high", "NET-32 high", "FW-KY-05 medium", "SA-11 high media-default-edit",
		}},
		{of: "checkout/cart-pricing", must: []string{
			"NET-30 high cart-pricing.checkout", "NET-30 high old-cart-pricing", "NET-30 high prices.example.org", "NET-32 high", "NET-44 high",
			"FW-KN-03 medium old", "POD-09 medium", "SEC-01 high API_TOKEN", "SEC-06 medium cart-all", "SA-01 medium", "SA-32 high", "RES-06 low",
			"IMG-10 medium main", "FW-GE-11 medium",
		}},
		{of: "payments/ledger-export", must: []string{"FW-KN-03 medium"}},
		{of: "payments/settlement-fx", must: []string{"SEC-10 medium"}},
		{of: "namespace checkout", must: []string{"FW-KN-07 high"}},
		{of: "platform kubeless kubeless", must: []string{
			"FW-KL-01 high", "POD-20 high controller-acct", "SEC-01 high KAFKA_PASSWORD", "SA-20 critical controller-acct",
		}},
		{of: "platform knative-serving knative", must: []string{"FW-KN-08 medium"}},
		{of: "platform openfaas openfaas openfaas", must: []string{"FW-OF-03 high", "FW-OF-06 medium"}},
		{of: "platform openfaas-ce openfaas openfaas-ce", must: []string{"FW-OF-06 medium"}},
		{of: "cluster", must: []string{"SEC-24 high vault"}},
	}})
}
