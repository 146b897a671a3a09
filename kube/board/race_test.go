//go:build race

package board_test

import "time"

// promptly is within which a change is on its rows: three times the second that is promised, for the race detector.
const promptly = 3 * time.Second
