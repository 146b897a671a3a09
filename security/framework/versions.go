package framework

import (
	"encoding/json"
	"slices"
	"strings"
)

const (
	maxPackages = 20       // that are named
	maxManifest = 64 << 10 // of a list of packages that is read
)

// loose lists the packages of a dependency file that may be another version at the next install, sorted. ok is false
// when the file cannot be read.
func loose(runtime, text string) (packages []string, ok bool) {
	if len(text) > maxManifest {
		return nil, false
	}
	switch {
	case strings.TrimSpace(text) == "":
		return nil, true
	case strings.HasPrefix(runtime, "nodejs"):
		packages, ok = looseJSON(text, "dependencies", "devDependencies", "optionalDependencies")
	case strings.HasPrefix(runtime, "php"):
		packages, ok = looseJSON(text, "require")
	case strings.HasPrefix(runtime, "python"):
		packages, ok = looseLines(text, looseRequirement), true
	case strings.HasPrefix(runtime, "ruby"):
		packages, ok = looseLines(text, looseGem), true
	default:
		return nil, true // files of Go, Java and .NET name versions
	}
	slices.Sort(packages)
	packages = slices.Compact(packages)
	return packages[:min(len(packages), maxPackages)], ok
}

func looseJSON(text string, fields ...string) (packages []string, ok bool) {
	var o map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &o) != nil {
		return nil, false
	}
	for _, f := range fields {
		var versions map[string]string
		if len(o[f]) > 0 && json.Unmarshal(o[f], &versions) != nil {
			return nil, false
		}
		for name, v := range versions {
			if !exactVersion(v) && name != "php" && !strings.HasPrefix(name, "ext-") {
				packages = append(packages, short(name))
			}
		}
	}
	return packages, true
}

// exactVersion reports whether a version of npm or Composer is one and no other.
func exactVersion(v string) bool {
	v = strings.TrimSpace(v)
	if _, commit, ok := strings.Cut(v, "#"); ok {
		return isCommit(commit)
	}
	if alias, ok := strings.CutPrefix(v, "npm:"); ok {
		v = alias[strings.LastIndexByte(alias, '@')+1:]
	}
	v = strings.TrimPrefix(strings.TrimPrefix(v, "="), "v")
	core, _, _ := strings.Cut(v, "+")
	core, _, _ = strings.Cut(core, "-")
	numbers := strings.Split(core, ".")
	if len(numbers) < 3 || len(numbers) > 4 || strings.ContainsAny(v, " |*,") {
		return false
	}
	return !slices.ContainsFunc(numbers, func(n string) bool { return n == "" || strings.Trim(n, "0123456789") != "" })
}

// isCommit reports whether text is a whole git commit.
func isCommit(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}

func looseLines(text string, read func(line string) string) []string {
	var packages []string
	for line := range strings.Lines(text) {
		if name := read(strings.TrimSpace(line)); name != "" {
			packages = append(packages, short(name))
		}
	}
	return packages
}

// looseRequirement returns the package of a line of requirements.txt, empty when its version is exact.
func looseRequirement(line string) string {
	line, _, _ = strings.Cut(line, " #")
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return ""
	}
	if rest, ok := strings.CutPrefix(line, "-e "); ok {
		line = strings.TrimSpace(rest)
	} else if line[0] == '-' {
		return ""
	}
	line, _, _ = strings.Cut(line, ";")
	if strings.Contains(line, "://") {
		name, _, _ := strings.Cut(line, " ")
		address, _, _ := strings.Cut(line[strings.Index(line, "://")+3:], "#")
		if isCommit(address[strings.LastIndexByte(address, '@')+1:]) {
			return ""
		}
		if strings.Contains(name, "://") {
			return "a package by URL" // the URL may hold a credential
		}
		return name
	}
	end := strings.IndexAny(line, "=<>!~ [")
	if end < 0 {
		return line
	}
	if _, version, ok := strings.Cut(line, "=="); ok && !strings.ContainsAny(version, "*,") && !strings.ContainsAny(line, "<>!~") {
		return ""
	}
	return line[:end]
}

// looseGem returns the package of a line of a Gemfile, empty when its version is exact.
func looseGem(line string) string {
	rest, ok := strings.CutPrefix(line, "gem ")
	if !ok {
		return ""
	}
	args := strings.Split(rest, ",")
	name := strings.Trim(args[0], " '\"")
	if len(args) > 1 {
		if v := strings.Trim(args[1], " '\""); v != "" && strings.Trim(v, "0123456789.") == "" {
			return ""
		}
	}
	return name
}
