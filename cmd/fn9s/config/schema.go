package config

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Schema returns the JSON Schema of the configuration, for editors. It is written from the shapes that the file is
// checked with.
func Schema() ([]byte, error) {
	s := jsonSchema(root)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = "https://github.com/fn9s/fn9s/cmd/fn9s/config/schema.json"
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return nil, fmt.Errorf("write JSON Schema: %w", err)
	}
	return b.Bytes(), nil
}

func jsonSchema(s *shape) map[string]any {
	out := map[string]any{}
	if s.about != "" {
		out["description"] = s.about
	}
	switch s.kind {
	case textValue:
		out["type"] = "string"
		if len(s.words) > 0 {
			out["enum"] = s.words
		}
		if s.pattern != nil {
			out["pattern"] = s.pattern.String()
		}
	case duration:
		out["type"], out["pattern"] = "string", `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`
	case number:
		out["type"], out["minimum"] = "integer", s.low
		if s.high > 0 {
			out["maximum"] = s.high
		}
	case boolean:
		out["type"] = "boolean"
	case listOf:
		out["type"], out["items"] = []string{"array", "null"}, jsonSchema(s.of)
	case dict:
		out["type"], out["additionalProperties"] = []string{"object", "null"}, jsonSchema(s.of)
		if s.pattern != nil {
			out["propertyNames"] = map[string]any{"pattern": s.pattern.String()}
		}
	case either:
		var all []map[string]any
		for _, one := range s.any {
			all = append(all, jsonSchema(one))
		}
		out["anyOf"] = all
	case record:
		recordSchema(s, out)
	}
	return out
}

func recordSchema(s *shape, out map[string]any) {
	properties := map[string]any{}
	var must []string
	for _, k := range s.keys {
		properties[k.name] = jsonSchema(k.shape)
		if k.must {
			must = append(must, k.name)
		}
	}
	out["type"], out["properties"], out["additionalProperties"] = []string{"object", "null"}, properties, false
	if len(must) > 0 {
		out["type"], out["required"] = "object", must
	}
}
