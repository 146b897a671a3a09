package manifest

import (
	"errors"
	"fmt"
	"io"
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
func kustomization(folder string) string {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}

// building: kustomize writes warnings to the log of the process, which is kept quiet meanwhile.
var building sync.Mutex

// build returns what kustomize makes of a folder. It starts no plugin, reads no file outside of the folder but through
// other kustomizations, and nothing from the network.
func build(folder string) (out string, err error) {
	if err := checkLocal(folder, map[string]bool{}); err != nil {
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
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
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
func checkLocal(folder string, seen map[string]bool) error {
	at, err := filepath.Abs(folder)
	if err != nil || seen[at] {
		return err
	}
	seen[at] = true
	file := kustomization(folder)
	if file == "" {
		return nil
	}
	var doc yaml.Node
	data, err := os.ReadFile(file)
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
		info, err := os.Stat(path)
		switch {
		case remote(word):
			return fmt.Errorf("%s: %q %w", file, word, errRemote)
		case err != nil:
			return nil // no path, or one that kustomize will miss
		case info.IsDir():
			return checkLocal(path, seen)
		}
		return checkConfig(path)
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
func checkConfig(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml", ".json", "":
	default:
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxObject))
	if err != nil {
		return reason(err)
	}
	if src := string(data); generates(src) && remote(src) {
		return fmt.Errorf("%s names something that %w", path, errRemote)
	}
	return nil
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
