package logs

import "time"

// stamps reads the times that the server puts before lines. Lines of one minute share most of theirs.
type stamps struct {
	minute string // "2006-01-02T15:04:"
	begin  int64  // Unix time of that minute, read as UTC
}

const minuteLength = len("2006-01-02T15:04:")

// cut splits a line into its time, in nanoseconds since 1970, and the text behind it. A line without a time is not cut.
func (s *stamps) cut(line []byte) (at int64, text []byte, ok bool) {
	if len(line) < minuteLength+3 || line[10] != 'T' {
		return 0, line, false
	}
	if string(line[:minuteLength]) != s.minute && !s.learn(line[:minuteLength]) {
		return 0, line, false
	}
	second, ok := digits(line[minuteLength : minuteLength+2])
	if !ok || second > 60 {
		return 0, line, false
	}
	nanos, rest, ok := fraction(line[minuteLength+2:])
	if !ok {
		return 0, line, false
	}
	offset, rest, ok := zone(rest)
	if !ok {
		return 0, line, false
	}
	switch {
	case len(rest) == 0:
	case rest[0] == ' ':
		rest = rest[1:]
	default:
		return 0, line, false
	}
	return (s.begin+second-offset)*int64(time.Second) + nanos, rest, true
}

func (s *stamps) learn(minute []byte) bool {
	t, err := time.Parse("2006-01-02T15:04:", string(minute))
	if err != nil || t.Year() < 1970 || t.Year() > 2200 { // what nanoseconds in 64 bits can tell
		return false
	}
	s.minute, s.begin = string(minute), t.Unix()
	return true
}

func digits(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// fraction reads the part of a second behind its point, if there is one. What is finer than nanoseconds is dropped.
func fraction(b []byte) (nanos int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	b = b[1:]
	scale, i := int64(time.Second), 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		if scale /= 10; scale > 0 {
			nanos += int64(b[i]-'0') * scale
		}
	}
	return nanos, b[i:], i > 0
}

// zone reads `Z` or `+02:00`, as seconds east of Greenwich.
func zone(b []byte) (seconds int64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] == 'Z' {
		return 0, b[1:], true
	}
	if len(b) < 6 || b[0] != '+' && b[0] != '-' || b[3] != ':' {
		return 0, b, false
	}
	hours, ok1 := digits(b[1:3])
	minutes, ok2 := digits(b[4:6])
	if !ok1 || !ok2 || hours > 24 || minutes > 59 {
		return 0, b, false
	}
	seconds = hours*3600 + minutes*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, b[6:], true
}
