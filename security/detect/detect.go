// Package detect tells plaintext credentials from ordinary values: in one named literal, in source code, in
// configuration files.
//
// Its one rule: it says what kind of credential something looks like, and never gives back any part of it.
package detect

import (
	"hash/maphash"
	"regexp"
	"strings"
	"sync"
)

// Names are the names that hold credentials: the built-in ones, and an operator's own expressions.
type Names struct{ own []*regexp.Regexp }

// NewNames compiles an operator's expressions. Malformed ones are left out.
func NewNames(expressions []string) *Names {
	n := &Names{}
	for _, e := range expressions {
		if re, err := regexp.Compile(e); err == nil {
			n.own = append(n.own, re)
		}
	}
	return n
}

// Own reports whether one of the operator's expressions matches the name.
func (n *Names) Own(name string) bool {
	if n == nil {
		return false
	}
	for _, re := range n.own {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}

// Sensitive reports whether a name says that its value is a credential.
func Sensitive(name string, own *Names) bool {
	sensitive, _ := classify(name)
	return sensitive || own.Own(name)
}

// Harmless reports whether a value is none that a credential has: a number, a switch, a path, an address, a stand-in.
func Harmless(value string) bool {
	v := strings.Trim(strings.TrimSpace(value), `"'`)
	return v == "" || harmlessValue(v)
}

// KindNamed is the kind of a value that only its name gives away.
const KindNamed = "value of a sensitive name"

const (
	maxLiteral = 64 << 10 // what is looked at of one value
	minLibrary = 16
	maxLibrary = 2 << 10
)

// Literal returns the kind of credential that the value of that name looks like, in words; empty: none.
func Literal(name, value string, own *Names) string {
	kind, open := judge(name, value)
	if kind == "" && open && own.Own(name) {
		return KindNamed
	}
	return kind
}

// Plausible reports whether the value would count as a credential under a sensitive name, and none is seen in it as
// things are: who knows the operator's names only later asks again with Names.Own.
func Plausible(name, value string) bool {
	kind, open := judge(name, value)
	return kind == "" && open
}

// judge returns the kind of credential, and whether the value could be one if its name said so.
func judge(name, value string) (kind string, open bool) {
	if len(value) > maxLiteral {
		value = value[:maxLiteral]
	}
	v := strings.Trim(strings.TrimSpace(value), `"'`)
	if v == "" {
		return "", false
	}
	if len(v) >= 8 {
		if kind = format(v); kind != "" {
			return kind, false
		}
	}
	if v[0] == '{' || v[0] == '[' {
		return inJSON(name, v)
	}
	if harmlessValue(v) {
		return "", false
	}
	if sensitive, neutral := classify(name); sensitive {
		if !reference(name, v) {
			return KindNamed, false
		}
		return "", false
	} else if neutral {
		return "", true
	}
	if suspicious(v) {
		kind = consult(name, v)
	}
	return kind, true
}

// memory remembers what the library said, in two generations, so that it never grows beyond twice its limit.
type memory struct {
	mu       sync.RWMutex
	now, old map[[2]uint64]string
}

const generation = 1 << 14

var (
	seeds    = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	remember memory
)

func (m *memory) get(key [2]uint64) (string, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	kind, ok := m.now[key]
	if !ok {
		kind, ok = m.old[key]
	}
	return kind, ok
}

func (m *memory) put(key [2]uint64, kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now == nil || len(m.now) >= generation {
		m.now, m.old = make(map[[2]uint64]string, 64), m.now
	}
	m.now[key] = kind
}

// consult asks the detection library about an assignment, once per name and value.
func consult(name, value string) string {
	if len(value) < minLibrary || len(value) > maxLibrary {
		return ""
	}
	line := name + ` = "` + value + `"`
	key := [2]uint64{maphash.String(seeds[0], line), maphash.String(seeds[1], line)}
	if kind, ok := remember.get(key); ok {
		return kind
	}
	kind := scan(line)
	remember.put(key, kind)
	return kind
}
