package offline_test

import "testing"

// Why findings on good functions are right although nothing is wrong with the function itself.
const (
	openRouter   = "the Service of its router is a load balancer that speaks plain HTTP too"
	sharedSecret = "two functions take the same Secret"
	secretLeft   = "the samples leave the Secret of that name out"
	outOfMesh    = "its namespace is not in the mesh, or says there nothing of who may call"
	controllerAs = "the function beside it runs with the account of the controller"
)

// everybody is what every function finds that says nothing about security.
var everybody = []string{
	"SA-01 medium", "SA-02 low", "POD-08 low", "POD-09 medium", "POD-10 medium", "POD-11 medium", "POD-12 low", "RES-01 medium", "RES-02 low",
	"NET-01 high", "NET-02 medium", "POD-02 medium", "RES-04 medium",
}

func TestTruthOfFission(t *testing.T) {
	expect(t, folder{name: "fission", files: []string{"fission/*.yaml"}, subjects: []truth{
		{of: "shop/charge-card", good: true, but: map[string]string{
			"NET-34": secretLeft, "SEC-10": secretLeft, "NET-45": openRouter, "SEC-13": sharedSecret,
		}},
		{of: "shop/refund", good: true, but: map[string]string{"SEC-13": sharedSecret}},
		{of: "legacy/hello", must: []string{
			"SEC-01 high MONGO_URL", "SEC-01 high SMTP_PASSWORD", "SEC-03 high spec.deployment.literal", "NET-30 high", "NET-31 medium every host", "NET-45 high",
			"POD-09 medium", "POD-10 medium", "POD-11 medium", "RES-01 medium", "RES-02 low", "IMG-01 medium :latest", "NET-01 high", "NET-02 medium",
			"POD-02 medium", "SA-06 low", "RES-04 medium", "RES-06 medium",
		}},
		{of: "legacy/export", must: []string{
			"SEC-01 high MONGO_URL", "SEC-01 high SMTP_PASSWORD", "IMG-10 medium checksum", "RES-06 medium 1000", "SA-20 high fission-fetcher", "IMG-01 medium",
			"RES-01 medium", "NET-01 high", "SEC-15 high export-ftp",
		}, not: []string{"NET-30", "SEC-03", "POD-04"}},
		{of: "legacy/thumbnail", must: []string{
			"POD-04 critical", "POD-05 critical /srv/images", "SA-01 medium", "SA-30 critical", "SA-32 high function objects", "SA-33 high", "SA-12 high fission.io",
			"IMG-01 medium :latest", "SEC-06 medium s3", "NET-45 high", "NET-01 high", "NET-02 medium", "IMG-06 low",
		}, not: []string{"SEC-01", "POD-07"}},
		{of: "events/report", not: []string{"SEC-01", "IMG-01", "NET-45", "RES-01"}, must: []string{"POD-09 medium", "NET-01 high", "POD-02 medium"}},
		{of: "namespace legacy", must: []string{"FW-FI-01 high fission-fetcher"}},
		{of: "namespace shop", must: []string{"FW-FI-01 medium fission-fetcher"}},
		{of: "platform fission fission", must: []string{"FW-FI-04 medium"}},
	}})
	expect(t, folder{name: "fission, the good alone", files: []string{"fission/namespaces.yaml", "fission/good.yaml"}, subjects: []truth{
		{of: "shop/charge-card", good: true, but: map[string]string{
			"NET-34": secretLeft, "SEC-10": secretLeft, "NET-45": openRouter, "SEC-13": sharedSecret,
		}},
		{of: "shop/refund", good: true, but: map[string]string{"SEC-13": sharedSecret}},
	}})
}

