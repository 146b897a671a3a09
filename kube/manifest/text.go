package manifest

import "strings"

// Text returns the document as it was written, and the line that it begins in, from 1. Without ok there is no such
// text: the object was generated, or it is one of a list.
func (d *Document) Text() (text string, line int, ok bool) {
	if d.text == nil || len(d.items) > 0 {
		return "", 0, false
	}
	src, line := d.text.src, d.text.line
	for {
		first, rest, more := strings.Cut(src, "\n")
		if s := strings.TrimRight(first, " \t\r"); !more || s != "" && s != "---" {
			return src, line, true
		}
		src, line = rest, line+1
	}
}
