package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	root   = "../../.."
	module = "github.com/fn9s/fn9s/"
)

// rule forbids imports to the packages below a folder. Only lists what of this module may be imported; Never lists
// prefixes of any import path.
type rule struct {
	folder string
	only   []string
	never  []string
}

var rules = []rule{
	{folder: "themes", only: []string{"themes"}, never: []string{"k8s.io/"}},
	{folder: "ui", only: []string{"ui", "themes"}, never: []string{"k8s.io/", "sigs.k8s.io/"}},
	{folder: "security", only: []string{"security"},
		never: []string{"charm.land/", "github.com/charmbracelet/", "k8s.io/client-go", "k8s.io/cli-runtime"}},
	{folder: "kube", only: []string{"kube", "security"}, never: []string{"charm.land/", "github.com/charmbracelet/"}},
	{folder: "views", only: []string{"views", "ui", "kube", "security", "themes"}},
	{folder: "kube/plan", only: []string{"kube/plan", "security/check", "security/model"}},
	{folder: "security/model", only: []string{"security/model"}},
	{folder: "views/screen", only: []string{"views/screen", "ui", "kube", "security", "themes", "views/query"}},
}

// imports lists, for every folder with Go files, what the files that are no tests import.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() && (name == "cmd/devcluster" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := filepath.ToSlash(filepath.Dir(name))
		for _, i := range file.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			found[folder] = append(found[folder], p)
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found["kube/store"], "the walk found no code")
	return found
}

func below(folder, of string) bool { return folder == of || strings.HasPrefix(folder, of+"/") }

func TestDependenciesPointOneWay(t *testing.T) {
	for folder, list := range imports(t) {
		for _, r := range rules {
			if !below(folder, r.folder) || forTests(folder) {
				continue
			}
			for _, p := range list {
				if own, ok := strings.CutPrefix(p, module); ok {
					allowed := slices.ContainsFunc(r.only, func(o string) bool { return below(own, o) })
					assert.True(t, allowed, "%s must not import %s (rule of %s)", folder, own, r.folder)
				}
				for _, n := range r.never {
					assert.False(t, strings.HasPrefix(p, n), "%s must not import %s (rule of %s)", folder, p, r.folder)
				}
			}
		}
	}
}

// forTests reports whether a folder holds support for tests, which may put things together as cmd does.
func forTests(folder string) bool {
	return strings.HasSuffix(folder, "test") && (below(folder, "kube") || below(folder, "views"))
}

// An adapter knows the contract, the neutral words and nothing else of the program.
func TestAdaptersKnowOnlyTheirContract(t *testing.T) {
	allowed := []string{"kube/frameworks", "kube/plan", "security/model", "security/check"} // the last for the names of intents
	for folder, list := range imports(t) {
		name, ok := strings.CutPrefix(folder, "kube/frameworks/")
		if !ok || name == "all" || forTests(folder) {
			continue
		}
		for _, p := range list {
			own, ok := strings.CutPrefix(p, module)
			// The plain adapter is the generic one, for objects that are their own workload.
			if !ok || below(own, folder) || name == "plain" && own == "kube/frameworks/generic" {
				continue
			}
			assert.Contains(t, allowed, own, "%s must not import it", folder)
		}
	}
}

// A screen is opened by its place: no screen imports another one, and nothing imports the root.
func TestScreensDoNotKnowEachOther(t *testing.T) {
	for folder, list := range imports(t) {
		for _, p := range list {
			assert.False(t, p == module+"views" && below(folder, "views"), "%s must not import the root model", folder)
		}
	}
}

// Only the board evaluates.
func TestOnlyTheBoardEvaluates(t *testing.T) {
	for folder, list := range imports(t) {
		if !below(folder, "kube") || below(folder, "kube/board") || forTests(folder) {
			continue
		}
		assert.NotContains(t, list, module+"security", "%s must not evaluate posture", folder)
	}
}

// What drives a browser is for tests, and not a part of any program.
func TestNoProgramDrivesABrowser(t *testing.T) {
	for folder, list := range imports(t) {
		for _, p := range list {
			assert.False(t, strings.HasPrefix(p, "github.com/chromedp/"), "%s must not import %s", folder, p)
		}
	}
}

func TestTheTopFoldersAreFixed(t *testing.T) {
	want := []string{"cmd", "ui", "views", "kube", "security", "themes", "screenshots"}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "bin" && e.Name() != "dist" {
			assert.Contains(t, want, e.Name())
		}
	}
}

// A replace would break `go install github.com/fn9s/fn9s/cmd/fn9s@latest`.
func TestTheModuleReplacesNothing(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		assert.False(t, strings.HasPrefix(strings.TrimSpace(line), "replace"), line)
	}
}
