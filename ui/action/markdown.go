package action

import (
	"strings"
)

// Markdown documents the listed actions: one table for each key set, with the keys of this registry.
func (r *Registry) Markdown() string {
	r.bind()
	var b strings.Builder
	for _, s := range keySets {
		wrote := false
		for _, a := range r.All() {
			if a.Set&s.set == 0 {
				continue
			}
			if !wrote {
				b.WriteString("## " + s.title + "\n\n| Key | Action | What it does | Id |\n| --- | --- | --- | --- |\n")
				wrote = true
			}
			b.WriteString("| " + codes(a.bound[s.set]) + " | " + cell(a.Title) + " | " + cell(a.Tooltip))
			if a.Mutates {
				b.WriteString(" *Changes the cluster.*")
			}
			b.WriteString(" | `" + string(a.ID) + "` |\n")
		}
		if wrote {
			b.WriteString("\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func codes(keys []string) string {
	if len(keys) == 0 {
		return "–"
	}
	parts := strings.Split(Labels(keys), " ")
	for i, p := range parts {
		parts[i] = "`" + strings.ReplaceAll(p, "|", `\|`) + "`"
	}
	return strings.Join(parts, " ")
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
