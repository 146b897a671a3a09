package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Writer reads and changes single functions of one API: actions of OpenWhisk, functions of Fn. What it reads is JSON with
// metadata, with what is said openly below spec, and with all values that may be secret below data, as text:
// `parameters/NAME` (JSON), `config/NAME`, and `annotations/require-whisk-auth` where that is a secret.
type Writer struct {
	connector *Connector
	writes    bool
}

// NewWriter checks the configuration. Without writes it only reads.
func NewWriter(config Config, deps Deps, writes bool) (*Writer, error) {
	c, err := New(config, deps)
	if err != nil {
		return nil, err
	}
	return &Writer{connector: c, writes: writes}, nil
}

// Title names the API.
func (w *Writer) Title() string {
	return map[string]string{Fn: "Fn", OpenWhisk: "OpenWhisk"}[w.connector.config.Framework] + " (connector " + w.connector.config.Name + ")"
}

// Owns reports whether an object is a function of this API.
func (w *Writer) Owns(ref model.Ref) bool {
	group, kind := frameworks.FnGroup, "Fn"
	if w.connector.config.Framework == OpenWhisk {
		group, kind = frameworks.WhiskGroup, "Action"
	}
	return ref.Group == group && ref.Kind == kind && ref.Namespace == w.connector.config.Namespace &&
		strings.HasPrefix(ref.Name, w.connector.config.Name+"/")
}

// Refusal says why nothing may be written.
func (w *Writer) Refusal() string {
	if w.writes {
		return ""
	}
	return "the connector " + w.connector.config.Name + " may only read: its configuration does not say writes: true"
}

// Get reads a function.
func (w *Writer) Get(ctx context.Context, ref model.Ref) (map[string]any, error) {
	var o map[string]any
	err := w.with(ctx, func(c *client) (err error) {
		if w.connector.config.Framework == Fn {
			o, err = readFnFunction(ctx, c, ref)
		} else {
			o, err = readAction(ctx, c, ref)
		}
		return err
	})
	return o, err
}

// Put makes a function that was read another one: only what is different is sent, by the rules of the API for what is left
// out.
func (w *Writer) Put(ctx context.Context, ref model.Ref, was, now map[string]any) error {
	if !w.writes {
		return errors.New(w.Refusal())
	}
	return w.with(ctx, func(c *client) error {
		if w.connector.config.Framework == Fn {
			return writeFnFunction(ctx, c, was, now)
		}
		return writeAction(ctx, c, ref, was, now)
	})
}

// with gives a client with the credentials of this moment. Errors are those of an API server, and repeat no credentials.
func (w *Writer) with(ctx context.Context, do func(*client) error) error {
	authorize, secrets, err := w.connector.credentials(ctx)
	if err != nil {
		return fmt.Errorf("getting credentials: %w", err)
	}
	err = do(newClient(w.connector.base, w.connector.transport, authorize))
	var answer *statusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		message := scrub(w.Title()+": "+answer.Error(), secrets)
		reason := map[int]metav1.StatusReason{
			401: metav1.StatusReasonUnauthorized, 403: metav1.StatusReasonForbidden, 404: metav1.StatusReasonNotFound, 409: metav1.StatusReasonConflict,
			400: metav1.StatusReasonBadRequest, 413: metav1.StatusReasonBadRequest, 429: metav1.StatusReasonTooManyRequests,
		}[answer.code]
		return &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure, Code: int32(answer.code), Reason: reason, Message: message,
			Details: &metav1.StatusDetails{RetryAfterSeconds: int32(answer.retry.Seconds())},
		}}
	}
	return scrubbed(fmt.Errorf("%s: %w", w.Title(), err), secrets)
}

// parts are those of a record's name, behind the connector's.
func parts(ref model.Ref) []string {
	all := strings.Split(ref.Name, "/")[1:]
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "%2F", "/")
	}
	return all
}

// shape puts an object together.
func shape(ref model.Ref, version, uid, state string, spec, data map[string]any) map[string]any {
	meta := map[string]any{"name": ref.Name, "namespace": ref.Namespace, "resourceVersion": state}
	if uid != "" {
		meta["uid"] = uid
	}
	return map[string]any{"apiVersion": ref.Group + "/" + version, "kind": ref.Kind, "metadata": meta, "spec": spec, "data": data}
}

