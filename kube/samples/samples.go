// Package samples holds the hand-written custom resource definitions and the believable objects that the demo, the golden tests and the
// local test cluster are filled with. Rule: it imports nothing but the standard library, so that every module and every test may use it.
//
// # Layout
//
//	crds/FRAMEWORK/*.yaml   definitions: served versions, subresources and printer columns as upstream; fields that fn9s reads are typed, the rest is preserved
//	seed/FRAMEWORK/*.yaml   objects as a cluster holds them after the framework's controllers did their work; seed/common comes first
//	config/*.yaml           configuration of fn9s that goes with the seed
//	rest/{fn,openwhisk}/*.json   what the servers of Fn and OpenWhisk answer
//
// # Conventions of seed files
//
// Files are multi-document YAML and read as manifests as they are. On a real API server the seeder of cmd/devcluster treats them so:
//
//   - status of custom resources, bare Pods and Jobs is applied through the status subresource after creation. Status of kinds whose
//     controllers run in the test cluster (Deployment, StatefulSet, DaemonSet, ReplicaSet, CronJob, HorizontalPodAutoscaler,
//     PodDisruptionBudget, Namespace, ResourceQuota) is for readers of manifests and is not applied.
//   - ownerReferences carry no uid. The seeder creates the owner (same namespace or cluster-scoped, by kind and name) first and fills it in.
//   - The annotation seed.fn9s.io/manager names the field manager of the server-side apply, so that "changed by whom" is believable.
//     It is stripped; without it the manager is devcluster-seed.
//   - On Pods and pod templates the annotations seed.fn9s.io/usage-cpu and seed.fn9s.io/usage-memory (quantities) set the simulated usage,
//     and seed.fn9s.io/fail (CrashLoopBackOff, ImagePullBackOff or Pending) the failure that the pod shows.
//   - Secrets hold obvious dummy values.
package samples

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"
)

// Three variables: what a program does not use is not linked into it.

//go:embed seed config
var content embed.FS

//go:embed crds
var definitions embed.FS

//go:embed rest
var answers embed.FS

// File is one embedded file of YAML documents.
type File struct {
	Path      string // relative to this package, with forward slashes
	Framework string // the folder below crds or seed: a framework, common or plain
	Data      []byte
}

// CRDs returns the custom resource definitions, ordered by path.
func CRDs() []File { return files(definitions, "crds") }

// Seed returns the objects: the folder common first, then the other folders by name; inside a folder by file name.
func Seed() []File { return files(content, "seed") }

// REST returns the folder of JSON answers of the framework's own API: fn or openwhisk.
func REST(framework string) (fs.FS, error) {
	dir := path.Join("rest", framework)
	if info, err := fs.Stat(answers, dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("no REST samples for framework %q", framework)
	}
	return fs.Sub(answers, dir)
}

// Config returns a file of configuration that goes with the seed: `frameworks.yaml` holds the keys frameworks and plain.
func Config(name string) ([]byte, error) {
	data, err := content.ReadFile(path.Join("config", name))
	if err != nil {
		return nil, fmt.Errorf("read sample configuration: %w", err)
	}
	return data, nil
}

// Moment is shortly after the newest thing that the samples tell of: a clock that starts there makes their ages believable.
func Moment() time.Time { return time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC) }

// Answers returns the folder rest with all that it holds.
func Answers() fs.FS { return answers }

func files(in embed.FS, root string) []File {
	var found []File
	err := fs.WalkDir(in, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		data, err := in.ReadFile(name)
		if err != nil {
			return err
		}
		framework, _, _ := strings.Cut(strings.TrimPrefix(name, root+"/"), "/")
		found = append(found, File{Path: name, Framework: framework, Data: data})
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("embedded samples cannot be read: %v", err)) // only a broken build can do this
	}
	sort.SliceStable(found, func(i, j int) bool { return less(found[i], found[j]) })
	return found
}

func less(a, b File) bool {
	if (a.Framework == "common") != (b.Framework == "common") {
		return a.Framework == "common"
	}
	return a.Path < b.Path
}
