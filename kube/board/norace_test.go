//go:build !race

package board_test

import "time"

// promptly is within which a change is on its rows.
const promptly = time.Second
