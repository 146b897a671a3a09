package secrets

import (
	"strconv"
	"time"
)

// count gives a number with its noun: `1 key`, `3 keys`.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

const day = 24 * time.Hour

// days gives a duration in days.
func days(d time.Duration) string { return count(int(d/day), "day", "days") }