func inside(o map[string]any, path ...string) map[string]any {
	for _, p := range path {
		o, _ = o[p].(map[string]any)
	}
	return o
}

// pair is an annotation or parameter of OpenWhisk. What else a server keeps of it is sent back as it came.
type pair map[string]json.RawMessage

func (p pair) key() string {
	var key string
	_ = json.Unmarshal(p["key"], &key) // without one it has no name
	return key
}

func newPair(key string, value any) (pair, error) {
	k, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	v, err := json.Marshal(value)
	return pair{"key": k, "value": v}, err
}

// whiskFunction is what is read of an action to change it.
type whiskFunction struct {
	Version     string
	Updated     int64
	Annotations []pair
	Parameters  []pair
	Limits      map[string]any
}

// guard is the annotation that says what callers of a web action must send.
const guard = "require-whisk-auth"

func actionPath(ref model.Ref) []string {
	return append([]string{"api", "v1", "namespaces", "_", "actions"}, parts(ref)[1:]...)
}

func fetchAction(ctx context.Context, c *client, ref model.Ref) (*whiskFunction, error) {
	var f whiskFunction
	return &f, c.get(ctx, actionPath(ref), url.Values{"code": {"false"}}, &f)
}

func readAction(ctx context.Context, c *client, ref model.Ref) (map[string]any, error) {
	f, err := fetchAction(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	annotations, data := map[string]any{}, map[string]any{}
	for _, p := range f.Annotations {
		var value any
		if json.Unmarshal(p["value"], &value) != nil {
			continue
		}
		if _, open := value.(bool); p.key() == guard && !open {
			data["annotations/"+guard] = asText(p["value"], value)
			continue
		}
		annotations[p.key()] = value
	}
	for _, p := range f.Parameters {
		data["parameters/"+p.key()] = string(p["value"])
	}
	state := f.Version + "/" + strconv.FormatInt(f.Updated, 10)
	return shape(ref, "v1", "", state, map[string]any{"annotations": annotations, "limits": f.Limits}, data), nil
}

// asText is a text as it is, and anything else as JSON.
func asText(raw json.RawMessage, value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return string(raw)
}

// annotationsOf are all annotations of an object, the secret one too.
func annotationsOf(o map[string]any) map[string]any {
	all := maps.Clone(inside(o, "spec", "annotations"))
	if all == nil {
		all = map[string]any{}
	}
	if value, ok := inside(o, "data")["annotations/"+guard]; ok {
		all[guard] = value
	}
	return all
}

// writeAction updates an action: annotations and limits are merged by the server, parameters are sent whole, and the code
// stays because it is left out.
func writeAction(ctx context.Context, c *client, ref model.Ref, was, now map[string]any) error {
	body := map[string]any{}
	old, wanted := annotationsOf(was), annotationsOf(now)
	var set []pair
	var gone []string
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if before, ok := old[key]; ok && fmt.Sprint(before) == fmt.Sprint(wanted[key]) {
			continue
		}
		p, err := newPair(key, wanted[key])
		if err != nil {
			return fmt.Errorf("write annotation %s: %w", key, err)
		}
		set = append(set, p)
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if _, ok := wanted[key]; !ok {
			gone = append(gone, key)
		}
	}
	if len(set) > 0 {
		body["annotations"] = set
	}
	if len(gone) > 0 {
		body["delAnnotations"] = gone
	}
	if limits := differing(inside(was, "spec", "limits"), inside(now, "spec", "limits")); len(limits) > 0 {
		body["limits"] = limits
	}
	parameters, changed, err := parametersOf(ctx, c, ref, inside(was, "data"), inside(now, "data"))
	if err != nil {
		return err
	}
	if changed {
		body["parameters"] = parameters
	}
	return c.put(ctx, actionPath(ref), url.Values{"overwrite": {"true"}}, body)
}

