package auditlog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/rbac"
)

var charge = rbac.Account{Namespace: "payments", Name: "charge"}

// line is an event of the account, with other words put in.
func line(words ...string) string {
	text := `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/payments/secrets/a",` +
		`"verb":"get","user":{"username":"system:serviceaccount:payments:charge"},"objectRef":{"resource":"secrets","namespace":"payments","name":"a","apiVersion":"v1"},` +
		`"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-03-01T10:00:00.000000Z","stageTimestamp":"2026-03-01T10:00:01.000000Z"}`
	return strings.NewReplacer(words...).Replace(text)
}

func read(t *testing.T, lines ...string) *Log {
	t.Helper()
	l, err := Read(t.Context(), strings.NewReader(strings.Join(lines, "\n")))
	require.NoError(t, err)
	return l
}

// said is what an account did, in words.
func said(l *Log, a rbac.Account) []string {
	var all []string
	uses, _ := l.Of(a)
	for _, u := range uses {
		all = append(all, u.String()+" "+strings.Join(u.Names, ","))
	}
	return all
}

func TestWhatALogTells(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  []string
	}{
		"names of one kind of request": {
			[]string{line(), line(`"name":"a"`, `"name":"b"`), line()}, []string{"get secrets in payments a,b"}},
		"the name of what is created is not told to the authorizer": {
			[]string{line(`"verb":"get"`, `"verb":"create"`, `"code":200`, `"code":201`)}, []string{"create secrets in payments "}},
		"a subresource is created by the name of its object": {
			[]string{line(`"verb":"get"`, `"verb":"create"`, `"resource":"secrets"`, `"resource":"pods","subresource":"exec"`)}, []string{"create pods/exec in payments a"}},
		"what an apply made is created by its name": {
			[]string{line(`"verb":"get"`, `"verb":"patch"`, `"code":200`, `"code":201`)}, []string{"create secrets in payments a", "patch secrets in payments a"}},
		"what RBAC refused was no right": {
			[]string{line(`"code":200`, `"code":403`)}, nil},
		"what admission refused was one": {
			[]string{line(`"responseStatus":{"code":200}`, `"responseStatus":{"code":403},"annotations":{"authorization.k8s.io/decision":"allow"}`)},
			[]string{"get secrets in payments a"}},
		"a decision counts more than a code": {
			[]string{line(`"code":200}`, `"code":200},"annotations":{"authorization.k8s.io/decision":"forbid"}`)}, nil},
		"a request that was only received has no outcome": {
			[]string{line(`ResponseComplete`, `RequestReceived`)}, nil},
		"what began to be answered has": {
			[]string{line(`ResponseComplete`, `ResponseStarted`, `"verb":"get"`, `"verb":"watch"`, `"name":"a",`, ``)}, []string{"watch secrets in payments "}},
		"others do not count": {
			[]string{line(`payments:charge"}`, `payments:other"}`), line(`system:serviceaccount:payments:charge`, `alice`)}, nil},
		"who is impersonated made the request": {
			[]string{line(`"user":{"username":"system:serviceaccount:payments:charge"}`, `"user":{"username":"alice"},"impersonatedUser":{"username":"system:serviceaccount:payments:charge"}`)},
			[]string{"get secrets in payments a"}},
		"who impersonates uses that right": {
			[]string{line(`payments:charge"}`, `payments:charge"},"impersonatedUser":{"username":"system:serviceaccount:payments:other"}`)},
			[]string{"impersonate serviceaccounts in payments other"}},
		"a path that is no resource": {
			[]string{line(`"objectRef":{"resource":"secrets","namespace":"payments","name":"a","apiVersion":"v1"},`, ``, `/api/v1/namespaces/payments/secrets/a`, `/metrics?x=1`)},
			[]string{"get /metrics "}},
		"a list of events": {
			[]string{`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[` + line() + `]}`}, []string{"get secrets in payments a"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, said(read(t, c.lines...), charge)) })
	}
}

