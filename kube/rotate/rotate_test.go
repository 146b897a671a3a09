package rotate_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/security/model"
)

const canary = "c4nAry-vAlue-0f1e2d3c"

const secret = `
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
type: Opaque
stringData: {password: ` + canary + `, user: app}
`

// user is a workload whose container and pod say how it uses a Secret.
func user(kind, container, pod string) string {
	head, tail := "apiVersion: apps/v1\nkind: "+kind+"\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      ", ""
	switch kind {
	case "CronJob":
		head = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web, namespace: shop}\nspec:\n  schedule: '@daily'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n      "
	case "Pod":
		head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n      "
	}
	body := "containers: [{name: web, image: web:1" + container + "}]\n"
	if pod != "" {
		tail = "      " + pod + "\n"
	}
	if kind == "CronJob" {
		body, tail = "    "+body, strings.Replace(tail, "      ", "          ", 1)
	}
	return head + body + tail
}

func TestHowTheNewValueGetsThere(t *testing.T) {
	const volume = "volumes: [{name: v, secret: {secretName: db}}]"
	for name, c := range map[string]struct {
		kind, container, pod string
		takes                rotate.Taking
		steps                int
	}{
		"a variable":              {"Deployment", ", env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]", "", rotate.Restarted, 1},
		"all variables":           {"StatefulSet", ", envFrom: [{secretRef: {name: db}}]", "", rotate.Restarted, 1},
		"a file":                  {"Deployment", ", volumeMounts: [{name: v, mountPath: /s}]", volume, rotate.Follows, 0},
		"a file by subPath":       {"DaemonSet", ", volumeMounts: [{name: v, mountPath: /s, subPath: password}]", volume, rotate.Restarted, 1},
		"another key":             {"Deployment", ", env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: user}}}]", "", rotate.Untouched, 0},
		"to pull its image":       {"Deployment", "", "imagePullSecrets: [{name: db}]", rotate.NextStart, 0},
		"a variable of a CronJob": {"CronJob", ", env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]", "", rotate.NextStart, 0},
		"a variable of a Pod":     {"Pod", ", env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: password}}}]", "", rotate.Kept, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil, secret, user(c.kind, c.container, c.pod))
			r, err := w.rotate("shop", "db", rotate.Options{Keys: []string{"password"}, Recipe: "hex:32"})
			require.NoError(t, err)
			require.Len(t, r.Consumers, 1)
			assert.Equal(t, c.takes, r.Consumers[0].Takes, r.Consumers[0].String())
			assert.Len(t, r.Consumers[0].Steps, c.steps)
			require.Len(t, r.Wishes, 1+c.steps)
			assert.Equal(t, "Secret", r.Wishes[0].Object.Kind, "the value comes before the restart")
			assert.Equal(t, []plan.Need{{Path: "data.password", Generate: "hex:32"}}, r.Wishes[0].Needs)
			if c.steps > 0 {
				assert.Subset(t, r.Wishes[0].Functions, r.Wishes[1].Functions, "the restart waits for the value")
			}
			text := fmt.Sprintf("%+v", r)
			assert.NotContains(t, text, canary)
		})
	}
}

// Revisions that traffic is pinned to run on whatever the newest one does: their own pods are replaced.
func TestWhatTrafficIsPinnedToIsRestarted(t *testing.T) {
	w := newWorld(t, nil, seed("knative")...)
	r, err := w.rotate("payments", "ledger-sftp", rotate.Options{Keys: []string{"password"}, Recipe: "hex"})
	require.NoError(t, err)
	require.Len(t, r.Consumers, 1)
	assert.Equal(t, rotate.Restarted, r.Consumers[0].Takes, r.Consumers[0].String())
	var names []string
	for _, ref := range r.Consumers[0].Steps {
		names = append(names, ref.Kind+" "+ref.Name)
	}
	assert.Equal(t, []string{"Deployment ledger-export-00004-deployment", "Deployment ledger-export-00005-deployment"}, names)
}

