// Package record understands what a line of a log says about itself: its level, and the fields of JSON and logfmt.
//
// Its one rule: a line is looked at once, from its beginning, without allocating; what is not understood is plain text.
package record

import "bytes"

// Level is how bad a line is, from Unknown on ascending.
type Level uint8

// The levels.
const (
	Unknown Level = iota
	Trace
	Debug
	Info
	Warn
	Error
	Fatal
)

var levelNames = [...]string{"unknown", "trace", "debug", "info", "warn", "error", "fatal"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return levelNames[Unknown]
}

// Shape is how a line is written.
type Shape uint8

// The shapes.
const (
	Plain Shape = iota
	JSON
	Logfmt
	Klog
)

// looked bounds how much of a line is looked at for its level.
const (
	looked      = 8 << 10
	lookedPlain = 160
)

// Recognise says how a line is written, and its level. A plain line names its level within its first words.
func Recognise(line []byte) (Shape, Level) {
	switch body := bytes.TrimLeft(line[:min(len(line), looked)], " "); {
	case len(body) == 0:
		return Plain, Unknown
	case body[0] == '{':
		if level, ok := jsonLevel(body); ok {
			return JSON, level
		}
	case isKlog(body):
		return Klog, klogLevels[body[0]]
	case isLogfmt(body):
		return Logfmt, logfmtLevel(body)
	}
	if at := bytes.Index(line[:min(len(line), looked)], []byte("level=")); at >= 0 && (at == 0 || line[at-1] == ' ') {
		if l := ParseLevel(word(line[at+len("level="):])); l != Unknown {
			return Plain, l
		}
	}
	return Plain, plainLevel(line[:min(len(line), lookedPlain)])
}

// word is what stands at the beginning, up to a space, without quotes.
func word(s []byte) []byte {
	s = s[:min(len(s), 24)]
	if i := bytes.IndexAny(s, " ,;]})\t"); i >= 0 {
		s = s[:i]
	}
	return bytes.Trim(s, `"'`)
}

var klogLevels = [256]Level{'I': Info, 'W': Warn, 'E': Error, 'F': Fatal}

// isKlog recognises what Kubernetes itself writes: I0102 15:04:05.000000.
func isKlog(s []byte) bool {
	if len(s) < 21 || klogLevels[s[0]] == Unknown || s[5] != ' ' || s[8] != ':' || s[11] != ':' || s[14] != '.' {
		return false
	}
	for _, c := range s[1:5] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// ParseLevel reads the value of a field: a word, or a number as bunyan and pino write it.
func ParseLevel(s []byte) Level {
	if len(s) == 0 || len(s) > 13 {
		return Unknown
	}
	if s[0] >= '0' && s[0] <= '9' {
		return numbered(s)
	}
	var lower [13]byte
	for i, c := range s {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(s)]) {
	case "trace", "trc", "finest", "finer", "silly":
		return Trace
	case "debug", "dbg", "debg", "fine", "verbose", "d":
		return Debug
	case "info", "inf", "information", "informational", "notice", "log", "i", "config":
		return Info
	case "warn", "warning", "wrn", "w":
		return Warn
	case "error", "err", "eror", "severe", "e", "failure":
		return Error
	case "fatal", "panic", "dpanic", "critical", "crit", "alert", "emerg", "emergency", "ftl", "f":
		return Fatal
	}
	return Unknown
}

func numbered(s []byte) Level {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 99 {
			return Unknown
		}
		n = n*10 + int(c-'0')
	}
	switch {
	case n < 10 || n > 69:
		return Unknown
	}
	return Trace + Level(n/10-1)
}

// plainLevel looks for a word that names a level: in capitals, in brackets, or followed by a colon.
func plainLevel(s []byte) Level {
	for i := 0; i < len(s); {
		if !isLetter(s[i]) {
			i++
			continue
		}
		start := i
		upper := true
		for i < len(s) && isLetter(s[i]) {
			upper = upper && s[i] <= 'Z'
			i++
		}
		n := i - start
		if n < 3 || n > 9 || start > 0 && joinsWord(s[start-1]) || i < len(s) && joinsWord(s[i]) {
			continue
		}
		bracketed := start > 0 && i < len(s) && (s[start-1] == '[' && s[i] == ']' || s[start-1] == '<' && s[i] == '>' || s[start-1] == '|' && s[i] == '|')
		if !upper && !bracketed && (i >= len(s) || s[i] != ':') {
			continue
		}
		if l := namedLevel(s[start:i]); l != Unknown {
			return l
		}
	}
	if bytes.HasPrefix(s, []byte("Traceback (")) || bytes.HasPrefix(s, []byte("Exception in ")) {
		return Error
	}
	return Unknown
}

// namedLevel is ParseLevel without the words that mean something else in a sentence.
func namedLevel(w []byte) Level {
	switch string(w) {
	case "LOG", "FINE", "log", "Log", "config", "CONFIG", "Config", "fine", "alert", "ALERT", "failure", "information":
		return Unknown
	}
	return ParseLevel(w)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func joinsWord(c byte) bool {
	return c == '_' || c == '-' || c == '/' || c == '.' || c >= '0' && c <= '9'
}

// Continues reports whether a line goes on with what the line before it began: the lines of a stack trace.
func Continues(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	switch line[0] {
	case ' ', '\t', '}', ']', ')':
		return true
	}
	return bytes.HasPrefix(line, []byte("Caused by:")) || bytes.HasPrefix(line, []byte("at ")) || bytes.HasPrefix(line, []byte("... "))
}
