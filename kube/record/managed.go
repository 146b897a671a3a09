package record

import "bytes"

// withoutManagedFields leaves metadata.managedFields out of an object's JSON: readers of the rest would decode it for
// nothing, and it is often the larger half. JSON that is not written as API servers write it is returned as it is.
func withoutManagedFields(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`"managedFields"`)) {
		return raw
	}
	s := scanner{raw: raw}
	if !s.enter("metadata") || !s.enter("managedFields") {
		return raw
	}
	from := s.at
	if !s.skip() {
		return raw
	}
	out := make([]byte, 0, len(raw)-(s.at-from)+len("null"))
	out = append(out, raw[:from]...)
	out = append(out, "null"...)
	return append(out, raw[s.at:]...)
}

// scanner walks over JSON without decoding it. What it walks over need not be valid: whoever decodes finds that out.
type scanner struct {
	raw []byte
	at  int
}

// enter goes to the value of a key of the object that begins here, and reports whether there is one.
func (s *scanner) enter(key string) bool {
	if !s.take('{') {
		return false
	}
	for {
		s.space()
		from := s.at + 1
		if !s.text() {
			return false
		}
		name := s.raw[from : s.at-1]
		if !s.take(':') {
			return false
		}
		s.space()
		if string(name) == key {
			return true
		}
		if !s.skip() || !s.take(',') {
			return false
		}
	}
}

func (s *scanner) space() {
	for s.at < len(s.raw) && (s.raw[s.at] == ' ' || s.raw[s.at] == '\n' || s.raw[s.at] == '\t' || s.raw[s.at] == '\r') {
		s.at++
	}
}

func (s *scanner) take(c byte) bool {
	s.space()
	if s.at >= len(s.raw) || s.raw[s.at] != c {
		return false
	}
	s.at++
	return true
}

// text walks over a string.
func (s *scanner) text() bool {
	if s.at >= len(s.raw) || s.raw[s.at] != '"' {
		return false
	}
	for s.at++; s.at < len(s.raw); s.at++ {
		switch s.raw[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return true
		}
	}
	return false
}

// skip walks over a value.
func (s *scanner) skip() bool {
	s.space()
	depth := 0
	for s.at < len(s.raw) {
		switch s.raw[s.at] {
		case '"':
			if !s.text() {
				return false
			}
			if depth == 0 {
				return true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return true // the end of what is around the value
			}
			if depth--; depth == 0 {
				s.at++
				return true
			}
		case ',':
			if depth == 0 {
				return true
			}
		}
		s.at++
	}
	return false
}