func TestHowMuchIsRestartedIsChosen(t *testing.T) {
	w := newWorld(t, nil, secret, user("Deployment", ", envFrom: [{secretRef: {name: db}}]", ""))
	r, err := w.rotate("shop", "db", rotate.Options{All: true, NoRestart: true})
	require.NoError(t, err)
	assert.Equal(t, rotate.Kept, r.Consumers[0].Takes)
	assert.Len(t, r.Wishes, 1)
	assert.True(t, r.Given)

	w = newWorld(t, nil, secret, user("Deployment", ", volumeMounts: [{name: v, mountPath: /s}]", "volumes: [{name: v, secret: {secretName: db}}]"))
	r, err = w.rotate("shop", "db", rotate.Options{All: true, RestartAll: true})
	require.NoError(t, err)
	assert.Equal(t, rotate.Restarted, r.Consumers[0].Takes)
	assert.Len(t, r.Wishes, 2)
}

func TestWhichKeysGetNewValues(t *testing.T) {
	const one = ", env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: %s}}}]"
	of := func(kind string, keys ...string) string {
		var data []string
		for _, k := range keys {
			data = append(data, k+": x")
		}
		return "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ntype: " + kind + "\nstringData: {" + strings.Join(data, ", ") + "}\n"
	}
	for name, c := range map[string]struct {
		secret, user string
		options      rotate.Options
		keys         []string
		fails        string
	}{
		"the only one":                  {of("Opaque", "anything"), "", rotate.Options{}, []string{"anything"}, ""},
		"the one that is a credential":  {of("Opaque", "host", "password", "user"), "", rotate.Options{}, []string{"password"}, ""},
		"the one that is used":          {of("Opaque", "api-token", "password"), fmt.Sprintf(one, "password"), rotate.Options{}, []string{"password"}, ""},
		"two are likely":                {of("Opaque", "api-token", "password"), "", rotate.Options{}, nil, "say which keys"},
		"none is likely":                {of("Opaque", "a", "b"), "", rotate.Options{}, nil, "it has a, b"},
		"the ones that are named":       {of("Opaque", "a", "b", "c"), "", rotate.Options{Keys: []string{"c", "a"}}, []string{"a", "c"}, ""},
		"one that is not there":         {of("Opaque", "a"), "", rotate.Options{Keys: []string{"b"}}, nil, "there is no key b"},
		"all":                           {of("Opaque", "a", "b"), "", rotate.Options{All: true}, []string{"a", "b"}, ""},
		"the password of basic-auth":    {of("kubernetes.io/basic-auth", "password", "username"), "", rotate.Options{}, []string{"password"}, ""},
		"both halves of a certificate":  {of("kubernetes.io/tls", "tls.crt", "tls.key"), "", rotate.Options{}, []string{"tls.crt", "tls.key"}, ""},
		"the public half with its key":  {of("Opaque", "id_ed25519", "id_ed25519.pub"), "", rotate.Options{Recipe: "ed25519", Keys: []string{"id_ed25519"}}, []string{"id_ed25519", "id_ed25519.pub"}, ""},
		"a certificate like no other":   {of("kubernetes.io/tls", "tls.crt", "tls.key"), "", rotate.Options{Recipe: "tls"}, nil, "holds no certificate"},
		"letters for a certificate":     {of("kubernetes.io/tls", "tls.crt", "tls.key"), "", rotate.Options{Recipe: "alnum"}, nil, "generate tls"},
		"letters for pulling images":    {of("kubernetes.io/dockerconfigjson", ".dockerconfigjson"), "", rotate.Options{Recipe: "alnum"}, nil, "--from-file"},
		"letters for a key of SSH":      {of("kubernetes.io/ssh-auth", "ssh-privatekey"), "", rotate.Options{Recipe: "hex"}, nil, "generate ed25519"},
		"letters for a file":            {of("Opaque", "service-account.json"), "", rotate.Options{Recipe: "hex"}, nil, "looks like a file"},
		"letters for a file by purpose": {of("Opaque", "token.json"), "", rotate.Options{Recipe: "hex", Keys: []string{"token.json"}}, []string{"token.json"}, ""},
		"a recipe that is none":         {of("Opaque", "a"), "", rotate.Options{Recipe: "rot13"}, nil, "cannot be generated"},
	} {
		t.Run(name, func(t *testing.T) {
			texts := []string{c.secret}
			if c.user != "" {
				texts = append(texts, user("Deployment", c.user, ""))
			}
			r, err := newWorld(t, nil, texts...).rotate("shop", "db", c.options)
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.keys, r.Keys)
		})
	}
}

