package text

import (
	"strconv"
	"time"
)

// Age writes how long ago something was in one unit, the largest of which there are at least
// two: 45s, 90m, 12d. A negative age, from a clock that runs ahead, is 0s.
func Age(d time.Duration) string {
	const day = 24 * time.Hour
	const year = 365 * day
	unit, name := time.Second, "s"
	switch {
	case d < 0:
		d = 0
	case d >= 2*year:
		unit, name = year, "y"
	case d >= 2*day:
		unit, name = day, "d"
	case d >= 2*time.Hour:
		unit, name = time.Hour, "h"
	case d >= 2*time.Minute:
		unit, name = time.Minute, "m"
	}
	return strconv.FormatInt(int64(d/unit), 10) + name
}

// Count writes a number with commas between thousands: 1,204.
func Count(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	if len(s)-start <= 3 {
		return s
	}
	out := make([]byte, 0, len(s)+len(s)/3)
	for i := range len(s) {
		if i > start && (len(s)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, s[i])
	}
	return string(out)
}
