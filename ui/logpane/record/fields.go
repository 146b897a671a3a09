package record

import "bytes"

// Field is one field of a structured line, by its place in the line: of a text in quotes without them.
type Field struct {
	Key, KeyEnd     int
	Value, ValueEnd int
	Kind            Kind
	// Whole reports whether the value ends in the line.
	Whole bool
}

// Kind is what a value is.
type Kind uint8

// The kinds of values.
const (
	Text Kind = iota
	Number
	Keyword // true, false, null
	Nested  // an object or a list
)

// KeyIn and ValueIn are the parts of the line.
func (f Field) KeyIn(line []byte) []byte   { return line[f.Key:f.KeyEnd] }
func (f Field) ValueIn(line []byte) []byte { return line[f.Value:f.ValueEnd] }

// maxFields bounds what is made of one line.
const maxFields = 256

// Fields appends the fields of a line. A line that was cut has those that are there.
func Fields(to []Field, line []byte, shape Shape) []Field {
	collect := func(f Field) bool {
		to = append(to, f)
		return len(to) < maxFields
	}
	switch shape {
	case JSON:
		walkJSON(line, collect)
	case Logfmt:
		walkLogfmt(line, collect)
	}
	return to
}

// The meaning that keys have in most logs.
var (
	levelKeys   = []string{"level", "lvl", "severity", "loglevel", "log.level", "levelname", "log_level", "severity_text", "@level", "level_name"}
	messageKeys = []string{"msg", "message", "@message", "short_message", "body", "event", "log"}
	timeKeys    = []string{"time", "ts", "timestamp", "@timestamp", "t", "date", "datetime", "asctime", "eventtime"}
)

// Meaning is what a field is for.
type Meaning uint8

// The meanings.
const (
	Other Meaning = iota
	LevelField
	MessageField
	TimeField
)

// MeaningOf is what a field of that name is for in most logs.
func MeaningOf(key []byte) Meaning {
	switch {
	case oneOf(key, levelKeys):
		return LevelField
	case oneOf(key, messageKeys):
		return MessageField
	case oneOf(key, timeKeys):
		return TimeField
	}
	return Other
}

func oneOf(key []byte, names []string) bool {
	for _, n := range names {
		if len(n) == len(key) && fold(key, n) {
			return true
		}
	}
	return false
}

func fold(key []byte, lower string) bool {
	for i, c := range key {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// jsonLevel is the level of a JSON object; without an object it is not ok.
func jsonLevel(line []byte) (level Level, ok bool) {
	ok = walkJSON(line, func(f Field) bool {
		if f.Kind == Nested || !oneOf(f.KeyIn(line), levelKeys) {
			return true
		}
		level = ParseLevel(f.ValueIn(line))
		return level == Unknown
	})
	return level, ok
}

func logfmtLevel(line []byte) (level Level) {
	walkLogfmt(line, func(f Field) bool {
		if !oneOf(f.KeyIn(line), levelKeys) {
			return true
		}
		level = ParseLevel(f.ValueIn(line))
		return level == Unknown
	})
	return level
}

// walkJSON tells the fields of the object that a line is. It reports whether the line begins as an object does; what is
// behind its end does not count.
func walkJSON(line []byte, field func(Field) bool) bool {
	i := skipSpace(line, 0)
	if i >= len(line) || line[i] != '{' {
		return false
	}
	first := true
	for i++; ; i++ {
		i = skipSpace(line, i)
		if i >= len(line) || line[i] != '"' {
			return !first || i < len(line) && line[i] == '}'
		}
		f := Field{Key: i + 1}
		var ok bool
		if f.KeyEnd, ok = endOfString(line, i+1); !ok {
			return !first
		}
		i = skipSpace(line, f.KeyEnd+1)
		if i >= len(line) || line[i] != ':' {
			return !first
		}
		if i = skipSpace(line, i+1); i >= len(line) {
			return true
		}
		i = f.value(line, i)
		first = false
		if !field(f) || !f.Whole {
			return true
		}
		if i = skipSpace(line, i); i >= len(line) || line[i] != ',' {
			return true
		}
	}
}

// value takes the value that begins at a byte, and returns where it ends.
func (f *Field) value(line []byte, i int) int {
	switch c := line[i]; {
	case c == '"':
		f.Kind, f.Value = Text, i+1
		f.ValueEnd, f.Whole = endOfString(line, i+1)
		return f.ValueEnd + 1
	case c == '{' || c == '[':
		f.Kind, f.Value = Nested, i
		f.ValueEnd, f.Whole = endOfNested(line, i)
		return f.ValueEnd
	}
	f.Value = i
	for i < len(line) && line[i] != ',' && line[i] != '}' && line[i] != ']' && line[i] != ' ' {
		i++
	}
	f.ValueEnd, f.Whole = i, i < len(line)
	f.Kind = kindOf(line[f.Value:i])
	return i
}

func kindOf(value []byte) Kind {
	if len(value) == 0 {
		return Text
	}
	switch string(value) {
	case "true", "false", "null":
		return Keyword
	}
	if c := value[0]; c == '-' || c >= '0' && c <= '9' {
		for _, c := range value[1:] {
			if (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
				return Text
			}
		}
		return Number
	}
	return Text
}

func skipSpace(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	return i
}

// endOfString finds the quote that ends a text whose first byte is at i.
func endOfString(line []byte, i int) (int, bool) {
	for from := i; from < len(line); {
		at := bytes.IndexByte(line[from:], '"')
		if at < 0 {
			return len(line), false
		}
		at += from
		slashes := 0
		for at-1-slashes >= i && line[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at, true
		}
		from = at + 1
	}
	return len(line), false
}

// endOfNested finds the end of an object or a list that begins at i.
func endOfNested(line []byte, i int) (int, bool) {
	depth := 0
	for i < len(line) {
		switch line[i] {
		case '"':
			end, ok := endOfString(line, i+1)
			if !ok {
				return len(line), false
			}
			i = end
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return len(line), false
}

// isLogfmt recognises a line that begins with key=value and has another one behind it, or whose key says enough.
func isLogfmt(line []byte) bool {
	n := 0
	walkLogfmt(line, func(f Field) bool {
		n++
		if f.Key != 0 && n == 1 {
			n = -1
		}
		return n == 1 && !oneOf(f.KeyIn(line), levelKeys)
	})
	return n > 1 || n == 1 && oneOf(line[:max(0, bytes.IndexByte(line, '='))], levelKeys)
}

// walkLogfmt tells what is written key=value. Words between them are passed over.
func walkLogfmt(line []byte, field func(Field) bool) {
	for i := 0; i < len(line); {
		if i = skipSpace(line, i); i >= len(line) {
			return
		}
		start := i
		for i < len(line) && isKey(line[i]) {
			i++
		}
		if i == start || i >= len(line) || line[i] != '=' {
			for i < len(line) && line[i] != ' ' {
				i++
			}
			continue
		}
		f := Field{Key: start, KeyEnd: i, Whole: true}
		if i++; i < len(line) && line[i] == '"' {
			f.Value = i + 1
			f.ValueEnd, f.Whole = endOfString(line, i+1)
			i = min(f.ValueEnd+1, len(line))
		} else {
			f.Value = i
			for i < len(line) && line[i] != ' ' {
				i++
			}
			f.ValueEnd = i
			f.Kind = kindOf(line[f.Value:i])
		}
		if !field(f) {
			return
		}
	}
}

func isKey(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '@' || c == '/'
}
