package mend

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/security/detect"
)

// hidden stands for what may be secret.
const hidden = "•••"

// Hide takes out of a text what the documents of a file hold that is or looks secret: a diff of a file shows the lines
// beside those that change too. A file that cannot be read hides everything.
func Hide(text, file string) string {
	var secret []string
	d := yaml.NewDecoder(strings.NewReader(file))
	for {
		var o any
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return hidden + "\n"
		}
		m, _ := o.(map[string]any)
		collect("", o, m["kind"] == "Secret", &secret)
	}
	for _, s := range secret {
		for line := range strings.Lines(s) {
			if line = strings.TrimSpace(line); len(line) > 3 {
				text = strings.ReplaceAll(text, line, hidden)
			}
		}
	}
	return text
}

// collect finds the values below a name; in the data of Secrets all are secret.
func collect(name string, v any, inSecret bool, found *[]string) {
	switch v := v.(type) {
	case map[string]any:
		called, _ := v["name"].(string)
		for k, e := range v {
			if k == "value" && called != "" {
				collect(called, e, inSecret, found)
				continue
			}
			collect(k, e, inSecret && name == "" && (k == "data" || k == "stringData") || inSecret && name != "" && name != "metadata", found)
		}
	case []any:
		for _, e := range v {
			collect(name, e, inSecret && name != "", found)
		}
	case string:
		if inSecret && name != "kind" && name != "apiVersion" && name != "type" || detect.Value(name, v, nil) != "" {
			*found = append(*found, v)
		}
	}
}
