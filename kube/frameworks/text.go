package frameworks

import (
	"math"
	"strings"
	"unicode/utf8"
)

// MaxText bounds a single text, and MaxList a single list, that an adapter keeps of an object.
const (
	MaxText = 4 << 10
	MaxList = 256
)

// Text cuts a text of an object to MaxText, at a character.
func Text(s string) string { return Cut(s, MaxText) }

// Cut cuts a text to so many bytes, at a character.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.Clone(s[:cut]) + "…"
}

// Line is Text without what follows the first line, for Reason.
func Line(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return Text(strings.TrimSpace(s))
}

// List cuts a list of an object to MaxList.
func List[T any](all []T) []T { return all[:min(len(all), MaxList)] }

// Number brings a number of an object into the range of counts: negative is zero.
func Number(n int64) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// Sentence joins reason and message of a condition or container state: `Reason: message`.
func Sentence(reason, message string) string {
	reason, message = Line(reason), Line(message)
	switch {
	case message == "" || message == reason:
		return reason
	case reason == "" || strings.HasPrefix(message, reason):
		return message
	}
	return Text(reason + ": " + message)
}

// ImageTag returns the tag of an image reference without its digest, empty when it has none.
func ImageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}
