package change

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/security/detect"
)

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Hidden stands where a secret value would be.
const Hidden = "(secret)"

// veil knows which values are secret, and what may be said of them.
type veil struct {
	names *detect.Names
	key   []byte
}

// newKey makes the key of a change's hashes.
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	return key
}

// hash says of two values whether they are the same, and nothing else.
func (v *veil) hash(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	m := hmac.New(sha256.New, v.key)
	m.Write(raw)
	return hex.EncodeToString(m.Sum(nil))
}

// secret reports whether a value at a path is or looks secret.
func (v *veil) secret(kind string, path fieldPath, value any) bool {
	if holder(kind) && len(path) > 0 && (path[0].key == "data" || path[0].key == "stringData" || path[0].key == "sent") {
		return true
	}
	if path.name() == lastApplied && value != nil {
		return true // a whole object, with whatever was in it
	}
	return v.looks(path.name(), value)
}

// looks looks into a value, whatever is nested in it.
func (v *veil) looks(name string, value any) bool {
	switch value := value.(type) {
	case string:
		return detect.Value(name, value, v.names) != ""
	case []any:
		for _, e := range value {
			if v.looks(name, e) {
				return true
			}
		}
	case map[string]any:
		named, _ := value["name"].(string)
		for k, e := range value {
			if k == "value" && named != "" {
				k = named
			}
			if v.looks(k, e) {
				return true
			}
		}
	}
	return false
}

// record makes the journal's form of a touch.
func (v *veil) record(t *touch) (journal.Touch, error) {
	out := journal.Touch{Path: t.path.String(), Made: t.made, At: t.at, Secret: t.secret}
	one := func(value any, there bool) (*journal.Value, error) {
		if !there {
			return nil, nil
		}
		if t.secret {
			return &journal.Value{Hash: v.hash(value)}, nil
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", out.Path, err)
		}
		return &journal.Value{JSON: raw}, nil
	}
	var err error
	if out.Old, err = one(t.old, t.hadOld); err != nil {
		return out, err
	}
	out.New, err = one(t.now, t.hasNow)
	return out, err
}

// is reports whether a value of an object is the one that was written down.
func (v *veil) is(value any, there bool, recorded *journal.Value) bool {
	if recorded == nil || !there {
		return recorded == nil && !there
	}
	if recorded.Hash != "" {
		return hmac.Equal([]byte(v.hash(value)), []byte(recorded.Hash))
	}
	want, err := valueOf(recorded.JSON)
	return err == nil && equal(value, want)
}

func valueOf(raw json.RawMessage) (any, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("read value: %w", err)
	}
	return normal(json.RawMessage(raw))
}

// masked returns a copy of an object in which secret values are replaced. With other, values that differ from the ones
// there are told from those that do not.
func (v *veil) masked(o, other object) object {
	out, _ := v.mask("", cloneObject(o), other, holder(text(o, "kind")), 0).(map[string]any)
	return out
}

// holder reports a kind of which all data are secret: Secrets, and the objects of remote APIs with their values.
func holder(kind string) bool {
	return kind == "Secret" || kind == "Action" || kind == "Fn" || kind == "Trigger"
}

func (v *veil) mask(name string, value, other any, secret bool, depth int) any {
	switch value := value.(type) {
	case map[string]any:
		named, _ := value["name"].(string)
		for k, e := range value {
			sub, _ := child(other, k)
			as := k
			if k == "value" && named != "" {
				as = named
			}
			// Of a Secret all data are secret, and nothing else is.
			value[k] = v.mask(as, e, sub, secret && (depth > 0 || k == "data" || k == "stringData" || k == "sent"), depth+1)
		}
		return value
	case []any:
		for i, e := range value {
			value[i] = v.mask(name, e, counterpart(e, other, i), secret && depth > 0, depth+1)
		}
		return value
	case string:
		if strings.HasPrefix(value, strings.TrimSuffix(Hidden, ")")) {
			return value // covered already
		}
		if !(secret && depth > 0) && detect.Value(name, value, v.names) == "" {
			return value
		}
		if other != nil && !equal(value, other) {
			return strings.TrimSuffix(Hidden, ")") + ", different)"
		}
		return Hidden
	}
	return value
}

// counterpart finds the element of another list that an element is compared with: the one of its name, else of its place.
func counterpart(e, other any, at int) any {
	list, _ := other.([]any)
	if name, ok := child(e, "name"); ok {
		if i, err := pick(list, element{pick: []pair{{"name", name}}}); i >= 0 && err == nil {
			return list[i]
		}
		return nil
	}
	if at < len(list) {
		return list[at]
	}
	return nil
}
