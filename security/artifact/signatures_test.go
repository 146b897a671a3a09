package artifact_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

func TestSignaturePolicies(t *testing.T) {
	policy := func(kind, home, spec, rule string) string {
		return "{apiVersion: kyverno.io/v1, kind: " + kind + ", metadata: {name: sign" + home + "}, spec: {" + spec + "rules: [{name: r, " + rule + "}]}}"
	}
	kyverno := func(match, more string) string {
		return policy("ClusterPolicy", "", "validationFailureAction: Enforce, ", "match: "+match+", verifyImages: [{imageReferences: ['*']}]"+more)
	}
	kyvernoImages := func(images string) string {
		return policy("ClusterPolicy", "", "validationFailureAction: Enforce, ", "match: {any: [{resources: {kinds: [Pod]}}]}, verifyImages: [{"+images+"}]")
	}
	const (
		verify     = ", verifyImages: [{imageReferences: ['*']}]"
		everywhere = "{any: [{resources: {kinds: [Pod]}}]}"
		onlyProd   = "validationFailureAction: Audit, validationFailureActionOverrides: [{action: Enforce, namespaceSelector: {matchLabels: {stage: prod}}}], "
		notSandbox = "validationFailureAction: Enforce, validationFailureActionOverrides: [{action: Audit, namespaces: [fns]}], "
	)
	images := func(spec string) string {
		return "{apiVersion: policies.kyverno.io/v1alpha1, kind: ImageValidatingPolicy, metadata: {name: sign}, spec: {" + spec + "}}"
	}
	sigstore := func(spec string) string {
		return "{apiVersion: policy.sigstore.dev/v1beta1, kind: ClusterImagePolicy, metadata: {name: sign}, spec: {" + spec + "}}"
	}
	prod, included := namespace("stage: prod"), namespace(`policy.sigstore.dev/include: "true"`)
	for name, c := range map[string]struct {
		documents []string
		want      string
	}{
		"none":                           {[]string{namespace("")}, "fail"},
		"everywhere":                     {[]string{kyverno(everywhere, "")}, "pass"},
		"matches as old policies do":     {[]string{kyverno("{resources: {kinds: [Pod]}}", "")}, "pass"},
		"only a report":                  {[]string{policy("ClusterPolicy", "", "validationFailureAction: Audit, ", "match: "+everywhere+verify)}, "fail"},
		"only a report, by default":      {[]string{policy("ClusterPolicy", "", "", "match: "+everywhere+verify)}, "fail"},
		"the rule itself refuses":        {[]string{policy("ClusterPolicy", "", "", "match: "+everywhere+", verifyImages: [{failureAction: Enforce, imageReferences: ['*']}]")}, "pass"},
		"the rule itself does not":       {[]string{policy("ClusterPolicy", "", "validationFailureAction: Enforce, ", "match: "+everywhere+", verifyImages: [{failureAction: Audit, imageReferences: ['*']}]")}, "fail"},
		"refuses in some namespaces":     {[]string{prod, policy("ClusterPolicy", "", onlyProd, "match: "+everywhere+verify)}, "pass"},
		"refuses in other namespaces":    {[]string{namespace(""), policy("ClusterPolicy", "", onlyProd, "match: "+everywhere+verify)}, "fail"},
		"reports in this namespace":      {[]string{policy("ClusterPolicy", "", notSandbox, "match: "+everywhere+verify)}, "fail"},
		"a rule about something else":    {[]string{policy("ClusterPolicy", "", "validationFailureAction: Enforce, ", "match: "+everywhere+", validate: {message: m}")}, "fail"},
		"of this namespace":              {[]string{policy("Policy", ", namespace: fns", "validationFailureAction: Enforce, ", "match: "+everywhere+verify)}, "pass"},
		"of another namespace":           {[]string{policy("Policy", ", namespace: other", "validationFailureAction: Enforce, ", "match: "+everywhere+verify)}, "fail"},
		"by pattern":                     {[]string{kyverno("{any: [{resources: {kinds: [Pod], namespaces: ['fn*']}}]}", "")}, "pass"},
		"by another pattern":             {[]string{kyverno("{any: [{resources: {kinds: [Pod], namespaces: ['prod-*']}}]}", "")}, "fail"},
		"by labels of the namespace":     {[]string{prod, kyverno("{any: [{resources: {kinds: [Pod], namespaceSelector: {matchLabels: {stage: prod}}}}]}", "")}, "pass"},
		"by other labels":                {[]string{namespace("stage: test"), kyverno("{any: [{resources: {kinds: [Pod], namespaceSelector: {matchLabels: {stage: prod}}}}]}", "")}, "fail"},
		"by labels it must not have":     {[]string{prod, kyverno("{any: [{resources: {kinds: [Pod], namespaceSelector: {matchExpressions: [{key: stage, operator: NotIn, values: [prod]}]}}}]}", "")}, "fail"},
		"any of two":                     {[]string{prod, kyverno("{any: [{resources: {kinds: [Pod], namespaces: [other]}}, {resources: {kinds: [Pod], namespaceSelector: {matchLabels: {stage: prod}}}}]}", "")}, "pass"},
		"both of two":                    {[]string{prod, kyverno("{all: [{resources: {kinds: [Pod], namespaces: [other]}}, {resources: {kinds: [Pod], namespaceSelector: {matchLabels: {stage: prod}}}}]}", "")}, "fail"},
		"excluded":                       {[]string{kyverno(everywhere, ", exclude: {any: [{resources: {namespaces: [fns]}}]}")}, "fail"},
		"excluded as old policies do":    {[]string{kyverno(everywhere, ", exclude: {resources: {namespaces: [fns]}}")}, "fail"},
		"another one excluded":           {[]string{kyverno(everywhere, ", exclude: {any: [{resources: {namespaces: [kube-system]}}]}")}, "pass"},
		"some pods":                      {[]string{kyverno("{any: [{resources: {kinds: [Pod], selector: {matchLabels: {tier: web}}}}]}", "")}, "fail some"},
		"some pods excluded":             {[]string{kyverno(everywhere, ", exclude: {any: [{resources: {selector: {matchLabels: {tier: web}}}}]}")}, "fail some"},
		"somebody excluded":              {[]string{kyverno(everywhere, ", exclude: {any: [{clusterRoles: [cluster-admin]}]}")}, "fail some"},
		"other kinds":                    {[]string{kyverno("{any: [{resources: {kinds: [apps/v1/Deployment]}}]}", "")}, "fail some"},
		"kinds with a version":           {[]string{kyverno("{any: [{resources: {kinds: [v1/Pod]}}]}", "")}, "pass"},
		"for images alone":               {[]string{images("validationActions: [Deny]")}, "pass"},
		"for images alone, a report":     {[]string{images("validationActions: [Audit]")}, "fail"},
		"for images, other namespaces":   {[]string{namespace(""), images("matchConstraints: {namespaceSelector: {matchLabels: {stage: prod}}}")}, "fail"},
		"for images, with conditions":    {[]string{images("matchConditions: [{name: a, expression: 'true'}]")}, "fail some"},
		"every image, otherwise written": {[]string{kyvernoImages("imageReferences: ['*/*:*']")}, "pass"},
		"every image, among others":      {[]string{kyvernoImages("imageReferences: ['ghcr.io/shop/*', '*']")}, "pass"},
		"every image, as it was written": {[]string{kyvernoImages("image: '*'")}, "pass"},
		"images of one registry":         {[]string{kyvernoImages("imageReferences: ['ghcr.io/shop/*']")}, "fail some"},
		"images of a tag":                {[]string{kyvernoImages("imageReferences: ['*:latest']")}, "fail some"},
		"all images but some":            {[]string{kyvernoImages("imageReferences: ['*'], skipImageReferences: ['ghcr.io/shop/*']")}, "fail some"},
		"one registry, and all the rest": {[]string{kyvernoImages("imageReferences: ['ghcr.io/shop/*']"), images("")}, "pass"},
		"for images by a pattern":        {[]string{images("matchImageReferences: [{glob: 'ghcr.io/*'}]")}, "fail some"},
		"for images by every pattern":    {[]string{images("matchImageReferences: [{glob: 'ghcr.io/*'}, {glob: '**'}]")}, "pass"},
		"for images by an expression":    {[]string{images("matchImageReferences: [{expression: 'true'}]")}, "fail some"},
		"Sigstore, one registry":         {[]string{included, sigstore("images: [{glob: 'ghcr.io/**'}], authorities: [{key: {data: a}}]")}, "pass"},
		"Sigstore lets images pass":      {[]string{included, sigstore("images: [{glob: '**'}], authorities: [{static: {action: pass}}]")}, "fail"},
		"Sigstore refuses all images":    {[]string{included, sigstore("images: [{glob: '**'}], authorities: [{static: {action: fail}}]")}, "pass"},
		"Sigstore":                       {[]string{included, sigstore("images: [{glob: '**'}]")}, "pass"},
		"Sigstore only warns":            {[]string{included, sigstore("mode: warn")}, "fail"},
		"Sigstore, not included":         {[]string{namespace(""), sigstore("")}, "fail"},
		"Connaisseur":                    {[]string{webhook("MutatingWebhookConfiguration", "connaisseur-svc.connaisseur.svc", guarded+", "+onPods)}, "pass"},
		"the second policy takes it all": {[]string{kyverno("{any: [{resources: {kinds: [Pod], names: [a]}}]}", ""), images("")}, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, append(c.documents, image("fn:1"))...).Scope(check.Subject{Scope: check.ScopeNamespace, Namespace: "fns"})
			if c.want != "fail some" {
				assert.Equal(t, c.want, offlinetest.Verdict(t, p, "IMG-09"))
				return
			}
			found := offlinetest.Of(p, "IMG-09")
			require.Len(t, found, 1)
			assert.Contains(t, found[0].Message, "is checked for some pods or images only, by")
		})
	}
}
