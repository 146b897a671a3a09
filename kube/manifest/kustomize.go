package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomization returns the file that makes a folder one for kustomize, empty when there is none.
func kustomization(folder string) string { return onDisk.kustomization(folder) }

func (m *medium) kustomization(folder string) string {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		file := filepath.Join(folder, name)
		if info, err := m.stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}

// building: kustomize writes warnings to the log of the process, which is kept quiet meanwhile.
var building sync.Mutex

// build returns what kustomize makes of a folder. It starts no plugin, reads no file outside of the folder but through
// other kustomizations, and nothing from the network.
func build(folder string) (out string, err error) { return onDisk.build(folder) }

// medium is what kustomizations lie in.
type medium struct {
	files filesys.FileSystem
	stat  func(string) (fs.FileInfo, error)
	open  func(string) (fs.File, error)
}

var onDisk = &medium{files: filesys.MakeFsOnDisk(), stat: os.Stat, open: func(name string) (fs.File, error) { return os.Open(name) }}

func (m *medium) build(folder string) (out string, err error) {
	if err := m.checkLocal(folder, map[string]bool{}); err != nil {
		return "", err
	}
	building.Lock()
	defer building.Unlock()
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("build: %v", r)
		}
	}()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(m.files, folder)
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	data, err := built.AsYaml()
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	return string(data), nil
}

var errRemote = errors.New("is not in these files: nothing is read from the network")

// checkLocal refuses kustomizations that name anything outside of the file system. Kustomize itself would fetch it.
func (m *medium) checkLocal(folder string, seen map[string]bool) error {
	at, err := filepath.Abs(folder)
	if err != nil || seen[at] {
		return err
	}
	seen[at] = true
	file := m.kustomization(folder)
	if file == "" {
		return nil
	}
	var doc yaml.Node
	data, err := m.read(file)
	if err != nil {
		return reason(err)
	}
	if len(data) > maxObject {
		return fmt.Errorf("%s has more than %d bytes", file, maxObject)
	}
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return eachWord(&doc, 0, func(word string) error {
		path := filepath.Join(folder, word)
		info, err := m.stat(path)
		switch {
		case remote(word):
			return fmt.Errorf("%s: %q %w", file, word, errRemote)
		case err != nil:
			return nil // no path, or one that kustomize will miss
		case info.IsDir():
			return m.checkLocal(path, seen)
		}
		return m.checkConfig(path)
	})
}

// eachWord visits the scalars of a document, and those of documents inside of scalars.
func eachWord(n *yaml.Node, depth int, visit func(string) error) error {
	if depth > maxDepth {
		return errNested
	}
	if n.Kind == yaml.ScalarNode && n.Value != "" {
		if !strings.Contains(n.Value, "\n") {
			return visit(n.Value)
		}
		if generates(n.Value) && remote(n.Value) {
			return fmt.Errorf("a generator or transformer names something that %w", errRemote)
		}
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && values[n.Content[i-1].Value] {
			continue
		}
		if err := eachWord(c, depth+1, visit); err != nil {
			return err
		}
	}
	return nil
}

// values are the fields of a kustomization that name no file.
var values = map[string]bool{
	"commonAnnotations": true, "commonLabels": true, "labels": true, "annotations": true, "images": true, "literals": true,
	"patch": true, "vars": true, "options": true, "metadata": true,
}

// checkConfig refuses the configuration of a generator or transformer in a file, when it names something remote.
func (m *medium) checkConfig(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml", ".json", "":
	default:
		return nil
	}
	data, err := m.read(path)
	if err != nil {
		return reason(err)
	}
	if src := string(data); generates(src) && remote(src) {
		return fmt.Errorf("%s names something that %w", path, errRemote)
	}
	return nil
}

// read returns as much of a file as is looked at, and a byte more.
func (m *medium) read(path string) ([]byte, error) {
	f, err := m.open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(f, maxObject+1))
}

// generates reports whether a text may be the configuration of a generator or transformer that is built in.
func generates(src string) bool {
	return strings.Contains(src, "builtin") || strings.Contains(src, "Generator") || strings.Contains(src, "Transformer")
}

// remote reports whether kustomize might fetch what a word names.
func remote(word string) bool {
	word = strings.ToLower(word)
	for _, mark := range []string{"http://", "https://", "ssh://", "file://", "git::", "github.com/", "github.com:", "git@", "?ref="} {
		if strings.Contains(word, mark) {
			return true
		}
	}
	user, _, found := strings.Cut(word, "@") // user@host:path
	return found && user != "" && strings.Contains(word, ":") && !strings.ContainsAny(user, " /.:") && !strings.Contains(word, "@sha256:")
}