func TestTruthOfNuclio(t *testing.T) {
	expect(t, folder{name: "nuclio", files: []string{"nuclio/*.yaml"}, subjects: []truth{
		{of: "ml-prod/predict", good: true, but: map[string]string{
			"NET-34": secretLeft, "NET-48": retiredIngress, "SEC-15": controllerAs, "AUD-01": controllerAs,
		}},
		{of: "nuclio/resize", must: []string{
			"FW-NU-02 critical X-Nuclio-Arguments", "SA-03 medium nuclio/nuclio", "SA-20 critical", "SA-21 critical", "POD-09 medium container nuclio",
			"POD-06 high hostIPC", "POD-04 critical debug", "IMG-01 medium processor-resize:latest", "IMG-01 medium netshoot", "RES-01 medium", "RES-02 low",
			"RES-06 medium 100", "SEC-01 high spec.env[0]", "SEC-01 high spec.env[1]", "SEC-01 high spec.triggers.images.url", "SEC-01 high codeEntryAttributes",
			"SEC-03 high functionSourceCode", "SEC-02 high ConfigMap nuclio/nuclio-resize", "SEC-04 high nuclio.io/function-config", "FW-GE-11 medium", "IMG-10 medium main",
			"NET-20 high nuclio-resize", "NET-30 high every host", "NET-31 medium every host", "NET-32 high every host", "NET-32 high nuclio-agw-resize",
			"NET-46 high nuclio-agw-resize", "NET-46 medium Service nuclio-resize", "NET-48 high", "NET-01 high", "NET-02 medium", "POD-02 medium",
		}},
		{of: "nuclio/api-v1", must: []string{"NET-30 high api.example.com", "NET-32 high api.example.com", "SA-01 medium"}, not: []string{"SEC-01", "POD-04", "FW-NU-02"}},
		{of: "platform nuclio nuclio", must: []string{"FW-NU-01 critical", "POD-20 critical nuclio-dashboard", "POD-07 critical nuclio-dashboard", "FW-NU-04 high"}},
	}})
	expect(t, folder{name: "nuclio, the good alone", files: []string{"nuclio/namespaces.yaml", "nuclio/good.yaml"}, subjects: []truth{
		{of: "ml-prod/predict", good: true, but: map[string]string{"NET-34": secretLeft, "NET-48": retiredIngress}},
	}})
}

func TestTruthOfOpenWhisk(t *testing.T) {
	expect(t, folder{name: "openwhisk", files: []string{"openwhisk/*.yaml"}, subjects: []truth{
		{of: "openwhisk-actions/guest/hello", good: true},
		{of: "openwhisk-actions/guest/resize", good: true},
		{of: "openwhisk-actions/guest/checkout?", good: true},
		{of: "openwhisk-dev/guest/report", must: []string{
			"SA-01 medium", "SA-11 high default-edit", "SA-20 high", "SA-30 critical", "POD-09 medium", "RES-02 low", "NET-01 high", "NET-02 medium",
			"POD-10 medium", "POD-02 medium",
		}, not: []string{"IMG-01"}},
		{of: "openwhisk-dev/guest/scraper", must: []string{"IMG-01 medium somebody/scraper", "SA-11 high", "POD-09 medium"}},
		{of: "platform openwhisk openwhisk", not: []string{"FW-OW-03", "FW-OW-04", "FW-OW-05", "POD-20"}},
		{of: "platform openwhisk-dev openwhisk", must: []string{
			"FW-OW-01 high", "FW-OW-02 high every action", "FW-OW-04 medium wskadmin", "FW-OW-05 high tls.key", "FW-GE-09 critical",
		}, not: []string{"FW-OW-03"}},
		{of: "platform openwhisk-docker openwhisk", must: []string{"FW-OW-03 high", "POD-20 critical"}},
		{of: "platform openwhisk-lean openwhisk", must: []string{"FW-OW-03 high", "POD-20 critical lean-controller"}},
	}})
	expect(t, folder{name: "openwhisk, the good alone", files: []string{"openwhisk/namespaces.yaml", "openwhisk/good.yaml"}, subjects: []truth{
		{of: "openwhisk-actions/guest/hello", good: true},
	}})
}

func TestTruthOfFn(t *testing.T) {
	expect(t, folder{name: "fn", files: []string{"fn/*.yaml"}, subjects: []truth{
		{of: "platform fn fn", good: true, not: []string{"FW-FN-01", "FW-FN-02", "FW-FN-03", "FW-FN-06"}},
		{of: "platform fn-dev fn", must: []string{
			"FW-FN-01 critical fndev-fn", "FW-FN-02 critical 2375", "FW-FN-03 high", "POD-20 critical Deployment.apps fn-dev/fndev-fn ",
			"POD-20 critical fndev-fn-runner", "POD-04 critical fndev-fn-runner", "SEC-01 high FN_DOCKER_AUTH", "POD-02 medium", "NET-01 high",
		}},
		{of: "platform fn-single fn", must: []string{"POD-20 critical socket", "FW-FN-01 critical every node"}},
	}})
}

