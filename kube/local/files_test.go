package local

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const function = `# ours
apiVersion: openfaas.com/v1
kind: Function
metadata: {name: charge, namespace: payments}
spec:
  name: charge
  image: registry.example.com/charge:1
  environment:
    DB_PASSWORD: correct-horse-9
---
apiVersion: v1
kind: Secret
metadata:
  name: charge-psp
  namespace: payments
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"data":{"key":"c2VzYW1l"}}'}
data: {key: c2VzYW1l}
`

var at = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// opened are the files of a folder, judged, and how the folder is read again.
func opened(t *testing.T, text string, own ...inspect.Extra) (*Files, string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "charge.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	f := New(Options{
		Name: dir, Phase: status.Files, Adapters: all.BuiltIn(), Kinds: security.Kinds(), Now: func() time.Time { return at },
		Columns: inspect.Extras{"functions": own, "secrets": own},
		Read:    func() ([]manifest.Document, []error) { return manifest.Paths([]string{dir}, nil) },
		Posture: func(string, string) *snapshot.Options { return &snapshot.Options{Now: at, Manifests: true} },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { f.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	f.Judged(ctx)
	return f, path
}

func target(kind, group, name string) inspect.Target {
	return inspect.Target{Ref: model.Ref{Group: group, Kind: kind, Namespace: "payments", Name: name}}
}

func names(b *board.Board) (all []string) {
	for _, r := range b.Rows() {
		all = append(all, r.Function.Name())
	}
	return all
}

func TestFilesAreAClusterThatIsJudged(t *testing.T) {
	t.Parallel()
	f, path := opened(t, function)
	require.Equal(t, []string{"charge"}, names(f.Board()))
	row := f.Board().Rows()[0]
	require.NotNil(t, row.Posture)
	assert.NotEmpty(t, row.Posture.Findings)
	asked := false
	require.NoError(t, f.Ask(t.Context(), row.ID.Context, func(r *snapshot.Reader) { asked = r.Function(row.ID.FunctionKey) != nil }))
	assert.True(t, asked)
	file, line, _ := f.Position(target("Function", "openfaas.com", "charge").Ref, "spec.environment.DB_PASSWORD")
	assert.Equal(t, path, file)
	assert.Equal(t, 9, line)
	assert.Empty(t, f.Errors())
}

func TestTextsOfFilesHoldNoCredentials(t *testing.T) {
	t.Parallel()
	f, path := opened(t, function)
	text, err := f.YAML(t.Context(), target("Function", "openfaas.com", "charge"))
	require.NoError(t, err)
	assert.Contains(t, text, "# "+path+":")
	assert.Contains(t, text, "metadata: {name: charge, namespace: payments}", "it is as it was written")
	assert.Contains(t, text, "DB_PASSWORD: <hidden-credential>")
	secret, err := f.YAML(t.Context(), target("Secret", "", "charge-psp"))
	require.NoError(t, err)
	assert.Contains(t, secret, "key: <hidden>")
	described, err := f.Describe(t.Context(), target("Secret", "", "charge-psp"))
	require.NoError(t, err)
	for _, s := range []string{text, secret, described} {
		assert.NotContains(t, s, "correct-horse")
		assert.NotContains(t, s, "c2VzYW1l")
	}
	_, err = f.YAML(t.Context(), target("Secret", "", "other"))
	assert.Error(t, err)
}

func TestFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	f, path := opened(t, function)
	other := []byte("apiVersion: openfaas.com/v1\nkind: Function\nmetadata: {name: refund, namespace: payments}\nspec: {name: refund, image: a/b:1}\n---\nkind: [\n")
	require.NoError(t, os.WriteFile(path, other, 0o600))
	f.Retry()
	require.Eventually(t, func() bool { n := names(f.Board()); return len(n) == 1 && n[0] == "refund" }, time.Minute, 5*time.Millisecond)
	require.Len(t, f.Errors(), 1)
	assert.Contains(t, f.Errors()[0].Message, "charge.yaml:6")
	f.SetScope([]string{"elsewhere"})
	require.Eventually(t, func() bool { return len(names(f.Board())) == 0 }, time.Minute, 5*time.Millisecond)
}

func TestKindsOfFilesAreFoundByTheirWords(t *testing.T) {
	t.Parallel()
	f, _ := opened(t, function)
	found := f.Served("", "functions")
	require.Len(t, found, 1)
	table, err := f.List(t.Context(), "", "secrets", nil)
	require.NoError(t, err)
	require.Len(t, table.Rows, 1)
	assert.Equal(t, "charge-psp", table.Rows[0].Target.Name)
	_, err = f.List(t.Context(), "", "nonsense", nil)
	assert.Error(t, err)
	_, err = f.Events(t.Context(), nil)
	assert.ErrorIs(t, err, ErrNoEvents)
	contexts, err := f.Contexts()
	require.NoError(t, err)
	assert.Len(t, contexts, 1)
	assert.Error(t, f.Open("another"))
}

func TestTablesOfDocumentsHaveTheOperatorsOwnColumns(t *testing.T) {
	t.Parallel()
	image, err := inspect.NewExtra("Image", ".spec.image")
	require.NoError(t, err)
	password, err := inspect.NewExtra("Env", ".spec.environment")
	require.NoError(t, err)
	f, _ := opened(t, function, image, password)
	table, err := f.List(t.Context(), "", "functions", nil)
	require.NoError(t, err)
	require.Len(t, table.Rows, 1)
	assert.Equal(t, "registry.example.com/charge:1", table.Rows[0].Cells[len(columns)])
	assert.Contains(t, table.Rows[0].Cells[len(columns)+1], "hidden")
	assert.NotContains(t, table.Rows[0].Cells[len(columns)+1], "correct-horse-9")

	table, err = f.List(t.Context(), "", "secrets", nil)
	require.NoError(t, err)
	assert.Equal(t, columns, table.Columns, "of Secrets there are none")
}
