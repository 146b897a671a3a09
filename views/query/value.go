package query

import (
	"math"
	"strconv"
	"strings"
)

// typed is the parsed right-hand side of a comparison.
type typed struct {
	text    string
	num, of float64
	percent bool
	unknown bool
	hasNum  bool
	mark    byte // '!' or '?' behind an enum value: the drawn text must carry it too
}

// isUnknownWord reports whether the operator asked for cells that could not be read.
func isUnknownWord(s string) bool { return s == "unknown" || s == "-" || s == "–" }

// parseValue reads one value for a column; the string is the reason when it cannot be read.
func parseValue(c *Column, s string) (typed, string) {
	v := typed{text: s}
	if isUnknownWord(s) && !inValues(c, s) {
		v.unknown = true
		return v, ""
	}
	switch c.Type {
	case Text, List:
		return v, ""
	case Number:
		return number(v, s, "a number: write 3 or 0.5", parseNumber)
	case Quantity:
		return number(v, s, "a quantity: write 500m, 2 or 64Mi", ParseQuantity)
	case Duration:
		return number(v, s, "a duration: write 90s, 2h or 3d", ParseDuration)
	case Bool:
		return number(v, s, "yes or no", parseBool)
	case Ratio:
		return parseRatio(v, s)
	case Enum:
		return parseEnum(c, v, s)
	case Members:
		return parseElement(c, v, s)
	}
	return v, "of an unknown type"
}

func number(v typed, s, want string, parse func(string) (float64, bool)) (typed, string) {
	n, ok := parse(s)
	if !ok {
		return v, quote(s) + " is not " + want
	}
	v.num, v.hasNum = n, true
	return v, ""
}

func parseNumber(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

func parseBool(s string) (float64, bool) {
	switch strings.ToLower(s) {
	case "true", "yes", "y", "on", "1":
		return 1, true
	case "false", "no", "n", "off", "0":
		return 0, true
	}
	return 0, false
}

var quantityUnits = map[string]float64{
	"": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
	"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50, "Ei": 1 << 60,
}

// ParseQuantity reads a Kubernetes quantity into its base unit: 500m is 0.5, 64Mi is 67108864.
func ParseQuantity(s string) (float64, bool) {
	if n, ok := parseNumber(s); ok {
		return n, true
	}
	end := strings.LastIndexAny(s, "0123456789.") + 1
	unit, ok := quantityUnits[s[end:]]
	if !ok {
		return 0, false
	}
	n, ok := parseNumber(s[:end])
	return n * unit, ok && !math.IsInf(n*unit, 0)
}

var durationUnits = map[string]float64{
	"ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400,
}

// ParseDuration reads a duration as Kubernetes writes ages (90s, 2h, 3d4h) into seconds.
func ParseDuration(s string) (float64, bool) {
	if s == "0" {
		return 0, true
	}
	total := 0.0
	for rest := s; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		letters := digits
		for letters < len(rest) && rest[letters] >= 'a' && rest[letters] <= 'z' {
			letters++
		}
		unit, ok := durationUnits[rest[digits:letters]]
		if !ok {
			return 0, false
		}
		n, err := strconv.ParseFloat(rest[:digits], 64)
		if err != nil {
			return 0, false
		}
		total += n * unit
		rest = rest[letters:]
	}
	return total, s != "" && !math.IsInf(total, 0)
}

// parseRatio reads "1/2", "50%", a plain ready count, or a word as drawn ("idle").
func parseRatio(v typed, s string) (typed, string) {
	const want = " is not a ready ratio: write 1/2, 50% or a count"
	if a, b, ok := strings.Cut(s, "/"); ok {
		n, okN := parseNumber(a)
		of, okOf := parseNumber(b)
		if !okN || !okOf {
			return v, quote(s) + want
		}
		v.num, v.of, v.hasNum = n, of, true
		return v, ""
	}
	if p, ok := strings.CutSuffix(s, "%"); ok {
		n, ok := parseNumber(p)
		if !ok {
			return v, quote(s) + want
		}
		v.num, v.of, v.percent, v.hasNum = n/100, 1, true, true
		return v, ""
	}
	if n, ok := parseNumber(s); ok {
		v.num, v.hasNum = n, true
		return v, ""
	}
	if !isWord(s) {
		return v, quote(s) + want
	}
	return v, ""
}

func parseEnum(c *Column, v typed, s string) (typed, string) {
	word := s
	if n := len(s); n > 1 && (s[n-1] == '!' || s[n-1] == '?') {
		word, v.mark = s[:n-1], s[n-1]
	}
	for i, name := range c.Values {
		if strings.EqualFold(name, word) || (c.Numbered && word == strconv.Itoa(i)) ||
			(c.Numbered && strings.EqualFold(word, strconv.Itoa(i)+" "+name)) {
			v.num, v.hasNum = float64(i), true
			return v, ""
		}
	}
	return v, c.Name + " is one of " + strings.Join(c.Values, ", ")
}

// parseElement reads an element of a set: one that there is, or a pattern. A "?" behind it asks for doubt.
func parseElement(c *Column, v typed, s string) (typed, string) {
	if n := len(s); n > 1 && s[n-1] == '?' {
		s, v.text, v.mark = s[:n-1], s[:n-1], '?'
	}
	if !strings.Contains(s, "*") && !inValues(c, s) {
		return v, quote(s) + " is no " + c.Name
	}
	return v, ""
}

func inValues(c *Column, s string) bool {
	for _, v := range c.Values {
		if strings.EqualFold(v, s) {
			return true
		}
	}
	return false
}

// isWord reports whether s is letters and hyphens only.
func isWord(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != "" && s[0] != '-'
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// quote prints s for a message: bounded, and with nothing in it that a terminal would obey.
func quote(s string) string {
	const limit = 40
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return strconv.Quote(s)
}
