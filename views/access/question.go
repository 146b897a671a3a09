package access

import (
	"cmp"
	"context"

	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/tree"
	"github.com/fn9s/fn9s/views/answer"
	"github.com/fn9s/fn9s/views/screen"
)

// Ask makes the screen of a question about rights.
func Ask(env *screen.Env, q screen.Question) *answer.Screen {
	a := &asked{Question: q, rights: env.Rights, operator: operatorOf(env, q.Context)}
	if q.Verb != "" {
		found := a.resource()
		a.attributes, a.known = found.Ask(q.Verb, q.Subresource, q.Name, q.Namespace), found.Known
		if q.Resource != "" && q.Resource[0] == '/' {
			a.attributes, a.known = rbac.Attributes{Verb: q.Verb, Path: q.Resource}, true
		}
	}
	c := answer.Config{Title: q.String(), Context: q.Context, Ask: a.who}
	if q.Self {
		c.Ask = a.self
		if env.Rights != nil {
			c.Prepare = a.prepare
		}
	}
	return answer.New(env, c)
}

// operatorOf is who the operator is as far as the board tells: his name alone.
func operatorOf(env *screen.Env, of string) screen.Operator {
	if c, ok := env.Boards.Board().Cluster(of); ok {
		return screen.Operator{Name: c.Operator, Groups: []string{rbac.Authenticated}}
	}
	return screen.Operator{}
}

// asked is a question, with what the server says to it.
type asked struct {
	screen.Question
	rights     screen.Rights
	attributes rbac.Attributes
	known      bool
	operator   screen.Operator
}

func (a *asked) resource() permissions.Resource {
	if a.rights == nil {
		return permissions.Meaning(nil, a.Resource)
	}
	return a.rights.Resource(a.Context, a.Resource)
}

// prepare asks the server. No other command of the screen runs meanwhile.
func (a *asked) prepare(ctx context.Context) error {
	o, err := a.rights.MayI(ctx, a.Context, a.attributes)
	if err != nil {
		return err
	}
	o.Name = cmp.Or(o.Name, a.operator.Name)
	a.operator = o
	return nil
}

// where says what a question is about.
func (a *asked) where() string {
	switch {
	case a.attributes.Path != "":
		return ""
	case a.attributes.Namespace != "":
		return "in namespace " + a.attributes.Namespace
	}
	return "in the whole cluster (-n NAMESPACE asks about one namespace)"
}

func (a *asked) heading(title string) []tree.Item {
	items := []tree.Item{answer.Heading("question", title, a.where())}
	if !a.known {
		items = append(items, tree.Item{ID: "unknown resource", Depth: 1, Dashed: true, Parts: []tree.Part{{Role: themes.Warning,
			Text: "▲ no resource " + a.Resource + " is known: write RESOURCE.GROUP for one of another group"}}})
	}
	return items
}

// what is the question without who asks: `create pods/exec`.
func (a *asked) what() string {
	q := a.Question
	q.Self, q.Namespace = true, ""
	return q.String()[len("can-i "):]
}

// who lists the subjects that may.
func (a *asked) who(r *snapshot.Reader) *answer.Page {
	grants, missing := answer.Grants(r, a.attributes)
	items := a.heading("Who can " + a.what())
	return &answer.Page{Items: append(items, answer.Subjects("who", 1, grants, missing, true)...)}
}

// self says whether the operator may.
func (a *asked) self(r *snapshot.Reader) *answer.Page {
	o := a.operator
	subject := rbac.ForUser(o.Name, o.Groups...)
	if a.Verb == "" {
		return a.rules(r, subject)
	}
	computed := permissions.Compute(r, subject, a.attributes)
	if o.Decided {
		computed.Missing = nil
		if computed.Allowed = o.Allowed; !o.Allowed {
			computed.Via = nil
		}
	}
	items := a.heading("Can " + cmp.Or(o.Name, "this operator") + " " + a.what() + "?")
	verdict := tree.Part{Role: themes.Error, Text: "✗ no"}
	switch {
	case computed.Allowed:
		verdict = tree.Part{Role: themes.OK, Text: "✓ yes"}
	case len(computed.Missing) > 0:
		verdict = tree.Part{Role: themes.Unknown, Text: "? unknown"}
	}
	by := "by the roles and bindings that could be read; the API server was not asked"
	if o.Decided {
		by = "says the API server"
		if !o.Allowed && o.Reason != "" {
			by += ": " + o.Reason
		}
	}
	items = append(items, tree.Item{ID: "verdict", Depth: 1, Parts: []tree.Part{verdict, {Role: themes.Muted, Text: "  " + by}}})
	for _, v := range computed.Via {
		it := tree.Item{ID: "via " + v.Binding.String() + v.Group, Depth: 2, Parts: []tree.Part{{Role: themes.Value, Text: "by " + answer.Through(v)}}}
		if v.Binding.Kind != "" {
			it.Value = v.Binding
		}
		items = append(items, it)
	}
	if computed.Allowed && len(computed.Via) == 0 {
		items = append(items, tree.Item{ID: "via none", Depth: 2, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown,
			Text: "? by no binding that could be read: another authorizer, or one that you may not see"}}})
	}
	return &answer.Page{Items: append(items, answer.Unknown("can", "cannot be decided", 2, computed.Missing)...)}
}

// rules lists everything that the operator may do.
func (a *asked) rules(r *snapshot.Reader, s rbac.Subject) *answer.Page {
	where := "everywhere"
	if a.Namespace != "" {
		where = "in namespace " + a.Namespace
	}
	items := []tree.Item{answer.Heading("question", "What "+cmp.Or(s.Name, "this operator")+" can do", where)}
	set := rbac.For(r, s)
	set.All(func(g *rbac.Grant) bool {
		if g.Namespace != "" && a.Namespace != "" && g.Namespace != a.Namespace {
			return true
		}
		for i := range g.Role.Rules {
			if it, ok := rule("rule "+g.Binding.String()+" "+g.Group+" "+g.Role.Rules[i].String(), g, i); ok {
				items = append(items, it)
			}
		}
		return true
	})
	if len(items) == 1 {
		items = append(items, tree.Item{ID: "none", Depth: 1, Parts: []tree.Part{{Role: themes.Muted, Text: "nothing, by the roles and bindings that could be read"}}})
	}
	return &answer.Page{Items: append(items, answer.Unknown("can", "there may be more", 1, set.Missing)...)}
}
