package frameworks

import (
	"slices"
	"strconv"
	"strings"
)

// scheduleField is one of the five fields of a schedule.
type scheduleField struct {
	name     string
	from, to int
	words    []string // for from, from+1 …
}

var scheduleFields = []scheduleField{
	{name: "minute", to: 59}, {name: "hour", to: 23}, {name: "day of month", from: 1, to: 31},
	{name: "month", from: 1, to: 12, words: []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{name: "day of week", to: 7, words: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// badSchedule says what is wrong with a schedule of five fields, or one of the words with @; empty when nothing.
func badSchedule(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "@") {
		if slices.Contains([]string{"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}, text) {
			return ""
		}
		return "no such word"
	}
	parts := strings.Fields(text)
	if len(parts) != len(scheduleFields) {
		return "it takes five fields: minute, hour, day of month, month, day of week"
	}
	for i, p := range parts {
		if f := &scheduleFields[i]; slices.ContainsFunc(strings.Split(p, ","), func(e string) bool { return !f.takes(e) }) {
			return "its " + f.name + " is not understood"
		}
	}
	return ""
}

// takes reads `*`, a number or word, a range of two, and any of them with a step.
func (f *scheduleField) takes(element string) bool {
	span, step, stepped := strings.Cut(element, "/")
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
		return false
	}
	if span == "*" || span == "?" {
		return true
	}
	low, high, ranged := strings.Cut(span, "-")
	a, ok := f.value(low)
	if !ok || !ranged {
		return ok
	}
	b, ok := f.value(high)
	return ok && a <= b
}

func (f *scheduleField) value(text string) (int, bool) {
	if i := slices.Index(f.words, strings.ToLower(text)); i >= 0 {
		return f.from + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.from && n <= f.to
}