func TestWhatIsMadeElsewhereIsRefusedWithTheReason(t *testing.T) {
	of := func(meta, kind string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop" + meta + "}\ntype: " + kind + "\nstringData: {password: x}\n"
	}
	owner := func(group, kind string) string {
		return ", ownerReferences: [{apiVersion: " + group + ", kind: " + kind + ", name: maker, controller: true}]"
	}
	for name, c := range map[string]struct{ text, why string }{
		"a token of the cluster":     {of("", "kubernetes.io/service-account-token"), "short-lived projected token"},
		"a bootstrap token":          {of("", "bootstrap.kubernetes.io/token"), "kubeadm token create"},
		"the record of a release":    {of("", "helm.sh/release.v1"), "Helm release"},
		"kept values":                {of("", "fn9s.io/backup"), "fn9s undo"},
		"a SealedSecret's":           {of(owner("bitnami.com/v1alpha1", "SealedSecret"), "Opaque"), "kubeseal"},
		"an operator's":              {of(owner("kafka.strimzi.io/v1", "KafkaUser"), "Opaque"), "KafkaUser maker"},
		"cert-manager's":             {of(", annotations: {cert-manager.io/certificate-name: web}", "kubernetes.io/tls"), "cert-manager"},
		"a replicator's":             {of(", annotations: {reflector.v1.k8s.emberstack.com/reflects: a/b}", "Opaque"), "copy of another Secret"},
		"the Secrets Store driver's": {of(", labels: {secrets-store.csi.k8s.io/managed: 'true'}", "Opaque"), "a store outside"},
		"of Nuclio":                  {of(", labels: {nuclio.io/function-name: f}", "nuclio.io/functionconfig"), "Nuclio's controller"},
		"nothing":                    {"apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", "there is no such Secret"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newWorld(t, nil, c.text).rotate("shop", "db", rotate.Options{Recipe: "hex"})
			var refused *rotate.RefusedError
			require.ErrorAs(t, err, &refused)
			assert.Contains(t, refused.Why, c.why)
		})
	}
	const class = "volumes: [{name: v, csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: media-keys}}}]"
	user := strings.ReplaceAll(user("Deployment", ", volumeMounts: [{name: v, mountPath: /s}]", class), "namespace: shop", "namespace: media")
	w := newWorld(t, func(o map[string]any) { // a workload of a function
		if meta, ok := o["metadata"].(map[string]any); ok && meta["name"] == "web" {
			meta["labels"] = map[string]any{"fn9s.io/function": "true"}
		}
	}, append(seed(""), user)...)
	_, err := w.rotate("media", "media-keys", rotate.Options{Recipe: "hex"})
	assert.ErrorContains(t, err, "the Secrets Store CSI driver mounts it from outside")
}

func TestWhatIsDeployedIsRotatedWithAWarning(t *testing.T) {
	w := newWorld(t, nil, strings.Replace(secret, "namespace: shop", "namespace: shop, labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: db}", 1))
	r, err := w.rotate("shop", "db", rotate.Options{})
	require.NoError(t, err)
	assert.Contains(t, strings.Join(r.Notes, "\n"), "Helm release db")
}

