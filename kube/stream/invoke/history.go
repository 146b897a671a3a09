package invoke

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// Exchange is a call and what came of it. It must not be changed. Credentials are not in it.
type Exchange struct {
	Request Request
	Answer  *Answer // nil: none came
	Err     string
	id      model.FunctionID
	size    int
}

// What is remembered at most.
const (
	mostCalls = 200
	mostBytes = 16 << 20
)

// remember keeps a call. What lets it in is taken out of the copy.
func (c *Caller) remember(id model.FunctionID, r *Request, a *Answer, err error) {
	e := &Exchange{Request: *r, Answer: a, id: id}
	e.Request.Out, e.Request.Auth.Value = nil, nil
	e.Request.Headers = slices.Clone(r.Headers)
	for i := range e.Request.Headers {
		if private(e.Request.Headers[i].Name) {
			e.Request.Headers[i].Value = ""
		}
	}
	if a == nil {
		e.Answer = nil
	}
	if err != nil {
		e.Err = err.Error()
	}
	e.size = len(r.Body) + 1024
	if a != nil {
		e.size += len(a.Body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = append(c.kept, e)
	c.bytes += e.size
	c.history[id] = append(c.history[id], e)
	for len(c.kept) > mostCalls || c.bytes > mostBytes && len(c.kept) > 1 {
		old := c.kept[0]
		c.kept = c.kept[1:]
		c.bytes -= old.size
		c.history[old.id] = c.history[old.id][1:]
		if len(c.history[old.id]) == 0 {
			delete(c.history, old.id)
		}
	}
}

// private reports whether a header may hold what lets callers in.
func private(name string) bool {
	n := strings.ToLower(name)
	return strings.Contains(n, "authorization") || strings.Contains(n, "cookie") || strings.Contains(n, "token") ||
		strings.Contains(n, "api-key") || strings.Contains(n, "apikey") || strings.Contains(n, "secret") || strings.Contains(n, "password")
}

// Private reports whether the value of a header is not to be shown.
func Private(name string) bool { return private(name) }

// History lists the calls of a function in this session, the newest first.
func (c *Caller) History(id model.FunctionID) []*Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.history[id])
	slices.Reverse(all)
	return all
}
