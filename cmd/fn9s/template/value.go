package template

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// paint is how a terminal begins a colour.
type paint string

// show writes a value as Go's templates do.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "<no value>"
	case string:
		return v
	case paint:
		return ""
	case *Line:
		return v.Message
	}
	return fmt.Sprint(v)
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case paint:
		return v != ""
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	if n, ok := number(v); ok {
		return n != 0
	}
	return true
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	}
	return 0, false
}

// equal compares values of one kind; those of different kinds differ.
func equal(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if order, err := compare(a, b); err == nil {
		return order == 0
	}
	x, okX := a.(bool)
	y, okY := b.(bool)
	return okX && okY && x == y
}

func compare(a, b any) (int, error) {
	x, okX := number(a)
	y, okY := number(b)
	if okX && okY {
		return cmp.Compare(x, y), nil
	}
	s, okS := a.(string)
	t, okT := b.(string)
	if okS && okT {
		return strings.Compare(s, t), nil
	}
	u, okU := a.(time.Time)
	v, okV := b.(time.Time)
	if okU && okV {
		return u.Compare(v), nil
	}
	return 0, errors.New("these values cannot be compared")
}

// plain makes a number of JSON one that the verbs of printf know.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return formatted{v}
	case paint:
		return ""
	case *Line:
		return v.Message
	}
	return v
}

// formatted prints a number of JSON: as it was written, or as the verb wants it.
type formatted struct{ json.Number }

// Format implements fmt.Formatter.
func (n formatted) Format(f fmt.State, verb rune) {
	if !strings.ContainsRune("svq", verb) {
		if i, err := n.Int64(); err == nil && !strings.ContainsRune("eEfFgG", verb) {
			_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), i) // it is written into memory
			return
		}
		if x, err := n.Float64(); err == nil {
			_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), x)
			return
		}
	}
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), n.String())
}

// times are the ways in which logs write times.
var times = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", time.RFC1123Z, time.RFC1123, "2006-01-02"}

// timeOf reads a time: a text, or seconds since 1970.
func timeOf(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case string:
		for _, layout := range times {
			if t, err := time.Parse(layout, v); err == nil {
				return t, nil
			}
		}
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return time.Unix(n, 0), nil
		}
		return time.Time{}, errors.New("the text is no time")
	}
	if n, ok := number(v); ok && n > -1e11 && n < 1e12 {
		seconds := int64(n)
		return time.Unix(seconds, int64((n-float64(seconds))*1e9)), nil
	}
	return time.Time{}, errors.New("the value is no time")
}
