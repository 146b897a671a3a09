package formats

import (
	"errors"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Substitution as faas-cli does it: `${NAME}` and the operators of shells inside of the braces, before the file is read
// as YAML. A variable that is not set is empty, `$${` stands for `${`, and `$NAME` without braces is no variable.

// The bounds of a substitution.
const (
	maxNested   = 32
	maxExpanded = 2 * maxFile
)

var (
	errSubstitution = errors.New("a substitution cannot be read")
	errExpanded     = errors.New("becomes too large when its variables are filled in")
)

// expandBraces fills in variables. line is where it stopped when there is an error.
func expandBraces(src string, env Environment) (out string, line int, err error) {
	e := expansion{src: src, env: env}
	var b strings.Builder
	for e.at < len(src) {
		switch {
		case strings.HasPrefix(src[e.at:], "$$"):
			b.WriteByte('$')
			e.at += 2
		case strings.HasPrefix(src[e.at:], `\/`) || strings.HasPrefix(src[e.at:], `\\`):
			b.WriteByte(src[e.at+1])
			e.at += 2
		case strings.HasPrefix(src[e.at:], "${"):
			from := e.at
			value, err := e.variable(0)
			if err != nil {
				return "", strings.Count(src[:from], "\n") + 1, err
			}
			b.WriteString(value)
		default:
			n := strings.IndexAny(src[e.at+1:], `$\`)
			if n < 0 {
				n = len(src) - e.at - 1
			}
			b.WriteString(src[e.at : e.at+1+n])
			e.at += 1 + n
		}
		if b.Len() > maxExpanded {
			return "", strings.Count(src[:e.at], "\n") + 1, errExpanded
		}
	}
	return b.String(), 0, nil
}

type expansion struct {
	src string
	at  int
	env Environment
}

func (e *expansion) rest() string { return e.src[e.at:] }

// variable reads from `${` to the brace that closes it.
func (e *expansion) variable(depth int) (string, error) {
	if depth > maxNested {
		return "", errSubstitution
	}
	e.at += 2
	length := strings.HasPrefix(e.rest(), "#")
	if length {
		e.at++
	}
	name := e.name()
	if name == "" {
		return "", errSubstitution
	}
	value, _ := e.env(name)
	if length {
		return strconv.Itoa(len(value)), e.close()
	}
	op := e.operator()
	if op == "" || strings.ContainsAny(op, ",^") {
		return changeCase(op, value), e.close()
	}
	first, err := e.word(depth, stops(op))
	if err != nil {
		return "", err
	}
	second := ""
	switch {
	case op[0] == '/':
		if !strings.HasPrefix(e.rest(), "/") {
			return "", errSubstitution
		}
		e.at++
		second, err = e.word(depth, "}")
	case op == ":" && strings.HasPrefix(e.rest(), ":"):
		e.at++
		second, err = e.word(depth, "}")
	}
	if err != nil {
		return "", err
	}
	if op == "//" && (first == "" || strings.Count(value, first)*len(second) > maxExpanded) {
		return "", errExpanded
	}
	return apply(op, value, first, second), e.close()
}

func stops(op string) string {
	switch op[0] {
	case '/':
		return "/"
	case ':':
		if op == ":" {
			return ":}"
		}
	}
	return "}"
}

func (e *expansion) close() error {
	if !strings.HasPrefix(e.rest(), "}") {
		return errSubstitution
	}
	e.at++
	return nil
}

func (e *expansion) name() string {
	from := e.at
	for e.at < len(e.src) {
		r, n := utf8.DecodeRuneInString(e.rest())
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' {
			break
		}
		e.at += n
	}
	return e.src[from:e.at]
}

// operators, the longer ones first.
var operators = []string{":=", ":-", ":?", ":+", ":", "=", ",,", ",", "^^", "^", "//", "/#", "/%", "/", "##", "#", "%%", "%"}

func (e *expansion) operator() string {
	for _, op := range operators {
		if strings.HasPrefix(e.rest(), op) {
			e.at += len(op)
			return op
		}
	}
	return ""
}

// word reads the argument of an operator up to one of the stops, with the variables in it.
func (e *expansion) word(depth int, stops string) (string, error) {
	var b strings.Builder
	for e.at < len(e.src) {
		c := e.src[e.at]
		switch {
		case strings.HasPrefix(e.rest(), "${"):
			value, err := e.variable(depth + 1)
			if err != nil {
				return "", err
			}
			b.WriteString(value)
			continue
		case strings.IndexByte(stops, c) >= 0:
			return b.String(), nil
		case c == '\\' && e.at+1 < len(e.src) && strings.IndexByte(`/\`, e.src[e.at+1]) >= 0:
			e.at++
			c = e.src[e.at]
		}
		b.WriteByte(c)
		e.at++
		if b.Len() > maxExpanded {
			return "", errExpanded
		}
	}
	return "", errSubstitution
}

func changeCase(op, value string) string {
	first, n := utf8.DecodeRuneInString(value)
	switch op {
	case ",,":
		return strings.ToLower(value)
	case "^^":
		return strings.ToUpper(value)
	case ",":
		if value != "" {
			return string(unicode.ToLower(first)) + value[n:]
		}
	case "^":
		if value != "" {
			return string(unicode.ToUpper(first)) + value[n:]
		}
	}
	return value
}

// apply carries an operator out. All those of a default take it where the variable is empty.
func apply(op, value, first, second string) string {
	switch op {
	case ":":
		return part(value, first, second)
	case "//":
		return strings.ReplaceAll(value, first, second)
	case "/":
		return strings.Replace(value, first, second, 1)
	case "/#":
		if rest, ok := strings.CutPrefix(value, first); ok {
			return second + rest
		}
		return value
	case "/%":
		if rest, ok := strings.CutSuffix(value, first); ok {
			return rest + second
		}
		return value
	case "#", "##", "%", "%%":
		return trim(op, value, first)
	}
	if value == "" {
		return first
	}
	return value
}

// part is `${NAME:offset:length}`.
func part(value, offset, length string) string {
	from, err := strconv.Atoi(strings.TrimSpace(offset))
	if err != nil || from < 0 || from > len(value) {
		return value
	}
	value = value[from:]
	if n, err := strconv.Atoi(strings.TrimSpace(length)); err == nil && n >= 0 && n < len(value) {
		return value[:n]
	}
	return value
}

// trim takes the shortest or longest piece that matches a pattern from one end.
func trim(op, value, pattern string) string {
	if len(value) > 4<<10 { // matching is quadratic
		return value
	}
	best := value
	for i := range len(value) + 1 {
		piece, rest := value[:i], value[i:]
		if op[0] == '%' {
			piece, rest = value[len(value)-i:], value[:len(value)-i]
		}
		// A star takes slashes too, as in shells.
		if ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(piece, "/", "\x00")); ok && err == nil {
			if best = rest; len(op) == 1 {
				break
			}
		}
	}
	return best
}