func TestAnExternalSecretIsFetchedAgain(t *testing.T) {
	text := strings.ReplaceAll(user("Deployment", ", envFrom: [{secretRef: {name: orders-database}}]", ""), "namespace: shop", "namespace: checkout")
	w := newWorld(t, nil, append(seed(""), text)...)
	r, err := w.rotate("checkout", "orders-database", rotate.Options{})
	require.NoError(t, err)
	assert.Equal(t, "ExternalSecret", r.Source.Kind)
	require.Len(t, r.Wishes, 1)
	assert.Equal(t, []plan.Field{{Path: "metadata.annotations.force-sync", Value: fmt.Sprint(at.Unix())}}, r.Wishes[0].Fields)
	assert.False(t, r.Given, "the value is in the store outside")
	require.Len(t, r.Consumers, 1)
	assert.Contains(t, r.Consumers[0].Why, "kubectl rollout restart deployment/web -n checkout")
	_, err = w.rotate("checkout", "orders-database", rotate.Options{Recipe: "hex"})
	assert.ErrorContains(t, err, "put the value there")
}

// immutableSecrets are Secrets of the samples, and the function that uses each.
var immutableSecrets = []struct{ framework, namespace, secret, edits string }{
	{"openfaas", "payments", "charge-card-psp", "Function payments/charge-card: spec.secrets[0]"},
	{"kubeless", "checkout", "carrier-token", "Function checkout/quote-shipping"},
	{"kubeless", "analytics", "dedupe-redis", "Function analytics/dedupe-events"},
	{"kyma", "checkout", "partner-api", "Function checkout/take-order: spec.secretMounts[1].secretName"},
	{"kyma", "media", "subtitles-git", "Function media/sync-subtitles"},
	{"fission", "analytics", "ingest-hmac", "Function analytics/event-ingest: spec.secrets[0].name"},
	{"fission", "media", "exif-s3", "Function media/exif-strip"},
	{"nuclio", "media", "preview-store", "NuclioFunction media/transcode-preview: spec.volumes[0].volume.secret.secretName"},
	{"nuclio", "analytics", "insights-warehouse", "NuclioFunction analytics/anomaly-score"},
	{"knative", "checkout", "cart-all", "Service checkout/cart-pricing"},
	{"knative", "payments", "ledger-sftp", "Service payments/ledger-export"},
	{"plain", "payments", "settle-db", "CronJob payments/settle-night"},
	{"generic", "media", "geo-maps", "SpinApp media/geo-redirect"},
	{"generic", "media", "clips-kafka", "Deployment media/ingest-clips"},
}

// TestAnImmutableSecretGetsASuccessor holds for each framework that its own object names the new Secret, and nothing but
// what the framework makes names the old one.
func TestAnImmutableSecretGetsASuccessor(t *testing.T) {
	for _, c := range immutableSecrets {
		t.Run(c.framework+"/"+c.secret, func(t *testing.T) {
			w := newWorld(t, func(o map[string]any) {
				if o["kind"] == "Secret" && offlinetest.Word(o, "metadata", "name") == c.secret {
					o["immutable"] = true
				}
			}, seed(c.framework)...)
			r, err := w.rotate(c.namespace, c.secret, rotate.Options{All: true})
			require.NoError(t, err)
			next := c.secret + "-20260901-120000"
			assert.Equal(t, model.Ref{Kind: "Secret", Namespace: c.namespace, Name: next}, r.Successor)
			require.NotEmpty(t, r.Consumers)
			var edits []string
			for _, wish := range r.Wishes[1:] {
				for _, f := range wish.Fields {
					edits = append(edits, wish.Object.Kind+" "+wish.Object.Namespace+"/"+wish.Object.Name+": "+f.Path)
				}
			}
			assert.Contains(t, strings.Join(edits, "\n"), c.edits)
			asks := ""
			for _, wish := range r.Wishes {
				asks += wish.Asks
			}
			assert.Equal(t, c.secret == "ingest-hmac", strings.Contains(asks, "/secrets/NAMESPACE/NAME"), "only Fission has the name in a path: %s", asks)
			w.edited(r)
			made := w.objects[r.Successor]
			assert.Equal(t, true, made["immutable"])
			for _, wish := range r.Wishes[1:] {
				raw, err := json.Marshal(w.objects[wish.Object]["spec"])
				require.NoError(t, err)
				// A volume may be called as the Secret is.
				left := strings.NewReplacer(`"name":"`+c.secret+`","secret"`, "", `"name":"`+c.secret+`","readOnly"`, "").Replace(string(raw))
				assert.NotContains(t, left, `"`+c.secret+`"`, "%s names the old one still", wish.Object)
				assert.Contains(t, string(raw), next)
			}
		})
	}
}

