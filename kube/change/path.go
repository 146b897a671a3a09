package change

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// element is one part of a path: a key of an object, or a selector of an element of a list.
type element struct {
	key    string
	pick   []pair // of a selector; empty: a key
	source string // as it is written, for paths of journals
}

// pair is a key that an element of a list is known by, and its value: a string, or an int64. Without a key the value is
// the element's place, in lists whose elements have no names.
type pair struct {
	key   string
	value any
}

// fieldPath is a path as plan.Field has it.
type fieldPath []element

const (
	maxPath     = 2048
	maxElements = 64
)

func (p fieldPath) String() string {
	var b strings.Builder
	for i, e := range p {
		if i > 0 && e.source[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(e.source)
	}
	return b.String()
}

var plainKey = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$-]*$`)

func keyElement(key string) element {
	if plainKey.MatchString(key) {
		return element{key: key, source: key}
	}
	return element{key: key, source: "[" + strconv.Quote(key) + "]"}
}

// parsePath reads `spec.containers[name=web].env`, `metadata.labels["app.kubernetes.io/name"]`, `ports[containerPort=80]`
// `subjects[kind=User,name=ann]` and `containers[0]`. A value of digits is a number, but under the key `name`; a quoted one is a text.
func parsePath(text string) (fieldPath, error) {
	if text == "" || len(text) > maxPath {
		return nil, fmt.Errorf("a path has 1 to %d characters", maxPath)
	}
	var p fieldPath
	rest := text
	for rest != "" {
		var e element
		var err error
		if rest[0] == '[' {
			e, rest, err = parseBracket(rest)
		} else {
			if len(p) > 0 {
				if rest[0] != '.' {
					return nil, fmt.Errorf("path %q: a dot is missing before %q", text, rest)
				}
				rest = rest[1:]
			}
			e, rest, err = parseKey(rest)
		}
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		if p = append(p, e); len(p) > maxElements {
			return nil, fmt.Errorf("path %.60q… has more than %d parts", text, maxElements)
		}
	}
	if len(p[0].pick) > 0 {
		return nil, fmt.Errorf("path %q: an object is no list", text)
	}
	return p, nil
}

func parseKey(s string) (element, string, error) {
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		end = len(s)
	}
	if !plainKey.MatchString(s[:end]) {
		return element{}, "", fmt.Errorf("%q is no plain key: write it as [\"…\"]", s[:end])
	}
	return keyElement(s[:end]), s[end:], nil
}

// parseBracket reads `["key"]` or `[name=web]`.
func parseBracket(s string) (element, string, error) {
	rest := s[1:]
	if strings.HasPrefix(rest, `"`) {
		key, after, err := parseQuoted(rest)
		if err != nil {
			return element{}, "", err
		}
		if !strings.HasPrefix(after, "]") {
			return element{}, "", fmt.Errorf("a ] is missing after %q", key)
		}
		return keyElement(key), after[1:], nil
	}
	if inside, after, ok := strings.Cut(rest, "]"); ok {
		if n, err := strconv.ParseUint(inside, 10, 16); err == nil {
			return placeElement(int(n)), after, nil
		}
	}
	var picks []pair
	for {
		p, after, err := parsePair(rest)
		if err != nil {
			return element{}, "", err
		}
		picks = append(picks, p)
		if strings.HasPrefix(after, "]") {
			return pickElement(picks), after[1:], nil
		}
		if !strings.HasPrefix(after, ",") {
			return element{}, "", fmt.Errorf("a ] is missing in %q", s)
		}
		rest = after[1:]
	}
}

func placeElement(at int) element {
	return element{pick: []pair{{value: int64(at)}}, source: "[" + strconv.Itoa(at) + "]"}
}

// place returns where an element stands that has no name.
func (e element) place() (int, bool) {
	if len(e.pick) != 1 || e.pick[0].key != "" {
		return 0, false
	}
	at, ok := e.pick[0].value.(int64)
	return int(at), ok
}

// pickElement writes the selector in its one form, so that equal paths are equal texts.
func pickElement(picks []pair) element {
	var texts []string
	for _, p := range picks {
		text := fmt.Sprint(p.value)
		if s, ok := p.value.(string); ok && (!bareValue.MatchString(s) || isNumber(p.key, s)) {
			text = strconv.Quote(s)
		}
		texts = append(texts, p.key+"="+text)
	}
	return element{pick: picks, source: "[" + strings.Join(texts, ",") + "]"}
}

var bareValue = regexp.MustCompile(`^[A-Za-z0-9_./:*@-]+$`)

func isNumber(key, value string) bool {
	n, err := strconv.ParseInt(value, 10, 64)
	return key != "name" && err == nil && strconv.FormatInt(n, 10) == value
}

func parsePair(s string) (pair, string, error) {
	key, after, ok := strings.Cut(s, "=")
	if !ok || !plainKey.MatchString(key) {
		return pair{}, "", fmt.Errorf("%q is no selector such as [name=web]", "["+s)
	}
	if strings.HasPrefix(after, `"`) {
		value, rest, err := parseQuoted(after)
		return pair{key, value}, rest, err
	}
	end := strings.IndexAny(after, ",]")
	if end < 0 {
		return pair{}, "", fmt.Errorf("a ] is missing in %q", "["+s)
	}
	value := after[:end]
	if !bareValue.MatchString(value) {
		return pair{}, "", fmt.Errorf("%q is no plain value: write it in quotes", value)
	}
	if isNumber(key, value) {
		n, err := strconv.ParseInt(value, 10, 64)
		return pair{key, n}, after[end:], err
	}
	return pair{key, value}, after[end:], nil
}

func parseQuoted(s string) (value, rest string, err error) {
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", fmt.Errorf("the text that begins with %.20q has no end", s)
	}
	value, err = strconv.Unquote(quoted)
	return value, s[len(quoted):], err
}

// pointer adds a part to a JSON pointer.
func pointer(at, part string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
}

// name is what the value at the end of the path goes by: its key, or the name of the entry that it is the value of.
func (p fieldPath) name() string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].key != "" && p[i].key != "value" {
			return p[i].key
		}
		for _, pick := range p[i].pick {
			if s, ok := pick.value.(string); ok && pick.key == "name" {
				return s
			}
		}
	}
	return ""
}
