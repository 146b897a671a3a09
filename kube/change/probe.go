package change

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
)

// dryRun has the server try the step. A server that is busy is asked again.
func (e *Engine) dryRun(ctx context.Context, p *Plan, s *Step) error {
	if s.Remote != "" {
		s.Checked, s.Reason = Unable, s.Remote+" has no dry run"
		return nil
	}
	got, err := e.tried(ctx, s)
	for reread := 0; reread < rereads && tested(s, err); reread++ {
		moved, failure := e.moved(ctx, s)
		if failure != nil {
			return failure
		}
		if !moved {
			break
		}
		s.sign(p.veil)
		got, err = e.tried(ctx, s)
	}
	if got != nil {
		s.Warnings = p.veil.quoted(s, s.aboutStandIns(got.Warnings))
	}
	s.Checked, s.Reason = judge(err)
	s.Reason = p.veil.hideIn(s, s.Reason)
	switch s.Checked {
	case Passed:
		differs, err := s.learn(got.Object)
		if err != nil {
			return err
		}
		if len(differs) > 0 {
			s.Warnings = append(s.Warnings, "the server would make something else of "+some(differs, 3))
		}
		s.sign(p.veil)
	case "":
		return fmt.Errorf("dry run: %w", err)
	case NotChecked:
		if s.Blocked == "" {
			s.Blocked = "not checked by the server (403): " + s.Reason
		}
	case Refused:
		if s.Blocked == "" {
			s.Blocked = "the server refuses it: " + s.Reason
		}
	}
	return nil
}

// tried sends the dry run; a server that is busy gets it again.
func (e *Engine) tried(ctx context.Context, s *Step) (*client.Written, error) {
	for try := 0; ; try++ {
		got, err := e.send(ctx, s, true)
		if client.Classify(err) != client.KindBusy || try == busyTries {
			return got, err
		}
		if err := pause(ctx, delay(err, try)); err != nil {
			return got, err
		}
	}
}

// moved reads an object again whose dry run was refused, and reports whether somebody wrote it since it was read: then the
// step is made anew for what is there.
func (e *Engine) moved(ctx context.Context, s *Step) (bool, error) {
	if s.live == nil {
		return false, nil
	}
	live, err := e.get(ctx, s.Target())
	if err != nil {
		return false, fmt.Errorf("dry run: %w", err)
	}
	if live == nil || text(live, "metadata", "uid") != string(s.UID) ||
		text(live, "metadata", "resourceVersion") == text(s.live, "metadata", "resourceVersion") {
		return false, nil
	}
	if s.Verb == plan.Delete {
		s.live = live
		s.touches, err = s.group.gone(live)
		return err == nil, err
	}
	if err := s.rebuild(live); err != nil {
		s.Blocked = err.Error()
		return false, nil
	}
	return true, nil
}

// judge says what an answer to a dry run means; nothing for one that is no answer.
func judge(err error) (Checked, string) {
	reason := client.Reason(err)
	switch client.Classify(err) {
	case client.KindNone:
		return Passed, ""
	case client.KindForbidden:
		if admission(err) {
			return Refused, reason
		}
		return NotChecked, reason
	case client.KindInvalid, client.KindConflict, client.KindNotFound, client.KindBusy:
		if strings.Contains(reason, "does not support dry run") {
			return Unable, reason
		}
		return Refused, reason
	case client.KindServer:
		return Refused, reason
	}
	return "", reason
}

// admission reports whether a 403 came from an admission plugin and not from the authorizer: the text is all that tells.
func admission(err error) bool {
	text := client.Reason(err)
	return !strings.Contains(text, " cannot ") || strings.Contains(text, "admission webhook") || strings.Contains(text, "exceeded quota") ||
		strings.Contains(text, "violates PodSecurity")
}

// missing reports whether the server refused because something that the step names is not there.
func (s *Step) missing() bool { return strings.Contains(s.Reason, "not found") }

// keepable says whether old secret values can be kept for an undo.
func (e *Engine) keepable(ctx context.Context, s *Step) error {
	if !s.secret() || s.Blocked != "" {
		return nil
	}
	api, ok := e.o.APIs.Find(schema.GroupKind{Kind: "Secret"}, nil)
	if !ok || s.Ref.Namespace == "" {
		s.Lasting = "an old secret value cannot be kept: the object is in no namespace"
		return nil
	}
	for _, verb := range []string{"create", "patch"} {
		v, err := e.may(ctx, client.Target{API: api, Namespace: s.Ref.Namespace, Name: "fn9s-backup"}, verb)
		if err != nil {
			return err
		}
		if !v.Allowed {
			s.Lasting = "the old secret value cannot be kept, because Secrets may not be created in " + s.Ref.Namespace
		}
	}
	return nil
}

