package framework_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// row is one set of manifests and what a control says of one subject in it. A fail is `fail` with its severities in
// the order of the findings, like `fail high medium`.
type row struct {
	name    string
	yaml    string
	subject check.Subject // of ScopeFunction: Namespace, and the shown name in Release
	want    string
	says    string // part of the first message
	options func(*snapshot.Options)
}

func function(namespace, name string) check.Subject {
	return check.Subject{Scope: check.ScopeFunction, Namespace: namespace, Release: name}
}

func platform(framework, namespace, release string) check.Subject {
	return check.Subject{Scope: check.ScopePlatform, Framework: framework, Namespace: namespace, Release: release}
}

func judge(t *testing.T, id string, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			o := offlinetest.Options()
			if r.options != nil {
				r.options(o)
			}
			w := offlinetest.With(t, o, r.yaml)
			p := w.Scope(r.subject)
			if r.subject.Scope == check.ScopeFunction {
				p = w.Judge(r.subject.Namespace, r.subject.Release)
			}
			got := []string{offlinetest.Verdict(t, p, id)}
			found := offlinetest.Of(p, id)
			for _, f := range found {
				if f.Status == check.Fail {
					got = append(got, f.Base.String())
					assert.NotEmpty(t, f.Path, "%s: %s", id, f.Message)
				}
			}
			require.Equal(t, r.want, strings.Join(got, " "), "%v", found)
			if r.says != "" {
				require.NotEmpty(t, found)
				assert.Contains(t, found[0].Message, r.says)
			}
		})
	}
}

// join puts manifests into one file.
func join(documents ...string) string { return strings.Join(documents, "\n---\n") }
