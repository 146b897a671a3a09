package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/text"
)

// Progress sums up how far the first listing of the clusters is, in a headline and one line for each kind.
func Progress(clusters []status.Cluster) (headline string, lines []string) {
	kinds, listed, objects := 0, 0, 0
	for i := range clusters {
		c := &clusters[i]
		for _, k := range byKind(c.Progress) {
			if !k.primary {
				continue
			}
			kinds++
			objects += k.objects
			if k.listed == k.scopes {
				listed++
			}
			lines = append(lines, k.line(len(clusters) > 1, c.Context))
		}
	}
	if kinds == 0 {
		return "Connecting: asking which APIs exist", lines
	}
	return fmt.Sprintf("Listing functions: %d of %d kinds, %s objects", listed, kinds, text.Count(objects)), lines
}

type kindProgress struct {
	name                    string
	scopes, listed, objects int
	primary                 bool
}

func (k kindProgress) line(several bool, context string) string {
	mark := "…"
	if k.listed == k.scopes {
		mark = "✓"
	}
	line := mark + " " + k.name + " " + text.Count(k.objects)
	if k.scopes > 1 {
		line += fmt.Sprintf(" (%d of %d namespaces)", k.listed, k.scopes)
	}
	if several {
		line = context + ": " + line
	}
	return text.Clean(line)
}

func byKind(all []status.Progress) []kindProgress {
	var kinds []kindProgress
	at := map[string]int{}
	for _, p := range all {
		name := p.Kind
		if p.Group != "" {
			name += "." + p.Group
		}
		i, ok := at[name]
		if !ok {
			i = len(kinds)
			at[name] = i
			kinds = append(kinds, kindProgress{name: name})
		}
		k := &kinds[i]
		k.scopes++
		k.objects += p.Objects
		k.primary = k.primary || p.Primary
		if p.Listed {
			k.listed++
		}
	}
	return kinds
}

// ConnectionNote says in one line why a cluster's data may be old or absent; empty while it is live.
func ConnectionNote(c *status.Cluster, now time.Time) string {
	conn := &c.Connection
	reason := text.Clean(conn.Reason)
	switch conn.Phase {
	case status.Live, status.Files, status.Demo:
		return ""
	case status.Stale:
		return fmt.Sprintf("%s is stale since %s (%s)%s%s: ctrl-r retries now", text.Clean(c.Context),
			conn.Since.Format("15:04:05"), text.Age(now.Sub(conn.Since)), because(reason), nextTry(conn.Retry, now))
	case status.AuthNeeded:
		login := ""
		if conn.Plugin != "" {
			login = ": log in with " + text.Clean(conn.Plugin)
		}
		return text.Clean(c.Context) + " needs you to log in" + login + because(reason)
	case status.Denied:
		return text.Clean(c.Context) + " refuses you" + because(reason)
	}
	if reason == "" {
		return ""
	}
	return text.Clean(c.Context) + " does not answer" + because(reason) + nextTry(conn.Retry, now)
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func nextTry(retry, now time.Time) string {
	if retry.IsZero() {
		return ""
	}
	return ", next try in " + text.Age(max(0, retry.Sub(now)))
}

// DeniedNote says in one line which namespaces cannot be seen, what is shown nevertheless, and where the reasons
// are; empty when nothing is refused that a functions table needs.
func DeniedNote(clusters []status.Cluster, scope Scope) string {
	var denied, seen []string
	listed := true
	for i := range clusters {
		c := &clusters[i]
		listed = listed && c.NamespacesListed
		for _, n := range c.Namespaces {
			if !scope.Has(n.Name) {
				continue
			}
			if n.Denied != "" {
				denied = append(denied, text.Clean(n.Name))
			} else {
				seen = append(seen, text.Clean(n.Name))
			}
		}
	}
	slices.Sort(denied)
	slices.Sort(seen)
	switch {
	case len(denied) > 0 && len(seen) > 0:
		return fmt.Sprintf("denied: %s. You see %s. :ns says why", some(denied, 3), some(seen, 4))
	case len(denied) > 0:
		return "denied: " + some(denied, 4) + ". :ns says why"
	case !listed && len(seen) > 0:
		return fmt.Sprintf("denied: other namespaces (you may not list them). You see %s. :ns NAME adds one", some(seen, 4))
	}
	return refusedKinds(clusters, scope)
}

func refusedKinds(clusters []status.Cluster, scope Scope) string {
	var names []string
	for i := range clusters {
		for _, r := range clusters[i].Refusals {
			if !scope.Has(r.Namespace) {
				continue
			}
			if s := cmp.Or(text.Clean(r.Verb), "list") + " " + text.Clean(r.Resource); !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "denied: you may not " + some(names, 3) + ". What comes of it is shown as unknown"
}

// Refusals lists what is denied, one line each: verb, resource, namespace and the server's words.
func Refusals(clusters []status.Cluster, scope Scope) []string {
	var lines []string
	for i := range clusters {
		c := &clusters[i]
		for _, n := range c.Namespaces {
			if n.Denied != "" && scope.Has(n.Name) {
				lines = append(lines, "namespace "+n.Name+": "+n.Denied)
			}
		}
		for _, r := range c.Refusals {
			if !scope.Has(r.Namespace) {
				continue
			}
			resource := r.Resource
			if r.Group != "" {
				resource += "." + r.Group
			}
			where := " in all namespaces"
			if r.Namespace != "" {
				where = " in " + r.Namespace
			}
			lines = append(lines, r.Verb+" "+resource+where+because(r.Reason))
		}
	}
	for i := range lines {
		lines[i] = text.Clean(lines[i])
	}
	return lines
}

// some joins the first names and counts the rest.
func some(names []string, n int) string {
	if len(names) <= n+1 {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:n], ", ") + " and " + strconv.Itoa(len(names)-n) + " more"
}