func TestTruthOfGeneric(t *testing.T) {
	const bare = bareNamespace
	expect(t, folder{name: "generic", configured: true, files: []string{"generic/*.yaml"}, subjects: []truth{
		{of: "streams/clicks", good: true},
		{of: "streams/transcode", good: true},
		{of: "streams/preview", good: true, but: map[string]string{"NET-32": "it is a public page", "NET-34": secretLeft}},
		{of: "edge/geo", good: true, but: map[string]string{"NET-01": bare, "NET-02": bare, "POD-02": bare, "RES-04": bare}},
		{of: "media/watermark", good: true, but: map[string]string{
			"NET-01": bare, "NET-02": bare, "POD-02": bare, "RES-04": bare, "SEC-17": secretLeft, "FW-GE-03": "no Configuration of Dapr says who may call",
		}},
		{of: "sandbox/mailer", must: append([]string{
			"SEC-01 high spec.triggers[0].metadata.host", "SEC-01 high RABBIT_URL", "IMG-01 medium somebody/mailer", "RES-06 medium",
		}, everybody...)},
		{of: "sandbox/echo", must: []string{"FW-GE-06 medium", "NET-08 medium", "NET-01 high", "IMG-01 medium :latest"}},
		{of: "sandbox/quotes", must: append([]string{
			"SEC-01 high spec.variables[0]", "SEC-01 high keyValueStores", "SEC-01 high SPIN_VARIABLE_DB_PASSWORD", "IMG-01 medium :latest",
		}, everybody...)},
		{of: "namespace sandbox", must: []string{"SEC-14 low quotes-51b80c77"}},
		{of: "media/subtitle", must: []string{
			"SEC-01 high S3_SECRET_KEY", "SA-01 medium", "IMG-01 medium :latest", "IMG-10 medium main", "NET-01 high", "NET-08 medium",
		}},
		{of: "default/cart", must: []string{
			"SA-01 medium", "SA-20 high dapr-secret-reader", "FW-GE-02 high", "FW-GE-03 high asks for no token", "POD-22 low",
		}},
		{of: "namespace default", must: []string{"FW-GE-01 high dapr-secret-reader"}},
	}})
	expect(t, folder{name: "generic, the good alone", configured: true, files: []string{"generic/namespaces.yaml", "generic/good.yaml"}, subjects: []truth{
		{of: "streams/clicks", good: true},
		{of: "streams/transcode", good: true},
	}})
}

func TestTruthOfPlain(t *testing.T) {
	expect(t, folder{name: "plain", files: []string{"plain/*.yaml"}, subjects: []truth{
		{of: "billing/invoice-pdf", good: true, but: map[string]string{"SEC-15": neighbour, "AUD-01": neighbour}},
		{of: "billing/dunning", good: true, but: map[string]string{"SEC-15": neighbour, "AUD-01": neighbour}},
		{of: "legacy/thumbnailer", must: []string{
			"SEC-01 high DATABASE_URL", "SEC-01 high AWS_SECRET_ACCESS_KEY", "SEC-04 high --s3-secret", "POD-05 critical mounts /", "NET-12 high", "POD-04 critical",
			"IMG-01 medium :latest", "RES-01 medium", "RES-02 low", "NET-20 high 31990", "NET-30 high thumbs.example.com", "NET-32 high thumbs.example.com",
			"SEC-06 medium everything", "SEC-02 high REDIS_PASSWORD", "SA-01 medium", "POD-02 medium", "POD-07 critical",
		}},
		{of: "legacy/cleaner", must: []string{"SA-10 critical legacy-cleaner", "IMG-01 medium", "RES-01 medium", "NET-01 high"}, not: []string{"SEC-01", "SA-01", "POD-04"}},
	}})
	expect(t, folder{name: "plain, the good alone", files: []string{"plain/namespaces.yaml", "plain/good.yaml"}, subjects: []truth{
		{of: "billing/invoice-pdf", good: true},
		{of: "billing/dunning", good: true},
	}})
}

