package main

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFunctionsOutsideAreCalledWithTheLoginOfTheirFramework calls functions that live behind the API of their framework:
// with the key of the connector the call is let in, without it the server says no. No output holds the key.
func TestFunctionsOutsideAreCalledWithTheLoginOfTheirFramework(t *testing.T) {
	for _, c := range []struct{ framework, namespace, function, via, asked, answered string }{
		{"openwhisk", "openwhisk", "guest/report", "url", "/api/v1/namespaces/guest/actions/report?blocking=true&result=true", "answered by report"},
		{"fn", "fn", "shop/refund", "port-forward", "", "answered by refund"}, // through the Service of Fn's load balancer
	} {
		t.Run(c.framework, func(t *testing.T) {
			o := newOutside(t, c.framework)
			var mu sync.Mutex
			var asked, logins []string
			o.fails(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost {
					mu.Lock()
					defer mu.Unlock()
					asked, logins = append(asked, r.URL.RequestURI()), append(logins, r.Header.Get("Authorization"))
				}
				return false
			})
			call := []string{"invoke", c.function, "-n", c.namespace, "-d", `{"order": 7}`, "--via", c.via, "-o", "json"}
			r := o.run(append(call, "--auth", "framework")...)
			require.Equal(t, exitDone, r.code, "%s\n%s", r.out, r.err)
			validate(t, "Answer", []byte(r.out))
			var d answerDocument
			require.NoError(t, json.Unmarshal([]byte(r.out), &d))
			assert.Equal(t, http.StatusOK, d.Status)
			assert.Contains(t, d.Body, c.answered)
			login, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.api, nil)
			require.NoError(t, err)
			o.auth(login)
			assert.NotContains(t, r.out+r.err, login.Header.Get("Authorization"))
			if c.asked != "" {
				require.Len(t, asked, 1)
				assert.Contains(t, asked[0], c.asked)
				assert.Equal(t, login.Header.Get("Authorization"), logins[0])
			}

			r = o.run(call...)
			assert.Equal(t, exitFindings, r.code, "%s\n%s", r.out, r.err)
			require.NoError(t, json.Unmarshal([]byte(r.out), &d))
			assert.Equal(t, http.StatusUnauthorized, d.Status)
			if c.asked != "" {
				assert.Empty(t, logins[1])
			}
		})
	}
}

// TestASecretOfAConnectorGoesToItsServerOnly: the address of an Fn function is what its server announces.
func TestASecretOfAConnectorGoesToItsServerOnly(t *testing.T) {
	o := newOutside(t, "fn")
	r := o.run("invoke", "shop/refund", "-n", "fn", "--auth", "framework", "--via", "url")
	require.Equal(t, exitFindings, r.code, "%s\n%s", r.out, r.err)
	assert.Contains(t, r.err, "fn.example.com is not the server of the connector")
}
