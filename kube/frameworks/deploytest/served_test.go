package deploytest_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"

	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// What is drafted is what the served definitions take, without a field that they do not know.
func TestTheServerTakesWhatIsDrafted(t *testing.T) {
	c := kubetest.Need(t)
	config, _, err := kubetest.Kubeconfig{Path: c.Admin}.Rest("")
	require.NoError(t, err)
	api, err := dynamic.NewForConfig(config)
	require.NoError(t, err)
	found, err := discovery.NewDiscoveryClientForConfig(config)
	require.NoError(t, err)
	groups, err := restmapper.GetAPIGroupResources(found)
	require.NoError(t, err)
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	for _, framework := range []string{"openfaas", "kubeless", "kyma"} {
		files, err := filepath.Glob("../" + framework + "/testdata/deploy/*.yaml")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			t.Run(framework+"/"+filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				for _, o := range frameworkstest.Documents(t, file) {
					u := &unstructured.Unstructured{Object: o}
					m, err := mapper.RESTMapping(u.GroupVersionKind().GroupKind(), u.GroupVersionKind().Version)
					require.NoError(t, err, "the samples define it")
					_, err = api.Resource(m.Resource).Namespace(u.GetNamespace()).Create(t.Context(), u, metav1.CreateOptions{
						DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict, FieldManager: "fn9s",
					})
					assert.NoError(t, err, "%s %s", u.GetKind(), u.GetName())
				}
			})
		}
	}
}