// parametersOf are the parameters as they are to be, in the order in which the server has them.
func parametersOf(ctx context.Context, c *client, ref model.Ref, was, now map[string]any) (all []pair, changed bool, err error) {
	const prefix = "parameters/"
	for _, set := range []map[string]any{was, now} {
		for k := range set {
			changed = changed || strings.HasPrefix(k, prefix) && was[k] != now[k]
		}
	}
	if !changed {
		return nil, false, nil
	}
	f, err := fetchAction(ctx, c, ref)
	if err != nil {
		return nil, false, err
	}
	all = []pair{}
	left := map[string]bool{}
	for k := range now {
		if name, ok := strings.CutPrefix(k, prefix); ok {
			left[name] = true
		}
	}
	take := func(p pair, name string) {
		text, _ := now[prefix+name].(string)
		if text != was[prefix+name] {
			p["value"] = json.RawMessage(text)
		}
		all = append(all, p)
		delete(left, name)
	}
	for _, p := range f.Parameters {
		if left[p.key()] {
			take(p, p.key())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		p, err := newPair(name, nil)
		if err != nil {
			return nil, false, fmt.Errorf("write parameter %s: %w", name, err)
		}
		take(p, name)
	}
	return all, true, nil
}

// differing are the members that are other ones, or new.
func differing(was, now map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range now {
		if fmt.Sprint(was[k]) != fmt.Sprint(v) {
			out[k] = v
		}
	}
	return out
}

// fnFunction is what is read of a function of Fn to change it.
type fnFunction struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Updated     string            `json:"updated_at"`
	Image       string            `json:"image"`
	Memory      int64             `json:"memory"`
	Timeout     int64             `json:"timeout"`
	IdleTimeout int64             `json:"idle_timeout"`
	Config      map[string]string `json:"config"`
}

func readFnFunction(ctx context.Context, c *client, ref model.Ref) (map[string]any, error) {
	name := parts(ref)
	if len(name) != 2 {
		return nil, fmt.Errorf("%s is no function of an app", ref.Name)
	}
	app, err := findFn(ctx, c, "apps", name[0], nil)
	if err != nil {
		return nil, err
	}
	f, err := findFn(ctx, c, "fns", name[1], url.Values{"app_id": {app.ID}})
	if err != nil {
		return nil, err
	}
	data := map[string]any{}
	for k, v := range f.Config {
		data["config/"+k] = v
	}
	spec := map[string]any{"image": f.Image, "memory": f.Memory, "timeout": f.Timeout, "idleTimeout": f.IdleTimeout}
	return shape(ref, "v2", f.ID, f.Updated, spec, data), nil
}

// findFn finds an object by its name.
func findFn(ctx context.Context, c *client, kind, name string, query url.Values) (*fnFunction, error) {
	var page struct {
		Items []fnFunction `json:"items"`
	}
	ask := maps.Clone(query)
	if ask == nil {
		ask = url.Values{}
	}
	ask.Set("name", name)
	if err := c.get(ctx, []string{"v2", kind}, ask, &page); err != nil {
		return nil, err
	}
	for i := range page.Items {
		if page.Items[i].Name == name && usable(page.Items[i].ID) {
			return &page.Items[i], nil
		}
	}
	return nil, &statusError{code: http.StatusNotFound, message: "there is no such function"}
}

// writeFnFunction updates a function: what is left out stays, configuration is merged, and a key goes with an empty text.
func writeFnFunction(ctx context.Context, c *client, was, now map[string]any) error {
	body := map[string]any{}
	names := map[string]string{"image": "image", "memory": "memory", "timeout": "timeout", "idleTimeout": "idle_timeout"}
	for k, v := range differing(inside(was, "spec"), inside(now, "spec")) {
		if names[k] == "" {
			return fmt.Errorf("Fn has no field for %s", k)
		}
		body[names[k]] = v
	}
	config := map[string]any{}
	for k, v := range differing(inside(was, "data"), inside(now, "data")) {
		config[strings.TrimPrefix(k, "config/")] = v
	}
	for k := range inside(was, "data") {
		if _, ok := inside(now, "data")[k]; !ok {
			config[strings.TrimPrefix(k, "config/")] = ""
		}
	}
	if len(config) > 0 {
		body["config"] = config
	}
	id, _ := inside(was, "metadata")["uid"].(string)
	if !usable(id) {
		return errors.New("the function has no id")
	}
	return c.put(ctx, []string{"v2", "fns", id}, nil, body)
}
