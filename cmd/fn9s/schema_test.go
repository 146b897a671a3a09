package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/security/report"
)

var update = flag.Bool("update", false, "write generated files anew")

// documents are the public documents, by their kinds.
var documents = map[string]any{
	"FunctionList": functionList{}, "UsageList": usageList{}, "Function": functionDocument{}, "Version": versionDocument{}, "Answer": answerDocument{},
	"ScanReport": report.Report{}, "ControlList": controlListDocument{},
	"Plan": change.PlanDocument{}, "ChangeResult": change.ResultDocument{}, "Journal": journalDocument{},
}

// schemaOf describes a type as its values are printed. Fields may be added and enumerations grow, so nothing forbids
// what it does not know.
func schemaOf(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Interface:
		return map[string]any{}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	}
	properties, required := map[string]any{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		s := schemaOf(f.Type)
		if option != "omitempty" {
			required = append(required, name)
			if f.Type.Kind() == reflect.Pointer {
				s["type"] = []any{s["type"], "null"}
			}
		}
		properties[name] = s
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func schemaFile(kind string) string { return filepath.Join("schemas", kind+".json") }

func TestSchemasAreCurrent(t *testing.T) {
	t.Parallel()
	for kind, document := range documents {
		s := schemaOf(reflect.TypeOf(document))
		s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
		s["$id"] = "https://github.com/fn9s/fn9s/cmd/fn9s/schemas/" + kind + ".json"
		s["title"] = kind + " of fn9s/v1"
		properties, _ := s["properties"].(map[string]any)
		properties["apiVersion"] = map[string]any{"const": apiVersion}
		properties["kind"] = map[string]any{"const": kind}
		want, err := json.MarshalIndent(s, "", "  ")
		require.NoError(t, err)
		if *update {
			require.NoError(t, os.WriteFile(schemaFile(kind), append(want, '\n'), 0o644)) // a file of the repository
		}
		got, err := os.ReadFile(schemaFile(kind))
		require.NoError(t, err)
		assert.Equal(t, string(want)+"\n", string(got), "run go test ./cmd/fn9s -run TestSchemasAreCurrent -update")
	}
}

// validate compares a printed document with the schema of its kind.
func validate(t *testing.T, kind string, document []byte) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(schemaFile(kind))
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(v))
}