// secrets lists the secret texts of the step: servers repeat values in their messages.
func (v *veil) secrets(s *Step) []string {
	var all []string
	var collect func(any)
	collect = func(x any) {
		switch x := x.(type) {
		case string:
			if len(x) >= 4 {
				all = append(all, x)
				if plain, err := base64.StdEncoding.DecodeString(x); err == nil && len(plain) >= 4 {
					all = append(all, string(plain))
				}
			}
		case []any:
			for _, e := range x {
				collect(e)
			}
		case map[string]any:
			for _, e := range x {
				collect(e)
			}
		}
	}
	for i := range s.touches {
		if t := &s.touches[i]; t.secret {
			collect(t.old)
			collect(t.now)
		}
	}
	v.each("", s.live, collect)
	v.each("", s.desired, collect)
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// each gives what looks secret in a value to f.
func (v *veil) each(name string, value any, f func(any)) {
	switch value := value.(type) {
	case string:
		if v.looks(name, value) {
			f(value)
		}
	case []any:
		for _, e := range value {
			v.each(name, e, f)
		}
	case map[string]any:
		named, _ := value["name"].(string)
		for k, e := range value {
			if k == "value" && named != "" {
				k = named
			}
			v.each(k, e, f)
		}
	}
}

// hideIn takes the secret values of a step out of a text of the server, and the objects that it repeats.
func (v *veil) hideIn(s *Step, text string) string {
	text = withoutValues(text)
	if text == "" {
		return ""
	}
	for _, secret := range v.secrets(s) {
		text = strings.ReplaceAll(text, secret, Hidden)
	}
	return text
}

const (
	maxQuoted = 80
	maxReason = 1000
)

// withoutValues shortens what a server says: of an invalid object it repeats the whole.
func withoutValues(text string) string {
	const before = "Invalid value: "
	var out strings.Builder
	for {
		head, rest, ok := strings.Cut(text, before)
		out.WriteString(head)
		if !ok {
			break
		}
		out.WriteString(before)
		quoted, err := strconv.QuotedPrefix(rest)
		switch {
		case err == nil && len(quoted) > maxQuoted:
			out.WriteString("…")
			rest = rest[len(quoted):]
		case err != nil && strings.HasPrefix(rest, "{"):
			// An object that is not quoted has no end that could be told.
			out.WriteString("…")
			rest = ""
		}
		text = rest
	}
	if s := out.String(); len(s) > maxReason {
		return strings.ToValidUTF8(s[:maxReason], "") + "…"
	}
	return out.String()
}

func (v *veil) quoted(s *Step, texts []string) []string {
	var all []string
	for _, t := range texts {
		all = append(all, v.hideIn(s, t))
	}
	return all
}

// busyTries is how often a busy server is asked again.
const busyTries = 6

// delay is how long to wait for a busy server: as long as it says, within reason.
func delay(err error, try int) time.Duration {
	if s, ok := apierrors.SuggestsClientDelay(err); ok && s > 0 {
		return min(time.Duration(s)*time.Second, 10*time.Second)
	}
	return min(250*time.Millisecond<<try, 5*time.Second)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// statusOf is the code of an answer; 0: there was none.
func statusOf(err error) int {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return int(status.Status().Code)
	}
	return 0
}

// tested reports whether a refusal may be a test of the patch that failed.
func tested(s *Step, err error) bool {
	code := statusOf(err)
	return code == http.StatusConflict || s.Verb == plan.Patch && code == http.StatusUnprocessableEntity
}

// leaves makes a touch of every field of a new object; lists are taken whole.
func leaves(o object) []touch {
	var all []touch
	var walk func(path fieldPath, v any)
	walk = func(path fieldPath, v any) {
		m, ok := v.(map[string]any)
		if ok && len(m) > 0 {
			keys := make([]string, 0, len(m))
			for k := range m {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				if !serverField(path, k) {
					walk(append(path[:len(path):len(path)], keyElement(k)), m[k])
				}
			}
			return
		}
		empty := ok && len(path) == 2 && path[0].key == "metadata" // labels or annotations, to which others add
		if len(path) > 0 && v != nil && !empty {
			all = append(all, touch{path: path, now: clone(v), hasNow: true})
		}
	}
	walk(nil, o)
	return all
}

// serverField reports whether a field is the object's identity, or the server's own.
func serverField(path fieldPath, key string) bool {
	switch len(path) {
	case 0:
		return key == "apiVersion" || key == "kind" || key == "status"
	case 1:
		return path[0].key == "metadata" && slices.Contains(ownMetadata, key)
	}
	return false
}

var ownMetadata = []string{
	"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
	"deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
}
