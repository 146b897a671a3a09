package offline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

// folder is a set of manifests whose weaknesses are known: one closed world.
type folder struct {
	name string
	// files are patterns below the folder of samples, or below this repository's seed when seed is set.
	files []string
	seed  bool
	// configured adds the functions that the sample configuration describes: those of systems without an adapter.
	configured bool
	// answers adds what the servers of Fn and OpenWhisk answer in the seed, as their connectors hand it over.
	answers  bool
	subjects []truth
}

// truth is what is known of one subject.
type truth struct {
	// of names it: `namespace/function`, `namespace NAME`, `platform NAMESPACE FRAMEWORK [RELEASE]` or `cluster`.
	of string
	// must lists findings: an id and the least severity, `SEC-01 high`, and words that the object, path, or message has.
	must []string
	// not lists ids of which nothing may fail.
	not []string
	// good subjects are as well secured as their framework allows: nothing above low, but for what the framework or
	// its version cannot do, and the ids in but, each with its reason.
	good bool
	but  map[string]string
}

// samplesRoot is where the samples are that are shared with other projects: beside this module.
const samplesRoot = "../../../shared/samples"

// expect judges a folder and compares.
func expect(t *testing.T, f folder) {
	t.Run(strings.ReplaceAll(f.name, "/", "_"), func(t *testing.T) {
		w := worldOf(t, f)
		for i := range f.subjects {
			x := &f.subjects[i]
			t.Run(x.of, func(t *testing.T) { x.check(t, judged(t, w, x.of)) })
		}
	})
}

// worldOf loads a folder, and skips the test where it is not there.
func worldOf(t *testing.T, f folder) *offlinetest.World {
	t.Helper()
	root := samplesRoot
	if f.seed {
		root = "../samples/seed"
	} else if _, err := os.Stat(root); err != nil {
		t.Skip("there are no shared samples (shared/samples) beside this repository")
	}
	var paths []string
	for _, pattern := range f.files {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		require.NoError(t, err)
		if len(found) == 0 {
			t.Skipf("there is no %s among the samples", pattern)
		}
		paths = append(paths, found...)
	}
	if f.answers {
		return offlinetest.Text(t, append(texts(t, paths), answers(t)...)...)
	}
	if !f.configured {
		return offlinetest.Files(t, paths...)
	}
	data, err := samples.Config("frameworks.yaml")
	require.NoError(t, err)
	return offlinetest.FilesFor(t, offlinetest.Configured(t, "frameworks.yaml", data), paths...)
}

// judged finds the subject by its name and judges it.
func judged(t *testing.T, w *offlinetest.World, of string) *security.Posture {
	t.Helper()
	if words := strings.Fields(of); words[0] == "cluster" {
		return w.Scope(check.Subject{Scope: check.ScopeCluster})
	} else if words[0] == "namespace" {
		return w.Scope(check.Subject{Scope: check.ScopeNamespace, Namespace: words[1]})
	} else if words[0] == "platform" {
		for _, f := range w.World.Functions("") {
			s, ok := check.Platform(f)
			if ok && s.Namespace == words[1] && s.Framework == words[2] && (len(words) == 3 || s.Release == words[3]) {
				return w.Scope(s)
			}
		}
		require.Fail(t, "no function belongs to "+of)
	}
	namespace, name, _ := strings.Cut(of, "/")
	return w.Judge(namespace, name)
}

func (x *truth) check(t *testing.T, p *security.Posture) {
	t.Helper()
	if !assert.Empty(t, x.missing(t, p), "not found") {
		t.Log("found:\n" + listed(p, func(f *check.Finding) bool { return f.Status == check.Fail }))
	}
	unwanted := func(f *check.Finding) bool { return f.Status == check.Fail && slices.Contains(x.not, f.Control.ID) }
	assert.Empty(t, listed(p, unwanted), "found, and not there")
	if x.good {
		assert.Empty(t, listed(p, x.noise), "above low on a function that is as good as it can be")
	}
	assert.Empty(t, twice(p), "the same place twice")
}

// noise reports whether a finding has no place on a good function.
func (x *truth) noise(f *check.Finding) bool {
	_, known := x.but[f.Control.ID]
	return f.Status == check.Fail && f.Severity > check.Low && f.Limit == check.NoLimit && !known && (!f.Control.Rollup || f.Counts)
}

// missing lists what was not found.
func (x *truth) missing(t *testing.T, p *security.Posture) (missing []string) {
	t.Helper()
	for _, want := range x.must {
		id, rest, _ := strings.Cut(want, " ")
		word, text, _ := strings.Cut(rest, " ")
		least, err := check.ParseSeverity(word)
		require.NoError(t, err, want)
		_, exists := security.Control(id)
		require.True(t, exists, "there is no control %s", id)
		found := slices.ContainsFunc(p.Findings, func(f check.Finding) bool {
			return f.Control.ID == id && f.Status == check.Fail && f.Severity >= least && strings.Contains(line(&f), text)
		})
		if !found {
			missing = append(missing, want)
		}
	}
	return missing
}

// twice lists the failures of one control that say the same of one place.
func twice(p *security.Posture) (out []string) {
	seen := map[string]bool{}
	for i := range p.Findings {
		f := &p.Findings[i]
		key := fmt.Sprint(f.Control.ID, f.Status, f.Object(), f.Path, f.Message)
		if seen[key] {
			out = append(out, line(f))
		}
		seen[key] = true
	}
	return out
}

func line(f *check.Finding) string {
	s := fmt.Sprintf("%s %s %s %s: %s", f.Control.ID, f.Severity, f.Object(), f.Path, f.Message)
	if f.Limit != check.NoLimit {
		s += " (limit: " + f.Limit.String() + ")"
	}
	return s
}

func listed(p *security.Posture, which func(*check.Finding) bool) string {
	var out []string
	for i := range p.Findings {
		if f := &p.Findings[i]; which(f) {
			out = append(out, line(f))
		}
	}
	return strings.Join(out, "\n")
}
