//go:build !race

package logpane

const raceEnabled = false
