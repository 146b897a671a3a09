package framework

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// The groups of the records of what only a framework's own API tells, and the kind of the record by which a connector
// tells about itself.
const (
	whiskGroup    = "openwhisk.apache.org"
	fnGroup       = "fnproject.io"
	connectorWord = "Connector"
)

const (
	onlyAPI     = "what only the platform's own API tells is no part of manifests"
	noRecord    = "no connector has told of this function: the platform's row says so once"
	maxLiterals = 512
)

// connector is what is judged of a connector's record.
type connector struct {
	Name, Phase, Reason, Incomplete string
	Reached                         bool
}

func connectorKind(group string) snapshot.Kind {
	return snapshot.Kind{
		GroupKind: schema.GroupKind{Group: group, Kind: connectorWord}, Reader: reader, Decode: snapshot.JSON[connector](),
	}
}

// connected reports whether a connector has read the platform's API in full; if not, the control is told once why
// functions could not be judged.
func connected(e *check.Eval, group string) {
	all := e.List(schema.GroupKind{Group: group, Kind: connectorWord}, e.Subject.Namespace)
	if len(all) == 0 && e.Options().Manifests {
		e.NA(onlyAPI)
		return
	}
	if len(all) == 0 {
		e.Unknown(snapshot.Missing{Reason: "no connector is configured for the platform's own API, and nothing else shows its functions' settings"})
	}
	for _, o := range all {
		c, ok := snapshot.FactsOf[*connector](o, reader)
		switch {
		case !ok:
			e.Unknown(snapshot.Missing{Reason: "connector " + o.Head().Name + " cannot be read"})
		case !c.Reached:
			e.Unknown(snapshot.Missing{Reason: "connector " + c.Name + " has not read the platform's API yet: " + orElse(c.Reason, c.Phase)})
		case c.Incomplete != "":
			e.Unknown(snapshot.Missing{Reason: "connector " + c.Name + " could not read everything: " + c.Incomplete})
		}
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// records are those of one kind in a namespace, by their names without the connector's.
type records map[string][]model.Ref

var recordsOf = snapshot.NewQuery("records of connectors", func(r *snapshot.Reader, at listed) records {
	all := records{}
	for _, o := range r.List(at.GroupKind, at.namespace) {
		h := o.Head()
		if _, name, ok := strings.Cut(h.Name, "/"); ok {
			all[name] = append(all[name], h.Ref)
		}
	}
	return all
}, nil)

// listed is a kind in a namespace.
type listed struct {
	schema.GroupKind
	namespace string
}

// recordOf returns the first record of the judged function with what this family kept of it. Without one the control
// was told why.
func recordOf[T any](e *check.Eval, kind schema.GroupKind) (ref model.Ref, facts T, ok bool) {
	refs := recordsOf.Get(e.Reader, listed{kind, e.F.Key.Namespace})[strings.TrimPrefix(e.F.Key.Name, "/")]
	if len(refs) == 0 {
		e.NA(noRecord)
		return ref, facts, false
	}
	facts, ok = snapshot.FactsOf[T](e.Get(refs[0]), reader)
	if !ok {
		e.Undecided(check.At{Object: refs[0]}, "the record of "+refs[0].Name+" cannot be read")
	}
	return refs[0], facts, ok
}

// literal is a named value of which no part is kept: what it looks like, or that a name of the operator's own would make
// it a credential.
type literal struct {
	name, kind string
	plausible  bool
}

// judgeLiteral keeps what is to be said of a value; ok is false when it is ordinary.
func judgeLiteral(name, value string) (l literal, ok bool) {
	l = literal{name: short(name), kind: detect.Literal(name, value, nil)}
	l.plausible = l.kind == "" && detect.Plausible(name, value)
	return l, l.kind != "" || l.plausible
}

// reportLiterals fails for every literal that is a credential.
func reportLiterals(e *check.Eval, at model.Ref, field, where string, all []literal) {
	for i := range all {
		l := &all[i]
		kind := l.kind
		if kind == "" {
			if own := ownNames.Get(e.Reader, struct{}{}); !own.Own(l.name) {
				continue
			}
			kind = detect.KindNamed
		}
		e.Failf(check.At{Object: at, Path: field + "[" + l.name + "]"}, "%s %s holds a credential in plaintext (%s)", where, l.name, kind)
	}
}

// ownNames are the operator's expressions of sensitive names, compiled once.
var ownNames = snapshot.NewQuery("sensitive names", func(r *snapshot.Reader, _ struct{}) *detect.Names {
	return detect.NewNames(r.Options().SensitiveNames)
}, func(a, b *detect.Names) bool { return a == b })

// entries is a list of {key, value} of OpenWhisk.
type entries []struct {
	Key        string
	Value      json.RawMessage
	Encryption json.RawMessage
	// Credential is what the connector saw in a value that it did not keep.
	Credential string
	Plausible  bool
}

// find returns the value of a key, nil when it is not there.
func (all entries) find(key string) json.RawMessage {
	for i := range all {
		if all[i].Key == key {
			return all[i].Value
		}
	}
	return nil
}

// literals are the parameters that hold credentials and are not encrypted.
func (all entries) literals() []literal {
	var found []literal
	for _, p := range all[:min(len(all), maxLiterals)] {
		if empty(p.Encryption) {
			if l, ok := parameter(p.Key, p.Value); ok {
				found = append(found, l)
			} else if p.Credential != "" || p.Plausible {
				found = append(found, literal{name: short(p.Key), kind: short(p.Credential), plausible: p.Plausible})
			}
		}
	}
	return found
}

func empty(v json.RawMessage) bool {
	return len(v) == 0 || slices.Contains([]string{"null", `""`, "false"}, string(v))
}

func parameter(name string, value json.RawMessage) (literal, bool) {
	var text string
	if len(value) == 0 || json.Unmarshal(value, &text) != nil {
		return literal{}, false
	}
	return judgeLiteral(name, text)
}

// truthy reads a value as OpenWhisk does: only false, null, zero and the empty text are not true.
func truthy(v json.RawMessage) bool {
	switch string(v) {
	case "false", "null", `""`:
		return false
	}
	var n float64
	return json.Unmarshal(v, &n) != nil || n != 0
}

// decodeError says which object could not be read.
func decodeError(raw *snapshot.Raw, err error) error {
	return fmt.Errorf("read %s: %w", raw.Header.Ref, err)
}
