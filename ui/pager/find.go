package pager

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/fn9s/fn9s/ui/prefilter"
)

// finder finds a text, or a pattern written /re/. Without an upper-case letter it ignores case.
type finder struct {
	text         string
	literal      string
	fold         bool
	lower, upper byte
	re           *regexp.Regexp
}

func newFinder(pattern string) (*finder, error) {
	f := &finder{text: pattern, literal: pattern}
	source, isPattern := strings.CutPrefix(pattern, "/")
	if isPattern && len(source) > 1 && strings.HasSuffix(source, "/") {
		source = strings.TrimSuffix(source, "/")
	} else {
		isPattern, source = false, regexp.QuoteMeta(pattern)
	}
	f.fold = !strings.ContainsFunc(pattern, unicode.IsUpper)
	if !isPattern && (!f.fold || prefilter.IsASCII(pattern)) {
		if f.fold && pattern != "" {
			f.lower = pattern[0]
			f.upper = strings.ToUpper(pattern[:1])[0]
		}
		return f, nil
	}
	if f.fold {
		source = "(?i)" + source
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("not a pattern: %s", strings.NewReplacer("error parsing regexp: ", "", "(?i)", "").Replace(err.Error()))
	}
	f.re = re
	return f, nil
}

// next finds the first match at or behind from; a match is never empty.
func (f *finder) next(s string, from int) (start, end int, ok bool) {
	switch {
	case from > len(s):
		return 0, 0, false
	case f.re != nil:
		for from <= len(s) {
			at := f.re.FindStringIndex(s[from:])
			if at == nil {
				return 0, 0, false
			}
			if at[1] > at[0] {
				return from + at[0], from + at[1], true
			}
			from += at[1] + 1
		}
		return 0, 0, false
	case f.fold:
		start = indexFold(s, f.literal, f.lower, f.upper, from)
	default:
		if start = strings.Index(s[from:], f.literal); start >= 0 {
			start += from
		}
	}
	return start, start + len(f.literal), start >= 0
}

// count counts the matches in a line.
func (f *finder) count(s string) int {
	n := 0
	for at := 0; ; n++ {
		_, end, ok := f.next(s, at)
		if !ok {
			return n
		}
		at = end
	}
}

// indexFold finds an ASCII needle whose letters are lower case, in any case.
func indexFold(s, needle string, lower, upper byte, from int) int {
	last := len(s) - len(needle)
	lo, up := indexByte(s, lower, from), len(s)
	if upper != lower {
		up = indexByte(s, upper, from)
	}
	for at := min(lo, up); at <= last; at = min(lo, up) {
		if equalFold(s[at:at+len(needle)], needle) {
			return at
		}
		if at == lo {
			lo = indexByte(s, lower, at+1)
		} else {
			up = indexByte(s, upper, at+1)
		}
	}
	return -1
}

func indexByte(s string, b byte, from int) int {
	if i := strings.IndexByte(s[from:], b); i >= 0 {
		return from + i
	}
	return len(s)
}

func equalFold(s, lower string) bool {
	for i := range len(lower) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
