package framework

import (
	"strconv"
	"strings"
)

// olderThan compares two versions of three numbers. known is false when the first is none: a digest, a branch, latest.
func olderThan(version, than string) (older, known bool) {
	a, ok := numbers(version)
	if !ok {
		return false, false
	}
	b, _ := numbers(than)
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i], true
		}
	}
	return false, true
}

// numbers reads `v1.22`, `1.14.1-amd64`.
func numbers(version string) (n [3]int, ok bool) {
	version = strings.TrimPrefix(version, "v")
	if i := strings.IndexAny(version, "-+"); i >= 0 {
		version = version[:i]
	}
	fields := strings.Split(version, ".")
	if len(fields) < 2 || len(fields) > 3 {
		return n, false
	}
	for i, f := range fields {
		v, err := strconv.Atoi(f)
		if err != nil || v < 0 {
			return n, false
		}
		n[i] = v
	}
	return n, true
}
