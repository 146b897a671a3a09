package tty

import "time"

// resized tells when the terminal may have another size: Windows has no signal for it.
func resized() (changed <-chan time.Time, stop func()) {
	t := time.NewTicker(250 * time.Millisecond)
	return t.C, t.Stop
}
