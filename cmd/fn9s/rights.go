package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/permissions"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// rightsOptions are what `fn9s can-i` and `fn9s who-can` have in common.
type rightsOptions struct {
	app    *app
	paths  []string
	output string
	limit  time.Duration
}

func (o *rightsOptions) addFlags(f *pflag.FlagSet, formats string) {
	f.StringArrayVarP(&o.paths, "filename", "f", nil, "`file` or folder of manifests, or - for standard input; several times")
	f.StringVarP(&o.output, "output", "o", "", "output format: "+formats)
	f.DurationVar(&o.limit, "timeout", time.Minute, "how long to wait for the API server")
}

// rightsReader is what questions are answered from.
type rightsReader struct {
	*permissions.Asker
	out      *app
	problems []error
}

// open reads the roles and bindings of the manifests, or of the cluster. Close must be called.
func (o *rightsOptions) open(ctx context.Context, namespaces []string) (*rightsReader, func(), error) {
	if o.limit <= 0 {
		return nil, nil, usageError("--timeout %s: it must be longer than nothing", o.limit)
	}
	if len(o.paths) > 0 {
		docs, problems := manifest.Paths(o.paths, o.app.In)
		w, more := offline.Load(nil, rbac.Kinds(), docs)
		r := &rightsReader{Asker: &permissions.Asker{Reader: permissions.NewReader(w, true)}, out: o.app, problems: append(problems, more...)}
		return r, func() {}, nil
	}
	config, name, err := (&kubeconfig{app: o.app}).Rest(*o.app.flags.Context)
	if err != nil {
		return nil, nil, withCode(exitUsage, err)
	}
	c, err := client.New(name, config, client.Options{ReadOnly: o.app.readOnly, UserAgent: userAgent()})
	if err != nil {
		return nil, nil, withCode(exitUsage, err)
	}
	w, err := permissions.Read(ctx, c, namespaces)
	if err != nil {
		c.Close()
		return nil, nil, unreachable(name, err)
	}
	return &rightsReader{Asker: &permissions.Asker{Reader: permissions.NewReader(w, false), Client: c}, out: o.app}, c.Close, nil
}

func unreachable(context string, err error) error {
	return withCode(exitUnreachable, fmt.Errorf("%s: %w", context, err))
}

// trouble tells which documents could not be read.
func (r *rightsReader) trouble() error {
	if len(r.problems) == 0 {
		return nil
	}
	for _, p := range r.problems[:len(r.problems)-1] {
		_, _ = fmt.Fprintf(r.out.ErrOut, "fn9s: %s\n", clean(p.Error()))
	}
	return withCode(exitUsage, r.problems[len(r.problems)-1])
}

// namespace is that of -n, empty for a question about the whole cluster.
func (o *rightsOptions) namespace() (string, error) {
	scope, err := o.app.scope()
	if err != nil {
		return "", err
	}
	if len(scope) > 1 || len(scope) == 1 && strings.Contains(scope[0], "*") {
		return "", usageError("-n %s: a question is about one namespace, or without -n about the whole cluster", o.app.namespaces)
	}
	return strings.Join(scope, ""), nil
}

// attributes makes a question of `VERB RESOURCE[/SUB] [NAME]` or `VERB /PATH`.
func (r *rightsReader) attributes(ctx context.Context, args []string, namespace string) (rbac.Attributes, error) {
	verb, what, name := args[0], args[1], ""
	if len(args) > 2 {
		name = args[2]
	}
	if strings.HasPrefix(what, "/") {
		if name != "" {
			return rbac.Attributes{}, usageError("%s: an address takes no name", what)
		}
		return rbac.Attributes{Verb: verb, Path: what}, nil
	}
	word, sub, _ := strings.Cut(what, "/")
	if word == "" {
		return rbac.Attributes{}, usageError("%q: name a resource", what)
	}
	found, err := permissions.Find(ctx, r.Client, word)
	if err != nil {
		return rbac.Attributes{}, unreachable(r.Client.Context, err)
	}
	if !found.Known && !strings.Contains(word, ".") {
		_, _ = fmt.Fprintf(r.out.ErrOut, "warning: no resource %s is known; write RESOURCE.GROUP for one of another group\n", clean(word))
	}
	return found.Ask(verb, sub, name, namespace), nil
}

// viaItem is a binding that allows something, in JSON.
type viaItem struct {
	Binding viaObject `json:"binding"`
	Role    viaObject `json:"role"`
	Group   string    `json:"group,omitempty"`
}

type viaObject struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

func viaObjectOf(ref model.Ref) viaObject { return viaObject{ref.Kind, ref.Namespace, ref.Name} }

// viaItems names the bindings. The group that bypasses all of them has none.
func viaItems(via []rbac.Via) []viaItem {
	items := []viaItem{}
	for _, v := range via {
		i := viaItem{Binding: viaObjectOf(v.Binding), Role: viaObjectOf(v.Role), Group: v.Group}
		if v.Rule < 0 {
			i.Binding, i.Role = viaObject{Kind: "Group", Name: rbac.Masters}, viaObject{}
		}
		if !slices.Contains(items, i) {
			items = append(items, i)
		}
	}
	return items
}

// missingText says in one line what could not be read.
func missingText(missing []snapshot.Missing) string {
	var texts []string
	for _, m := range missing {
		texts = append(texts, m.String())
	}
	return strings.Join(texts, "; ")
}

func objectText(o viaObject) string {
	if o.Namespace != "" {
		return o.Kind + "/" + o.Namespace + "/" + o.Name
	}
	return strings.Trim(o.Kind+"/"+o.Name, "/")
}

// silent ends a command with a code and no message: the answer itself says it.
func silent(code int) error { return withCode(code, errors.New("")) }