func TestACertificateOfAnotherIssuerIsAskedAbout(t *testing.T) {
	tls := func(issuer string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ntype: kubernetes.io/tls\ndata: {tls.crt: " + issued(t, issuer) + ", tls.key: eA==, ca.crt: eA==}\n"
	}
	for issuer, asks := range map[string]string{"web": "", "An Authority": "signed by CN=An Authority"} {
		r, err := newWorld(t, nil, tls(issuer)).rotate("shop", "db", rotate.Options{Recipe: "tls"})
		require.NoError(t, err)
		assert.Equal(t, []string{"tls.crt", "tls.key"}, r.Keys)
		assert.Contains(t, r.Wishes[0].Asks, asks)
		assert.Equal(t, asks == "", r.Wishes[0].Asks == "")
		assert.Contains(t, strings.Join(r.Notes, "\n"), "ca.crt stays")
	}
}

// issued is a certificate of web in base64, signed by somebody.
func issued(t *testing.T, issuer string) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "web"}, NotAfter: at}
	der, err := x509.CreateCertificate(rand.Reader, c, &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}, key.Public(), key)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestASuccessorTakesOverWhatIsNotRotated(t *testing.T) {
	w := newWorld(t, nil, strings.Replace(secret, "type: Opaque", "type: Opaque\nimmutable: true", 1), user("Deployment", ", volumeMounts: [{name: v, mountPath: /s, subPath: user}]", "volumes: [{name: v, secret: {secretName: db}}]"))
	r, err := w.rotate("shop", "db", rotate.Options{Recipe: "uuid"})
	require.NoError(t, err)
	old := model.Ref{Kind: "Secret", Namespace: "shop", Name: "db"}
	assert.Equal(t, []plan.Need{{Path: "data.password", Generate: "uuid"}, {Path: "data.user", From: plan.Literal{Object: old, Path: "data.user"}}}, r.Wishes[0].Needs)
	assert.Equal(t, "spec.template.spec.volumes[0].secret.secretName", r.Wishes[1].Fields[0].Path)
	assert.NotContains(t, fmt.Sprintf("%+v", r), canary)

	again := newWorld(t, nil, strings.NewReplacer("name: db", "name: db-20260101-000000", "type: Opaque", "type: Opaque\nimmutable: true").Replace(secret))
	r, err = again.rotate("shop", "db-20260101-000000", rotate.Options{})
	require.NoError(t, err)
	assert.Equal(t, "db-20260901-120000", r.Successor.Name, "names do not grow")
}

func TestAnImmutableSecretOfWhatCannotBeChangedIsRefused(t *testing.T) {
	for _, kind := range []string{"Pod"} {
		w := newWorld(t, nil, strings.Replace(secret, "type: Opaque", "type: Opaque\nimmutable: true", 1), user(kind, ", envFrom: [{secretRef: {name: db}}]", ""))
		_, err := w.rotate("shop", "db", rotate.Options{})
		assert.ErrorContains(t, err, "Pod web cannot be pointed to another one")
	}
}

