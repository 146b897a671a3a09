package rest

import "time"

const (
	firstRetry = 2 * time.Second
	maxDelay   = 5 * time.Minute
)

// delay is the time until the next poll. Failures grow it twofold from 2 s, refused credentials from one interval
// (repeating them fast locks accounts), up to 5 min; a server's Retry-After is respected up to that too. random is
// in [0,1): live polls are spread by a tenth, retries by a fifth, so that several fn9s do not fall into step.
func delay(interval time.Duration, failures int, refused bool, retryAfter time.Duration, random float64) time.Duration {
	if failures == 0 {
		return spread(interval, 0.1, random)
	}
	d := firstRetry
	if refused {
		d = interval
	}
	for i := 1; i < failures && d < maxDelay; i++ {
		d *= 2
	}
	d = spread(min(d, maxDelay), 0.2, random)
	return max(d, min(retryAfter, maxDelay))
}

func spread(d time.Duration, by, random float64) time.Duration {
	return time.Duration(float64(d) * (1 + by*(2*random-1)))
}
