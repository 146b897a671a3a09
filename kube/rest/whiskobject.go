package rest

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
)

// maxDetail bounds what is kept of one object; annotations can be large.
const maxDetail = 64 << 10

// whiskObject is what all objects of OpenWhisk have.
type whiskObject struct {
	Namespace string `json:"namespace"` // NS or NS/PKG
	Name      string `json:"name"`
	Version   string `json:"version"`
	Updated   int64  `json:"updated"` // milliseconds
	Status    string `json:"status"`  // of rules
	Exec      struct {
		Kind string `json:"kind"`
	} `json:"exec"`
	Parameters json.RawMessage `json:"parameters"`

	ref  model.Ref
	json []byte
}

// state changes whenever the object is updated.
func (o *whiskObject) state() string { return o.Version + "/" + strconv.FormatInt(o.Updated, 10) }

// partial reports whether the list told less of the object than a GET of it would.
func (o *whiskObject) partial() bool {
	switch o.ref.Kind {
	case "Action":
		return o.Exec.Kind == ""
	case "Rule":
		return o.Status == ""
	case "Trigger":
		return o.Parameters == nil
	}
	return false
}

// parseWhisk reads an entry of a list.
func parseWhisk(l *listing, plural string, raw json.RawMessage) (*whiskObject, bool) {
	o, ok := parseWhiskFull(raw)
	if !ok {
		return nil, false
	}
	kind := strings.ToUpper(plural[:1]) + strings.TrimSuffix(plural[1:], "s")
	namespace, pkg, packaged := strings.Cut(o.Namespace, "/")
	parts := []string{namespace, o.Name}
	if packaged {
		parts = []string{namespace, pkg, o.Name}
	}
	if !usable(parts...) {
		return nil, false
	}
	o.ref = l.ref(kind, parts...)
	return o, true
}

// parseWhiskFull reads an object and drops the values of its parameters, its code, and the value that callers of a
// web action must send.
func parseWhiskFull(raw json.RawMessage) (*whiskObject, bool) {
	var o whiskObject
	_ = json.Unmarshal(raw, &o) // a field of the wrong type leaves the others readable
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil, false
	}
	for name, value := range fields {
		switch name {
		case "parameters":
			fields[name] = withoutValues(value, true)
		case "annotations":
			fields[name] = withoutValues(value, false)
		case "exec":
			fields[name] = withoutCode(value)
		}
	}
	clean, err := json.Marshal(fields)
	if err != nil || len(clean) > maxDetail {
		return nil, false
	}
	o.json = clean
	return &o, true
}

// told are the parameters of feeds that say what an operator looks for, and hold no secret.
var told = map[string]bool{"cron": true, "topic": true, "timezone": true, "minutes": true}

// withoutValues replaces the values of a list of {key, value}: of parameters all but those of feeds, of annotations
// the one that is a secret. A list of another shape is dropped.
func withoutValues(list json.RawMessage, parameters bool) json.RawMessage {
	var entries []map[string]json.RawMessage
	if json.Unmarshal(list, &entries) != nil {
		return json.RawMessage("[]")
	}
	for _, e := range entries {
		var key string
		_ = json.Unmarshal(e["key"], &key) // without a key nothing is told
		switch {
		case parameters && !told[key]:
			lookedAt(e, key)
			delete(e, "value")
		case !parameters && strings.EqualFold(key, "require-whisk-auth"):
			e["value"] = hidden(e["value"])
		}
	}
	clean, err := json.Marshal(entries)
	if err != nil {
		return json.RawMessage("[]")
	}
	return clean
}

// lookedAt keeps what kind of credential a parameter's value looks like, in place of the value.
func lookedAt(e map[string]json.RawMessage, key string) {
	var value string
	delete(e, "credential") // not the server's to say
	delete(e, "plausible")
	if json.Unmarshal(e["value"], &value) != nil {
		return
	}
	if kind := detect.Literal(key, value, nil); kind != "" {
		if text, err := json.Marshal(kind); err == nil {
			e["credential"] = text
		}
	} else if detect.Plausible(key, value) {
		e["plausible"] = json.RawMessage("true")
	}
}

// hidden keeps the type of a value, because the type decides who may call, and true, false and null.
func hidden(v json.RawMessage) json.RawMessage {
	if len(v) == 0 {
		return v
	}
	switch v[0] {
	case 't', 'f', 'n':
		return v
	case '{', '[':
		return json.RawMessage("{}")
	}
	return json.RawMessage(`"(a secret)"`)
}

func withoutCode(exec json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(exec, &fields) != nil {
		return json.RawMessage("{}")
	}
	delete(fields, "code")
	clean, err := json.Marshal(fields)
	if err != nil {
		return json.RawMessage("{}")
	}
	return clean
}
