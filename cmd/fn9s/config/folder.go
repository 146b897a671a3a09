package config

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/frameworks/generic"
)

// maxFrameworkFiles bounds the folder of frameworks.
const maxFrameworkFiles = 64

// addFolder reads the frameworks of a folder, which need not exist, after those of the file.
func (c *Config) addFolder(folder string) {
	listing, err := os.ReadDir(folder)
	if err != nil {
		if !os.IsNotExist(err) {
			c.Problems = append(c.Problems, Problem{File: folder, Off: true, Message: err.Error()})
		}
		return
	}
	var files []string
	for _, e := range listing {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	slices.Sort(files)
	if len(files) > maxFrameworkFiles {
		c.Problems = append(c.Problems, Problem{File: folder, Off: true, Message: "too many files: only the first 64 are read"})
		files = files[:maxFrameworkFiles]
	}
	entries := c.Frameworks.Generic
	for _, file := range files {
		more, problems := Frameworks(file)
		entries = append(entries, more...)
		c.Problems = append(c.Problems, problems...)
	}
	unique, problems := generic.Unique(entries)
	c.Frameworks.Generic = unique
	c.Problems = append(c.Problems, ofGeneric(problems)...)
}

// Frameworks reads a file of custom frameworks.
func Frameworks(file string) ([]generic.Entry, []Problem) {
	data, err := readFile(file)
	if err != nil {
		return nil, []Problem{{File: file, Off: true, Message: err.Error()}}
	}
	return ParseFrameworks(file, data)
}

// ParseFrameworks is Frameworks for text that was read already.
func ParseFrameworks(file string, data []byte) ([]generic.Entry, []Problem) {
	var n yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&n); err != nil && len(bytes.TrimSpace(data)) > 0 {
		return nil, []Problem{{File: file, Off: true, Message: "this is no YAML: " + err.Error()}}
	}
	part := &n
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 && value(n.Content[0], "function") == nil {
		// A whole configuration is as good.
		if all := value(n.Content[0], "frameworks"); all != nil {
			part = all
		}
	}
	entries, problems := generic.Parse(file, part)
	return entries, ofGeneric(problems)
}
