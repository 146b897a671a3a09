package generic

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// call reads how the function is called.
func (b *builder) call() {
	i := b.e.invoke
	if i == nil {
		return
	}
	c := &model.Call{Method: i.method}
	c.Path, _ = i.path.first(&b.scope)
	for _, name := range slices.Sorted(maps.Keys(i.headers)) {
		rule := i.headers[name]
		value, _ := rule.first(&b.scope)
		switch {
		case value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		case http.CanonicalHeaderKey(name) == "Host":
			c.Host = value
		default:
			c.Headers = append(c.Headers, model.CallHeader{Name: name, Value: value})
		}
	}
	if name, _ := i.service.first(&b.scope); name != "" {
		c.URL, c.Missing = b.front(i, name)
	}
	b.f.Call = c
	b.trace.add("invoke", c.Method+" "+cmp.Or(c.URL, c.Missing, "its own address")+" "+c.Path, "invoke", i.line)
}

// front is the address of the Service that calls go to, NAME or NAMESPACE/NAME, or why there is none.
func (b *builder) front(i *invokeRule, name string) (url, missing string) {
	ns := b.head.Namespace
	if before, after, ok := strings.Cut(name, "/"); ok {
		ns, name = before, after
	}
	port, _ := i.port.first(&b.scope)
	ref := model.Ref{Kind: frameworks.Service.Kind, Namespace: ns, Name: name}
	s := frameworks.GetService(b.x, ns, name)
	if s == nil {
		if why := frameworks.Unseen(b.x, frameworks.Service, ns); why != "" {
			return "", "calls go to " + ref.String() + ": " + why
		}
		return "", "calls go to " + ref.String() + ", which is not there"
	}
	for _, u := range frameworks.ServiceURLs(onlyPort(s, port)) {
		if _, _, ok := frameworks.ServiceOf(u.URL); ok {
			return u.URL, ""
		}
	}
	return "", "calls go to " + ref.String() + ", which has no port " + cmp.Or(port, "for TCP")
}

// Call is what the configuration says of calls, or the addresses of the function where it says nothing.
func (a *adapter) Call(f *model.Function) plan.Call {
	c := f.Call
	if c == nil {
		return plan.Call{Doors: frameworks.Doors(f)}
	}
	call := plan.Call{Method: c.Method, None: c.Missing}
	for _, h := range c.Headers {
		call.Headers = append(call.Headers, plan.Header{Name: h.Name, Value: h.Value})
	}
	switch {
	case c.URL != "": // what stands before functions starts those without pods
		call.Doors = []plan.Door{{URL: c.URL, Wakes: true}}
	case c.Missing == "":
		call.Doors = frameworks.Doors(f)
	}
	for i := range call.Doors {
		d := &call.Doors[i]
		d.URL, d.Host = under(model.URL{URL: d.URL}, c.Path).URL, c.Host
	}
	return call
}