func TestTruthOfTheSeedSecondHalf(t *testing.T) {
	analytics := map[string]string{
		"SEC-15": neighbour, "AUD-01": neighbour, "NET-45": openRouter, "NET-48": retiredIngress, "POD-02": bareNamespace, "POD-03": bareNamespace,
		"RES-04": bareNamespace, "MSH-01": outOfMesh,
	}
	media := map[string]string{
		"SEC-15": neighbour, "AUD-01": neighbour, "AUD-08": neighbour, "NET-48": retiredIngress, "POD-02": bareNamespace, "MSH-01": outOfMesh,
		"IMG-10": "it is built from a branch; what runs is pinned by digest",
	}
	expect(t, folder{name: "seed", seed: true, configured: true, files: []string{"*/*.yaml"}, subjects: []truth{
		{of: "analytics/daily-funnel", good: true, but: analytics},
		{of: "media/transcode-preview", good: true, but: media},
		{of: "media/ingest-clips", good: true, but: media},
		{of: "media/geo-redirect", not: []string{"SA-01", "SA-02", "SEC-01", "POD-08", "POD-09", "POD-10", "POD-11", "POD-12", "IMG-01", "RES-01"}},
		{of: "payments/verify-iban", good: true, but: map[string]string{"SEC-15": neighbour, "MSH-04": outOfMesh, "POD-02": bareNamespace}},
		{of: "media/exif-strip", must: []string{
			"POD-04 critical", "POD-09 medium", "POD-05 critical", "SA-01 medium", "SA-06 low", "IMG-01 medium :latest", "SEC-06 medium", "NET-30 high every host",
			"NET-31 medium", "NET-32 high", "NET-45 high",
		}},
		{of: "media/subtitle-sync", must: []string{"SEC-01 high Environment.fission.io", "SEC-10 medium", "IMG-01 medium"}},
		{of: "media/watermark", must: []string{
			"NET-20 high", "NET-30 high", "NET-32 high", "FW-NU-02 high", "SEC-01 high spec.env[0]", "SEC-01 high spec.triggers.images.url",
			"SEC-02 high ConfigMap media/nuclio-watermark", "SEC-04 high function-config", "SEC-06 medium", "SA-11 high nuclio-media", "POD-04 critical",
			"POD-06 high hostIPC", "IMG-01 medium :latest",
		}},
		{of: "media/quote-widget", must: []string{
			"SEC-01 high spec.variables[0]", "SEC-01 high keyValueStores", "SA-01 medium", "IMG-01 medium",
		}},
		{of: "media/transcode-batch", must: []string{"SEC-01 high spec.triggers[0].metadata.host", "SA-01 medium"}},
		{of: "media/burn-subtitles", must: []string{ // of OpenFunction
			"SEC-01 high spec.serving.params.BURN_API_KEY", "FW-GE-03 medium dapr.io/config", "NET-02 medium", "NET-06 high", "POD-11 medium", "POD-12 low",
		}, not: []string{"SA-01", "SA-02", "POD-08", "POD-09", "POD-10", "IMG-01", "RES-01"}},
		{of: "media/share-card", must: []string{ // of KEDA's HTTP add-on: its door is the interceptor's
			"NET-32 high *.fn.example.com", "NET-34 high keda/functions-tls", "SA-01 medium", "SA-11 high media-default-edit", "NET-02 medium", "NET-06 high",
		}, not: []string{"SEC-01", "SA-02", "NET-01", "POD-08", "POD-09", "POD-10", "POD-11", "POD-12", "IMG-01", "RES-01"}},
		{of: "payments/mask-report", must: []string{"SEC-01 high", "POD-09 low", "SA-01 medium", "IMG-01 medium"}},
		{of: "analytics/rank-products", must: []string{"SA-20 high rank-products", "SA-30 high", "RES-01 medium rank-products-worker", "NET-01 high"}},
		{of: "openwhisk/guest/scraper", must: []string{"IMG-01 medium", "SA-01 medium", "SA-11 high", "NET-02 medium", "NET-06 high"}},
		{of: "platform nuclio nuclio", must: []string{"FW-NU-01 critical", "POD-20 critical nuclio-dashboard", "POD-20 high nuclio/nuclio"}},
		{of: "platform openwhisk openwhisk", must: []string{"FW-OW-01 high", "FW-OW-04 high wskadmin", "FW-GE-09 high"}, not: []string{"FW-OW-03"}},
		{of: "platform fn fn", must: []string{"FW-FN-01 critical", "FW-FN-06 high fn-redis", "POD-20 critical fn-fn"}, not: []string{"FW-FN-02"}},
		{of: "namespace media", must: []string{"FW-FI-01 medium", "FW-FI-02 high"}},
		{of: "platform fission fission", must: []string{"POD-20 high fission-executor"}},
	}})
}

func TestTruthOfTheSeedsServers(t *testing.T) {
	expect(t, folder{name: "seed", seed: true, answers: true, files: []string{"common/*.yaml", "fn/*.yaml", "openwhisk/*.yaml"}, subjects: []truth{
		{of: "openwhisk/guest/hello", not: []string{"FW-OW-06", "FW-OW-07", "FW-OW-08"}},
		{of: "openwhisk/guest/shop/checkout", must: []string{"FW-OW-07 high", "FW-OW-08 high db_password"}, not: []string{"FW-OW-06"}},
		{of: "openwhisk/guest/shop/invoice", must: []string{"IMG-07 info"}, not: []string{"FW-OW-07", "FW-OW-08"}},
		{of: "openwhisk/guest/report", must: []string{"FW-OW-06 high", "FW-OW-07 high"}},
		{of: "openwhisk/guest/scraper", must: []string{"FW-OW-09 medium"}},
		{of: "fn/tools/export-orders", must: []string{"FW-FN-04 high S3_SECRET_KEY", "FW-FN-05 medium logs.example.net"}},
		{of: "fn/notify/send-sms", must: []string{"FW-FN-04 high PROVIDER_TOKEN"}, not: []string{"FW-FN-05"}},
		{of: "fn/shop/refund", must: []string{"FW-FN-04 high DB_PASSWORD"}},
		{of: "fn/tools/checkout", must: []string{"IMG-01 medium"}},
		{of: "fn/shop/checkout", not: []string{"FW-FN-04", "FW-FN-05", "IMG-01", "SEC-01"}},
	}})
}
