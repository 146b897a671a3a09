// Package mend changes YAML documents as text: comments, order and formatting of what is not changed stay.
//
// Its one rule: what comes out holds exactly what the changes ask for. It is read again and compared, and a document
// that cannot be changed so is an error, never another document.
package mend

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
)

// Document makes the changes in a text of one YAML document.
func Document(text string, fields []plan.Field) (string, error) {
	want, err := read(text)
	if err != nil {
		return "", fmt.Errorf("read the document: %w", err)
	}
	for i := range fields {
		f := fields[i]
		if f.Value, err = plain(f.Value); err != nil {
			return "", fmt.Errorf("change %s: %w", f.Path, err)
		}
		if err := plan.Apply(want, []plan.Field{f}); err != nil {
			return "", err
		}
		if text, err = change(text, &f); err != nil {
			return "", fmt.Errorf("change %s: %w", f.Path, err)
		}
	}
	got, err := read(text)
	if err != nil {
		return "", fmt.Errorf("the changed document cannot be read: %w", err)
	}
	if !reflect.DeepEqual(tidy(want), tidy(got)) {
		return "", errors.New("the document is written in a way that cannot be changed in place")
	}
	return text, nil
}

// read decodes a document, with the types that JSON has.
func read(text string) (map[string]any, error) {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return nil, err
	}
	v, err := plain(v)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("it is no map")
	}
	return m, nil
}

// plain is a value with the types that JSON has.
func plain(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(raw, &out)
	return out, err
}

// tidy drops maps and lists that are empty, and nulls: taking the last field out of a map leaves none of them.
func tidy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e = tidy(e); e != nil {
				out[k] = e
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		var out []any
		for _, e := range v {
			out = append(out, tidy(e))
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

// Create is the text of a new document.
func Create(object map[string]any) (string, error) {
	return render(object, 0)
}

// render writes a value as block YAML, each line indented.
func render(v any, indent int) (string, error) {
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	e.CompactSeqIndent()
	if err := e.Encode(v); err != nil {
		return "", err
	}
	if err := e.Close(); err != nil {
		return "", err
	}
	if indent == 0 {
		return b.String(), nil
	}
	pad := strings.Repeat(" ", indent)
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		if strings.TrimSpace(line) != "" {
			out.WriteString(pad)
		}
		out.WriteString(line)
	}
	return out.String(), nil
}
