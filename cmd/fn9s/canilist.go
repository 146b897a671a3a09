package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// timeout bounds one command: many questions take longer than one.
func (c *canICommand) timeout() time.Duration {
	if c.queries != "" {
		return 10 * c.limit
	}
	return c.limit
}

func refused(err error) bool {
	k := client.Classify(err)
	return k == client.KindForbidden || k == client.KindNotFound
}

// rightsQuestion is one line of --queries; err says why it is none.
type rightsQuestion struct {
	subject rbac.Subject
	asked   rbac.Attributes
	err     error
}

const maxQuestion = 1 << 20 // bytes of one line

// questions reads the file of --queries.
func (c *canICommand) questions() ([]rightsQuestion, error) {
	var in io.Reader
	switch c.queries {
	case "":
		return nil, nil
	case "-":
		in = c.app.In
	default:
		f, err := os.Open(c.queries)
		if err != nil {
			return nil, usageError("--queries: %v", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	var all []rightsQuestion
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxQuestion)
	for n := 1; lines.Scan(); n++ {
		if text := bytes.TrimSpace(lines.Bytes()); len(text) > 0 {
			all = append(all, questionOf(text, n))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, usageError("--queries: %v", err)
	}
	return all, nil
}

func questionOf(text []byte, line int) rightsQuestion {
	var spec authorizationv1.SubjectAccessReviewSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return rightsQuestion{err: fmt.Errorf("line %d: %w", line, err)}
	}
	s, q, ok := permissions.Question(&spec)
	if !ok {
		return rightsQuestion{err: fmt.Errorf("line %d: it must have a user or groups, and either resourceAttributes or nonResourceAttributes", line)}
	}
	return rightsQuestion{subject: s, asked: q}
}

func namespacesOf(questions []rightsQuestion, own string) []string {
	var all []string
	if own != "" {
		all = append(all, own)
	}
	for i := range questions {
		if ns := questions[i].asked.Namespace; ns != "" && !slices.Contains(all, ns) {
			all = append(all, ns)
		}
	}
	return all
}

// asking is how many questions wait for the API server at once.
const asking = 16

// batch answers all questions, in their order.
func (c *canICommand) batch(ctx context.Context, r *rightsReader, questions []rightsQuestion) error {
	answers := make([]canIAnswer, len(questions))
	// What is computed comes first: a reader serves one at a time.
	asker := *r.Asker
	asker.Client = nil
	var wrong error
	for i := range questions {
		if err := questions[i].err; err != nil {
			answers[i], wrong = canIAnswer{Via: []viaItem{}, Unknown: err.Error()}, err
			continue
		}
		computed, err := asker.Ask(ctx, questions[i].subject, questions[i].asked)
		if err != nil {
			return err
		}
		answers[i] = answerOf(computed)
	}
	if r.Client != nil {
		if err := confirmAll(ctx, r, questions, answers); err != nil {
			return err
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	unknown := false
	for i := range answers {
		unknown = unknown || answers[i].Unknown != ""
		if err := encoder.Encode(&answers[i]); err != nil {
			return fmt.Errorf("print JSON: %w", err)
		}
	}
	if err := write(c.app.Out, escape(out.String())); err != nil {
		return err
	}
	switch {
	case wrong != nil:
		return withCode(exitUsage, wrong)
	case unknown:
		return silent(exitUnknown)
	}
	return nil
}

// confirmAll lets the API server decide, where it may be asked.
func confirmAll(ctx context.Context, r *rightsReader, questions []rightsQuestion, answers []canIAnswer) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asking)
	for i := range questions {
		if questions[i].err != nil {
			continue
		}
		group.Go(func() error {
			v, err := permissions.Review(ctx, r.Client, questions[i].subject, questions[i].asked)
			switch {
			case refused(err):
				return nil
			case err != nil:
				return unreachable(r.Client.Context, err)
			}
			answers[i].Allowed, answers[i].Unknown = v.Allowed, ""
			if !v.Allowed {
				answers[i].Via = []viaItem{}
			}
			return nil
		})
	}
	return group.Wait()
}

// ruleItem is one rule in force.
type ruleItem struct {
	Namespace       string   `json:"namespace,omitempty"` // where it holds; absent: everywhere
	Verbs           []string `json:"verbs"`
	APIGroups       []string `json:"apiGroups,omitempty"`
	Resources       []string `json:"resources,omitempty"`
	ResourceNames   []string `json:"resourceNames,omitempty"`
	NonResourceURLs []string `json:"nonResourceURLs,omitempty"`
	Via             viaItem  `json:"via"`
}

// rulesOf lists the rules that hold cluster-wide, and in the namespace; without one, in all.
func rulesOf(r *snapshot.Reader, s rbac.Subject, namespace string) []ruleItem {
	items := []ruleItem{}
	rbac.For(r, s).All(func(g *rbac.Grant) bool {
		if g.Namespace != "" && namespace != "" && g.Namespace != namespace {
			return true
		}
		for i := range g.Role.Rules {
			rule := &g.Role.Rules[i]
			item := ruleItem{
				Namespace: g.Namespace, Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources,
				ResourceNames: rule.ResourceNames, NonResourceURLs: rule.NonResourceURLs,
				Via: viaItem{viaObjectOf(g.Binding), viaObjectOf(g.Role.Ref), g.Group},
			}
			if g.Namespace != "" { // URLs are granted cluster-wide only
				item.NonResourceURLs = nil
			}
			if len(item.Resources) > 0 || len(item.NonResourceURLs) > 0 {
				items = append(items, item)
			}
		}
		return true
	})
	return items
}

func (c *canICommand) printRules(items []ruleItem) error {
	if c.output == "json" {
		return printJSON(c.app.Out, items)
	}
	lines := [][]cell{{{text: "NAMESPACE"}, {text: "VERBS"}, {text: "RESOURCES"}, {text: "NAMES"}, {text: "BINDING"}, {text: "ROLE"}}}
	for i := range items {
		item := &items[i]
		var line []cell
		for _, text := range []string{
			item.Namespace, strings.Join(item.Verbs, ","), item.what(), strings.Join(item.ResourceNames, ","),
			objectText(item.Via.Binding), objectText(item.Via.Role),
		} {
			line = append(line, cell{text: clean(text)})
		}
		if line[0].text == "" {
			line[0].text = "*"
		}
		lines = append(lines, line)
	}
	return printTable(c.app.Out, lines)
}

// what names the resources with their groups, or the addresses.
func (i *ruleItem) what() string {
	if len(i.Resources) == 0 {
		return strings.Join(i.NonResourceURLs, ",")
	}
	var all []string
	for _, group := range i.APIGroups {
		for _, resource := range i.Resources {
			if group != "" {
				resource += "." + group
			}
			all = append(all, resource)
		}
	}
	return strings.Join(all, ",")
}

// incomplete says that rules may be missing from a list.
func (r *rightsReader) incomplete(s rbac.Subject) error {
	missing := rbac.For(r.Reader, s).Missing
	if len(missing) == 0 {
		return nil
	}
	return withCode(exitUnknown, errors.New("there may be more: "+missingText(missing)))
}
