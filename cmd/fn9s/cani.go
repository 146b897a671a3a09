package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/rbac"
)

const aboutCanI = `Say whether a subject may do something, and through which binding.

The subject is you (with --as whom you impersonate), or the one of --subject or --serviceaccount. -n names the
namespace; without it the question is about the whole cluster. RESOURCE may be a resource, RESOURCE.GROUP,
RESOURCE/SUBRESOURCE, or an address such as /healthz.

With -f the answer is computed from the roles and bindings in manifests, beside those that every API server makes by
itself. On a cluster the API server is asked, and the bindings are named as far as they may be read.

--queries reads one question a line, in JSON: the spec of a SubjectAccessReview. It prints one answer a line.

Exit codes: 0 yes, or all questions answered · 1 no · 2 wrong usage, or a document that could not be read · 3 it cannot
be decided · 4 no connection or not authenticated · 130 interrupted.`

const canIExamples = `  fn9s can-i create pods -n fns --serviceaccount fns/charge-card
  fn9s can-i get secrets/status -n fns -f manifests/ --subject group:developers
  fn9s can-i --list -n fns
  fn9s can-i --queries questions.jsonl -f manifests/`

// canICommand is `fn9s can-i`.
type canICommand struct {
	rightsOptions
	subject, account string
	list             bool
	queries          string
}

