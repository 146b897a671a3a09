package access_test

import (
	"context"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/access"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// server answers as an API server would.
type server struct {
	says  screen.Operator
	err   error
	asked []rbac.Attributes
}

func (s *server) Resource(_, word string) permissions.Resource { return permissions.Meaning(nil, word) }
func (s *server) MayI(_ context.Context, _ string, q rbac.Attributes) (screen.Operator, error) {
	s.asked = append(s.asked, q)
	return s.says, s.err
}

func ask(t *testing.T, s *server, q screen.Question) string {
	t.Helper()
	deps := viewtest.Seed(t, nil).Deps()
	deps.Rights = s
	env := &screen.Env{Deps: deps, Theme: themes.Default(), Now: func() time.Time { return viewtest.Now }}
	q.Context = viewtest.Context
	scr := access.Ask(env, q)
	t.Cleanup(scr.Close)
	scr.SetSize(200, 60)
	for cmd := scr.Show(); cmd != nil; {
		var msg tea.Msg = cmd()
		cmd = scr.Update(msg)
	}
	return scr.Plain()
}

func TestTheServerDecidesWhatTheOperatorMay(t *testing.T) {
	t.Parallel()
	delete := screen.Question{Self: true, Verb: "delete", Resource: "functions.openfaas.com", Namespace: "payments"}
	s := &server{says: screen.Operator{Name: "dana@shop.example.com", Groups: []string{rbac.Authenticated}, Decided: true, Allowed: true}}
	got := ask(t, s, delete)
	assert.Contains(t, got, "✓ yes  says the API server")
	assert.Contains(t, got, "by RoleBinding payments/dana-function-developer → ClusterRole function-developer")
	assert.Equal(t, []rbac.Attributes{{Verb: "delete", Group: "openfaas.com", Resource: "functions", Namespace: "payments"}}, s.asked)

	s.says.Name = "somebody@shop.example.com"
	assert.Contains(t, ask(t, s, delete), "by no binding that could be read", "a webhook may allow it")

	s.says.Allowed, s.says.Reason = false, "no rule"
	got = ask(t, s, delete)
	assert.Contains(t, got, "✗ no  says the API server: no rule")
	assert.NotContains(t, got, "by RoleBinding")

	s.says = screen.Operator{Name: "dana@shop.example.com"}
	assert.Contains(t, ask(t, s, delete), "the API server was not asked")

	s.err = context.DeadlineExceeded
	assert.Contains(t, ask(t, s, delete), "deadline exceeded")
}

func TestEverythingThatTheOperatorMay(t *testing.T) {
	t.Parallel()
	s := &server{says: screen.Operator{Name: "dana@shop.example.com"}}
	got := ask(t, s, screen.Question{Self: true, Namespace: "payments"})
	assert.Contains(t, got, "What dana@shop.example.com can do")
	assert.Contains(t, got, "by RoleBinding payments/dana-function-developer → ClusterRole function-developer")
}