func TestWhoDidNotGetTheNewValueIsNamed(t *testing.T) {
	for name, text := range map[string]string{"patched": secret, "replaced": strings.Replace(secret, "type: Opaque", "type: Opaque\nimmutable: true", 1)} {
		w := newWorld(t, nil, text, user("Deployment", ", envFrom: [{secretRef: {name: db}}]", ""),
			strings.ReplaceAll(user("Deployment", ", envFrom: [{secretRef: {name: db}}]", ""), "web", "api"))
		r, err := w.rotate("shop", "db", rotate.Options{All: true, Recipe: "hex"})
		require.NoError(t, err)
		require.Len(t, r.Wishes, 3, name)
		result := &change.Result{}
		for i, outcome := range []journal.Outcome{journal.Applied, journal.Failed, journal.Skipped} {
			result.Steps = append(result.Steps, change.StepResult{Step: &change.Step{Ref: r.Wishes[i].Object}, Outcome: outcome, Reason: []string{"", "no", ""}[i]})
		}
		var said []string
		for _, s := range rotate.Inconsistent(result, []*rotate.Rotation{r}) {
			said = append(said, s.Consumer.Label()+": "+s.Why)
		}
		assert.Equal(t, []string{"Deployment api: no", "Deployment web: its step was not begun"}, said, name)
		result.Steps[0].Outcome = journal.Failed
		assert.Empty(t, rotate.Inconsistent(result, []*rotate.Rotation{r}), "all have the old value")
	}
}

func TestManySecrets(t *testing.T) {
	w := newWorld(t, nil, seed("fission")...)
	p := w.planner()
	old := p.OlderThan([]string{"analytics", "media"}, time.Hour, time.Now().Add(1000*24*time.Hour))
	var names []string
	for _, ref := range old {
		names = append(names, ref.Name)
	}
	assert.NotContains(t, names, "nothing")
	for _, f := range w.World.World.Functions("media") {
		if f.Name() == "exif-strip" {
			assert.Equal(t, []model.Ref{{Kind: "Secret", Namespace: "media", Name: "exif-s3"}}, p.OfFunction(f.Key))
		}
	}
	var all []*rotate.Rotation
	for _, name := range []string{"ingest-hmac", "fission-internal-auth"} {
		r, err := w.rotate("analytics", name, rotate.Options{Recipe: "hex", All: true})
		require.NoError(t, err)
		all = append(all, r)
	}
	q := rotate.Request(all)
	kinds := []string{}
	for _, wish := range q.Wishes {
		kinds = append(kinds, wish.Object.Kind)
	}
	assert.Equal(t, []string{"Secret", "Secret"}, kinds[:2], "all values come before all restarts")
	assert.False(t, slices.Contains(kinds[2:], "Secret"))
	assert.Equal(t, "rotate 2 Secrets", q.Title)
}

func TestTheStepsOfARotationAreOneUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed("kubeless")...)
	r, err := w.rotate("analytics", "dedupe-redis", rotate.Options{})
	require.NoError(t, err)
	require.Greater(t, len(r.Wishes), 1)
	for i := range r.Wishes {
		assert.Equal(t, "rotate "+r.Secret.String(), r.Wishes[i].Unit)
	}
}

func TestRandomValuesCanBeMadeByWhoeverAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed("kubeless")...)
	for recipe, given := range map[string]bool{"hex:32": true, "rsa": false, "htpasswd:admin": true, "": true} {
		r, err := w.rotate("analytics", "dedupe-redis", rotate.Options{Recipe: recipe, Made: true})
		require.NoError(t, err)
		assert.Equal(t, given, r.Given, recipe)
		if recipe == "hex:32" {
			assert.Empty(t, r.Wishes[0].Needs[0].Generate, "the engine makes none")
		}
	}
}