// Words that mean more in a role than they do in a request never get into one.
func TestNoWordOfALogWidensARole(t *testing.T) {
	for _, words := range [][]string{
		{`"verb":"get"`, `"verb":"*"`}, {`"resource":"secrets"`, `"resource":"*"`}, {`"apiVersion":"v1"}`, `"apiGroup":"*"}`},
		{`"name":"a"`, `"name":"*"`}, {`"name":"a"`, `"name":"a/b"`}, {`"name":"a"`, `"name":"a\u001b[31m"`},
		{`"namespace":"payments","name"`, `"namespace":"a b","name"`}, {`"resource":"secrets"`, `"resource":"secrets/status"`},
	} {
		assert.Empty(t, said(read(t, line(words...)), charge), words[1])
	}
	assert.Empty(t, said(read(t, line(`"objectRef":{"resource":"secrets","namespace":"payments","name":"a","apiVersion":"v1"},`, ``, `/api/v1/namespaces/payments/secrets/a`, `/*`)), charge))
}

func TestTheSpanOfALog(t *testing.T) {
	l := read(t, line(), line(`10:00:01`, `12:30:00`, `payments:charge`, `payments:other`), "", "half an ev")
	assert.Equal(t, time.Date(2026, 3, 1, 10, 0, 1, 0, time.UTC), l.From)
	assert.Equal(t, time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC), l.To)
	assert.Equal(t, 2, l.Events)
	assert.Equal(t, 1, l.Broken)
	_, requests := l.Of(charge)
	assert.Equal(t, 1, requests)
}

func TestNamesAreBounded(t *testing.T) {
	var lines []string
	for i := range maxNames * 3 {
		lines = append(lines, line(`"name":"a"`, fmt.Sprintf(`"name":"a%d"`, i)))
	}
	uses, requests := read(t, lines...).Of(charge)
	require.Len(t, uses, 1)
	assert.True(t, uses[0].Many)
	assert.LessOrEqual(t, len(uses[0].Names), maxNames+1)
	assert.Equal(t, maxNames*3, requests)
}

func TestALineWithoutAnEndIsNotKept(t *testing.T) {
	l := read(t, line(), `{"kind":"Event","x":"`+strings.Repeat("a", maxLine+1)+`"}`, line())
	assert.Equal(t, 1, l.Broken)
	assert.Equal(t, 2, l.Events)
}

func TestALogWithoutEventsIsNone(t *testing.T) {
	for _, text := range []string{"", "\n\n", "apiVersion: v1\n", `{"kind":"Event","apiVersion":"v1"}`, line(`audit.k8s.io/v1`, `audit.k8s.io/v1beta1`)} {
		_, err := Read(t.Context(), strings.NewReader(text))
		assert.ErrorContains(t, err, "audit.k8s.io/v1", text)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(line())
	f.Add(line(`"verb":"get"`, `"verb":"patch"`, `200`, `201`) + "\n" + line(`payments:charge"}`, `payments:charge"},"impersonatedUser":{"username":"bob"}`))
	f.Add(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[` + line() + `,{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Read(t.Context(), strings.NewReader(text))
		if err != nil {
			return
		}
		if l.From.After(l.To) || l.Events < 1 {
			t.Fatalf("%d events from %s to %s", l.Events, l.From, l.To)
		}
		for a := range l.accounts {
			uses, requests := l.Of(a)
			if requests < 1 || len(uses) == 0 {
				t.Fatalf("%s did nothing", a)
			}
			for _, u := range uses {
				if strings.ContainsAny(u.Verb+u.Group+u.Resource+u.Subresource+u.Namespace+u.Path, "*\x1b\n ") || len(u.Names) == 0 || len(u.Names) > maxNames+1 {
					t.Fatalf("%q %q", u.Attributes, u.Names)
				}
				for _, n := range u.Names {
					if n == "*" || !plainText(n) {
						t.Fatalf("name %q", n)
					}
				}
			}
		}
	})
}
