package security

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	// longestException is how far ahead the end of an exception may lie.
	longestException = 180 * 24 * time.Hour
	maxExceptions    = 10_000
	day              = "2006-01-02"
	// acceptPrefix begins annotations that accept a risk: `posture.fn9s.io/accept-POD-11: 'reason; until=DATE'`.
	acceptPrefix = "posture.fn9s.io/accept-"
)

// ParseExceptions reads a file of accepted risks: a list of control, functions, reason, owner and until. An entry that
// is wrong is told with its line and does not count; the others do.
func ParseExceptions(file string, data []byte, now time.Time) (accepted []snapshot.Exception, problems []error) {
	var entries []yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&entries); err != nil && !errors.Is(err, io.EOF) {
		return nil, []error{fmt.Errorf("%s: read exceptions: %w", file, err)}
	}
	if len(entries) > maxExceptions {
		return nil, []error{fmt.Errorf("%s: %d exceptions, more than %d", file, len(entries), maxExceptions)}
	}
	for i := range entries {
		where := fmt.Sprintf("%s:%d", file, entries[i].Line)
		e, err := parseException(&entries[i], now)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", where, err))
			continue
		}
		e.From = where
		accepted = append(accepted, e)
	}
	return accepted, problems
}

func parseException(node *yaml.Node, now time.Time) (snapshot.Exception, error) {
	var raw struct {
		Control   string   `yaml:"control"`
		Functions []string `yaml:"functions"`
		Reason    string   `yaml:"reason"`
		Owner     string   `yaml:"owner"`
		Until     string   `yaml:"until"`
	}
	if err := node.Decode(&raw); err != nil {
		return snapshot.Exception{}, fmt.Errorf("read exception: %w", err)
	}
	e := snapshot.Exception{Functions: raw.Functions, Reason: strings.TrimSpace(raw.Reason), Owner: raw.Owner}
	c, ok := Control(raw.Control)
	switch {
	case !ok:
		return e, fmt.Errorf("there is no control %q", raw.Control)
	case len(raw.Functions) == 0:
		return e, fmt.Errorf("exception for %s names no functions; '*/*' names all", c.ID)
	}
	for _, glob := range raw.Functions {
		if _, err := path.Match(glob, ""); err != nil || strings.Count(glob, "/") < 1 {
			return e, fmt.Errorf("exception for %s: %q is no pattern of NAMESPACE/NAME", c.ID, glob)
		}
	}
	var err error
	e.Control = c.ID
	if e.Until, err = until(raw.Until, now); err != nil {
		return e, fmt.Errorf("exception for %s: %w", c.ID, err)
	}
	return e, nil
}

// until reads the last day of an exception and returns the end of that day.
func until(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, errors.New("until is missing")
	}
	last, err := time.Parse(day, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("until %q is no date such as %s", text, day)
	}
	end := last.AddDate(0, 0, 1)
	if end.Sub(now) > longestException+24*time.Hour {
		return time.Time{}, fmt.Errorf("until %s is more than 180 days ahead", text)
	}
	return end, nil
}

// exceptions are what may accept findings of one function.
type exceptions struct {
	valid   []*snapshot.Exception
	invalid []invalidException
}

// invalidException is one that names the function and does not count.
type invalidException struct {
	*snapshot.Exception
	problem string
	object  model.Ref
	path    string
}

// accepted answers which exceptions name a function: those of the file first. It is nil where none does.
var accepted = snapshot.NewQuery("accepted risks of a function", func(r *snapshot.Reader, key model.FunctionKey) *exceptions {
	f := r.Function(key)
	if f == nil {
		return nil
	}
	if all := exceptionsOf(r, f); len(all.valid)+len(all.invalid) > 0 {
		return &all
	}
	return nil
}, nil).Passing().Eager()

