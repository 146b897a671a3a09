package offlinetest

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/security/model"
)

// Objects reads the documents of YAML texts as a server would give them: as JSON.
func Objects(t testing.TB, texts ...string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, text := range texts {
		d := yaml.NewDecoder(strings.NewReader(text))
		for {
			var o any
			err := d.Decode(&o)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			if o == nil {
				continue
			}
			raw, err := json.Marshal(o)
			require.NoError(t, err)
			var m map[string]any
			require.NoError(t, json.Unmarshal(raw, &m))
			all = append(all, m)
		}
	}
	return all
}

// Word is the text at a path of an object; empty when there is none.
func Word(o map[string]any, path ...string) string {
	for _, p := range path[:len(path)-1] {
		o, _ = o[p].(map[string]any)
	}
	s, _ := o[path[len(path)-1]].(string)
	return s
}

// RefOf names an object.
func RefOf(o map[string]any) model.Ref {
	group, _, ok := strings.Cut(Word(o, "apiVersion"), "/")
	if !ok {
		group = ""
	}
	return model.Ref{Group: group, Kind: Word(o, "kind"), Namespace: Word(o, "metadata", "namespace"), Name: Word(o, "metadata", "name")}
}

// Dig returns what is at a path of keys and indexes, nil when there is nothing.
func Dig(o any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := o.(map[string]any)
			o = m[p]
		case int:
			l, _ := o.([]any)
			if p >= len(l) {
				return nil
			}
			o = l[p]
		}
	}
	return o
}