func newCanI(a *app) *cobra.Command {
	c := &canICommand{rightsOptions: rightsOptions{app: a}}
	cmd := &cobra.Command{
		Use: "can-i VERB RESOURCE[/SUBRESOURCE] [NAME]", Short: "May this subject? And through which binding", Long: aboutCanI,
		Example: canIExamples, Args: cobra.MaximumNArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	c.addFlags(f, "json")
	f.StringVar(&c.subject, "subject", "", "who asks: sa:NAMESPACE/NAME, user:NAME or group:NAME")
	f.StringVar(&c.account, "serviceaccount", "", "who asks: the ServiceAccount NAMESPACE/NAME")
	f.BoolVar(&c.list, "list", false, "print all rules in force, with the binding that gives each")
	f.StringVar(&c.queries, "queries", "", "`file` with one question a line, or - for standard input")
	complete(cmd, "output", "json")
	return cmd
}

func (c *canICommand) run(ctx context.Context, args []string) error {
	if err := c.check(args); err != nil {
		return err
	}
	namespace, err := c.namespace()
	if err != nil {
		return err
	}
	subject, named, err := c.who()
	if err != nil {
		return err
	}
	if len(c.paths) > 0 && !named && c.queries == "" {
		return usageError("manifests do not say who you are: name the subject with --subject, --serviceaccount or --as")
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	questions, err := c.questions()
	if err != nil {
		return err
	}
	r, stop, err := c.open(ctx, namespacesOf(questions, namespace))
	if err != nil {
		return err
	}
	defer stop()
	if c.queries != "" {
		return cmp.Or(r.trouble(), c.batch(ctx, r, questions))
	}
	if !named {
		if subject, err = self(ctx, r); err != nil {
			return err
		}
	}
	if c.list {
		return errors.Join(c.printRules(rulesOf(r.Reader, subject, namespace)), r.trouble(), r.incomplete(subject))
	}
	q, err := r.attributes(ctx, args, namespace)
	if err != nil {
		return err
	}
	ask := func() (permissions.Answer, error) { return r.Ask(ctx, subject, q) }
	if !named {
		ask = func() (permissions.Answer, error) { return r.AskSelf(ctx, subject, q) }
	}
	answer, err := ask()
	if err != nil {
		return unreachable(r.Client.Context, err)
	}
	return c.print(r, answer)
}

// check looks at what fits together.
func (c *canICommand) check(args []string) error {
	if err := checkFormat(c.output, "json"); err != nil {
		return err
	}
	other := c.list || c.queries != ""
	switch {
	case c.list && c.queries != "":
		return usageError("--list and --queries exclude each other")
	case other && len(args) > 0:
		return usageError("--list and --queries take no arguments")
	case !other && len(args) < 2:
		return usageError("name a verb and a resource: fn9s can-i VERB RESOURCE[/SUBRESOURCE] [NAME]")
	case c.subject != "" && c.account != "":
		return usageError("--subject and --serviceaccount exclude each other")
	case c.queries != "" && (c.subject != "" || c.account != ""):
		return usageError("--queries names the subjects itself")
	case c.queries == "-" && slices.Contains(c.paths, "-"):
		return usageError("standard input cannot be both the questions and the manifests")
	case c.limit <= 0:
		return usageError("--timeout %s: it must be longer than nothing", c.limit)
	}
	return nil
}

// who returns the subject that the flags name. On a cluster --as is a matter of the connection, on manifests it names
// the subject.
func (c *canICommand) who() (s rbac.Subject, named bool, err error) {
	switch {
	case c.account != "":
		s, err = subjectOf("sa:" + c.account)
		return s, true, err
	case c.subject != "":
		s, err = subjectOf(c.subject)
		return s, true, err
	case len(c.paths) > 0 && *c.app.flags.Impersonate != "":
		user := *c.app.flags.Impersonate
		if a, ok := rbac.AccountOf(user); ok && len(*c.app.flags.ImpersonateGroup) == 0 {
			return rbac.ForAccount(a.Namespace, a.Name), true, nil
		}
		return rbac.ForUser(user, append(slices.Clone(*c.app.flags.ImpersonateGroup), rbac.Authenticated)...), true, nil
	}
	return s, false, nil
}

// subjectOf reads `sa:NAMESPACE/NAME`, `user:NAME` or `group:NAME`. A group is asked for alone; everybody else is
// authenticated.
func subjectOf(text string) (rbac.Subject, error) {
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case name == "":
	case kind == "sa":
		if ns, account, ok := strings.Cut(name, "/"); ok && ns != "" && account != "" && !strings.Contains(account, "/") {
			return rbac.ForAccount(ns, account), nil
		}
	case kind == "user":
		if a, ok := rbac.AccountOf(name); ok {
			return rbac.ForAccount(a.Namespace, a.Name), nil
		}
		if name == rbac.Anonymous {
			return rbac.ForUser(name, rbac.Unauthenticated), nil
		}
		return rbac.ForUser(name, rbac.Authenticated), nil
	case kind == "group":
		return rbac.ForGroup(name), nil
	}
	return rbac.Subject{}, usageError("subject %q: write sa:NAMESPACE/NAME, user:NAME or group:NAME", text)
}

// self returns who the operator is, as far as the server tells.
func self(ctx context.Context, r *rightsReader) (rbac.Subject, error) {
	name, groups, err := r.Client.Self(ctx)
	if err != nil && !refused(err) {
		return rbac.Subject{}, unreachable(r.Client.Context, err)
	}
	return rbac.ForUser(name, groups...), nil
}

// canIAnswer is one answer in JSON.
type canIAnswer struct {
	Allowed bool      `json:"allowed"`
	Via     []viaItem `json:"via"`
	Unknown string    `json:"unknown"`
}

func answerOf(a permissions.Answer) canIAnswer {
	return canIAnswer{Allowed: a.Allowed, Via: viaItems(a.Via), Unknown: missingText(a.Missing)}
}

func (c *canICommand) print(r *rightsReader, answer permissions.Answer) error {
	a := answerOf(answer)
	var err error
	if c.output == "json" {
		err = printJSON(c.app.Out, a)
	} else {
		err = write(c.app.Out, a.text())
	}
	if err != nil {
		return err
	}
	if err := r.trouble(); err != nil {
		return err
	}
	switch {
	case a.Allowed:
		return nil
	case a.Unknown != "":
		return silent(exitUnknown)
	}
	return silent(exitFindings)
}

func (a canIAnswer) text() string {
	var b strings.Builder
	switch {
	case a.Allowed:
		b.WriteString("yes\n")
	case a.Unknown != "":
		b.WriteString("unknown: " + clean(a.Unknown) + "\n")
	default:
		b.WriteString("no\n")
	}
	for _, v := range a.Via {
		line := "  by " + objectText(v.Binding)
		if v.Role.Name != "" {
			line += " to " + objectText(v.Role)
		}
		if v.Group != "" && v.Role.Name != "" {
			line += " for group " + v.Group
		}
		fmt.Fprintln(&b, clean(line))
	}
	return b.String()
}
