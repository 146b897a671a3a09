package generic

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Globs selects names: a leading ! excludes. Without a pattern that includes, everything is included.
type Globs struct{ include, exclude []string }

// Match reports whether the name is selected.
func (g *Globs) Match(name string) bool {
	return (len(g.include) == 0 || anyGlob(g.include, name)) && !anyGlob(g.exclude, name)
}

// IsZero reports whether there is no pattern.
func (g *Globs) IsZero() bool { return len(g.include)+len(g.exclude) == 0 }

func anyGlob(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, name); ok && err == nil {
			return true
		}
	}
	return false
}

func (r *reader) globs(n *yaml.Node, what string) Globs {
	var g Globs
	for _, e := range r.elements(n, what) {
		s := r.text(e, "an element of "+what)
		if s == "" {
			continue
		}
		pattern, not := strings.CutPrefix(s, "!")
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			r.failf(e, "%s: %s is no pattern: use * ? [a-z], and a leading ! to exclude", what, short(s))
			continue
		}
		if not {
			g.exclude = append(g.exclude, pattern)
		} else {
			g.include = append(g.include, pattern)
		}
	}
	return g
}
