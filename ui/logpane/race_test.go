//go:build race

package logpane

const raceEnabled = true