func exceptionsOf(r *snapshot.Reader, f *model.Function) exceptions {
	var all exceptions
	list := r.Exceptions()
	for i := range list {
		e := &list[i]
		if !names(e, f) {
			continue
		}
		switch {
		case !r.Options().Now.Before(e.Until):
			all.refuse(e, "expired on "+e.Until.AddDate(0, 0, -1).Format(day), f.Object, "")
		case e.Reason == "":
			all.refuse(e, "gives no reason", f.Object, "")
		default:
			all.valid = append(all.valid, e)
		}
	}
	if o := r.Get(f.Object); o != nil {
		all.annotations(o.Head(), r.Options().Now)
	}
	return all
}

func (x *exceptions) refuse(e *snapshot.Exception, problem string, object model.Ref, path string) {
	x.invalid = append(x.invalid, invalidException{e, problem, object, path})
}

func (x *exceptions) annotations(h *model.Header, now time.Time) {
	for _, a := range h.Annotations {
		id, ok := strings.CutPrefix(a.Key, acceptPrefix)
		if !ok {
			continue
		}
		reason, date := a.Value, ""
		if i := strings.LastIndexByte(a.Value, ';'); i >= 0 {
			reason, date = a.Value[:i], a.Value[i+1:]
		}
		e := &snapshot.Exception{Control: strings.ToUpper(id), Reason: strings.TrimSpace(reason), From: "annotation"}
		date, dated := strings.CutPrefix(strings.TrimSpace(date), "until=")
		end, err := until(date, now)
		where := "metadata.annotations[" + a.Key + "]"
		switch {
		case e.Reason == "":
			x.refuse(e, "gives no reason", h.Ref, where)
		case !dated || err != nil:
			x.refuse(e, "has no date until which it counts, at most 180 days ahead", h.Ref, where)
		case !now.Before(end):
			x.refuse(e, "expired on "+date, h.Ref, where)
		default:
			e.Until = end
			x.valid = append(x.valid, e)
		}
	}
}

func names(e *snapshot.Exception, f *model.Function) bool {
	for _, glob := range e.Functions {
		namespace, name, _ := strings.Cut(glob, "/")
		inNamespace, _ := path.Match(namespace, f.Key.Namespace)
		if !inNamespace {
			continue
		}
		for _, n := range []string{f.Key.Name, f.Name()} {
			// A name may hold slashes, which a star is to match as well.
			if ok, _ := path.Match(strings.ReplaceAll(name, "/", "\x00"), strings.ReplaceAll(n, "/", "\x00")); ok {
				return true
			}
		}
	}
	return false
}

// accept marks the findings that an exception covers. An annotation covers medium and lower ones only: whoever can
// write the function could silence everything.
func (x *exceptions) accept(findings []check.Finding) {
	for i := range findings {
		f := &findings[i]
		if f.Status != check.Fail {
			continue
		}
		for _, e := range x.valid {
			if e.Control == f.Control.ID && (e.From != "annotation" || f.Severity <= check.Medium) {
				f.Accept(e)
				break
			}
		}
	}
}

// badException is AUD-09. The engine holds it, because it holds the exceptions.
var badException = check.Control{
	ID: "AUD-09", Priority: check.M, Pillar: check.Provenance, Scope: check.ScopeFunction, Base: check.Low, Offline: check.Yes,
	Title:   "Exception expired or without reason",
	Detects: "A risk of this function was accepted, in the file of exceptions or by an annotation, and the acceptance has expired, gives no reason or names no date.",
	Why:     "The risk counts again, and somebody believes that it does not.",
	Check: func(e *check.Eval) {
		all := accepted.Get(e.Reader, e.F.Key)
		if all == nil {
			return
		}
		for _, x := range all.invalid {
			from := "The exception of " + x.From
			if x.From == "annotation" {
				from = "The exception in annotation"
			}
			e.Fail(check.At{Object: x.object, Path: x.path}, from+" for "+x.Control+" "+x.problem+": it does not count.")
		}
	},
}
