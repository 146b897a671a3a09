package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fn9s/fn9s/kube/kubetest"
)

// writeFaults are the ways in which a write may fail; lasting ones do from then on.
var writeFaults = map[string]struct {
	lasting bool
	fail    func(w http.ResponseWriter)
}{
	"403": {true, func(w http.ResponseWriter) { kubetest.Answer(w, http.StatusForbidden, "Forbidden", "a policy says no") }},
	"409": {true, func(w http.ResponseWriter) {
		kubetest.Answer(w, http.StatusConflict, "Conflict", "somebody was quicker")
	}},
	"422": {true, func(w http.ResponseWriter) {
		kubetest.Answer(w, http.StatusUnprocessableEntity, "Invalid", "not like that")
	}},
	"429 once": {false, func(w http.ResponseWriter) {
		kubetest.Answer(w, http.StatusTooManyRequests, "TooManyRequests", "later")
	}},
	"500":      {true, func(w http.ResponseWriter) { kubetest.Answer(w, http.StatusInternalServerError, "InternalError", "oh") }},
	"cut":      {true, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
	"cut once": {false, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
}

// TestFaultsAtEveryWriteOfARotation holds that afterwards the Secret has the old or the new value, every user has the same
// one or is named, and undo leaves everything as it was.
func TestFaultsAtEveryWriteOfARotation(t *testing.T) {
	t.Parallel()
	const writes = 4 // the kept value, the new one, and the restarts of two Deployments
	for name, fault := range writeFaults {
		for at := range writes {
			t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
				t.Parallel()
				u := newTurn(t)
				proxy := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: u.cluster.Admin})
				raw, err := proxy.Raw()
				require.NoError(t, err)
				file := filepath.Join(t.TempDir(), "kubeconfig")
				require.NoError(t, clientcmd.WriteToFile(raw, file))
				u.own()
				u.make("Secret", dbSecret)
				for _, user := range []string{"api", "web"} {
					u.make("Deployment", strings.NewReplacer("web", user, "replicas: 1", "replicas: 0").Replace(dbUser))
				}
				before := u.everything()
				var seen atomic.Int64
				proxy.Fail(func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method == http.MethodGet || r.URL.Query().Get("dryRun") != "" || !strings.Contains(r.URL.Path, "/namespaces/"+u.namespace+"/") {
						return false
					}
					n := seen.Add(1) - 1
					if n != int64(at) && (n < int64(at) || !fault.lasting) {
						return false
					}
					fault.fail(w)
					return true
				})
				u.stdin = newCanary
				r := u.runWith(file, "rotate", "db", "-n", u.namespace, "--key", "password", "--from-stdin", "--yes", "--wait=false")
				proxy.Fail(nil)
				assert.Greater(t, seen.Load(), int64(at), "the fault was met")
				if !fault.lasting {
					assert.Equal(t, exitDone, r.code, "what passes is no failure: %s", r.err)
				} else {
					assert.Equal(t, exitFindings, r.code, r.err)
				}
				u.consistent(r)
				r = u.run("undo", "--yes", "--wait=false")
				if r.code != exitDone {
					assert.Contains(t, r.err, "no change of yours", "there was something to take back")
				}
				assert.Equal(t, before, u.everything())
			})
		}
	}
}

// everything are the Secret and its users.
func (u *turn) everything() []map[string]any {
	deployments := gvr("apps", "v1", "deployments")
	return []map[string]any{u.objectOf(gvr("", "v1", "secrets"), u.namespace, "db"), u.objectOf(deployments, u.namespace, "api"), u.objectOf(deployments, u.namespace, "web")}
}

// consistent checks that every user that was not restarted after the value changed is named.
func (u *turn) consistent(r ran) {
	u.t.Helper()
	value := string(u.secret(u.namespace, "db").Data["password"])
	require.Contains(u.t, []string{oldCanary, newCanary}, value)
	for _, user := range []string{"api", "web"} {
		d, err := u.api.AppsV1().Deployments(u.namespace).Get(u.t.Context(), user, metav1.GetOptions{})
		require.NoError(u.t, err)
		restarted := d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] != ""
		named := strings.Contains(r.err, "not consistent: Deployment "+user+" ")
		assert.Equal(u.t, value == newCanary && !restarted, named, "%s: %s", user, r.err)
		assert.False(u.t, restarted && value == oldCanary, "%s restarted for nothing", user)
	}
}
