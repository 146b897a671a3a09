package query

import (
	"strconv"
	"strings"
)

func (c Open) String() string {
	filter := c.Filter.String()
	// A bare first word could be read as a namespace.
	if terms := c.Filter.Terms(); len(terms) > 0 && !c.Scope.All && len(c.Scope.Namespaces) == 0 &&
		terms[0].Kind == Word && !terms[0].Not && terms[0].barable() {
		filter = quotePhrase(terms[0].Text) + filter[len(terms[0].Text):]
	}
	return join(c.Kind.Name, c.Scope.String(), filter)
}

func (c SwitchContext) String() string { return join("ctx", argument(c.Name)) }

func (c SwitchNamespaces) String() string {
	if c.All {
		return "ns *"
	}
	return join("ns", strings.Join(c.Names, ","))
}

func (c Metrics) String() string { return join("metrics", argument(c.Name), c.Scope.String()) }

func (c Logs) String() string { return join("logs", argument(c.Name), c.Scope.String()) }

func (c WhoCan) String() string { return CanI(c).text("who-can") }

func (c CanI) String() string { return c.text("can-i") }

func (c CanI) text(name string) string {
	resource := c.Resource
	if c.Subresource != "" {
		resource += "/" + c.Subresource
	}
	return join(name, argument(c.Verb), argument(resource), argument(c.Name), c.Scope.String())
}

func (c Tighten) String() string { return join("tighten", argument(c.Name), c.Scope.String()) }

func (c Rotate) String() string { return join("rotate", argument(c.Secret), c.Scope.String()) }

func (c New) String() string { return join("new", argument(c.Source)) }

func (c ReadOnly) String() string {
	if c.On {
		return "readonly on"
	}
	return "readonly off"
}

func (c Set) String() string { return join("set", argument(c.Option), argument(c.Value)) }

func (c View) String() string { return join("view", string(c.Op), argument(c.Name)) }

func (c Favourite) String() string {
	if c.Slot == 0 {
		return "fav"
	}
	return "fav " + strconv.Itoa(c.Slot)
}

func (c Save) String() string { return join("save", argument(c.File)) }

func (c Help) String() string { return join("help", argument(c.Topic)) }

func (Quit) String() string { return "q" }

func join(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p)
	}
	return b.String()
}

// argument prints a word so that it is read as one word, and as no flag.
func argument(s string) string {
	if s != "" && (strings.ContainsFunc(s, isSpaceRune) || strings.IndexByte(`"-@`, s[0]) >= 0) {
		return quotePhrase(s)
	}
	return s
}
