package secrets

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	// rotatedAt is the annotation in which a rotation notes its time, rotationAge the one that sets another limit.
	rotatedAt   = "posture.fn9s.io/rotated-at"
	rotationAge = "posture.fn9s.io/rotation-age"

	defaultAge = 90 * day
	oldAge     = 365 * day
)

// limitOf is the age from which a Secret counts as not rotated.
func limitOf(r *snapshot.Reader, s *model.Secret) time.Duration {
	for _, marks := range []model.Labels{s.Annotations, s.Labels} {
		if text, ok := marks.Lookup(rotationAge); ok {
			if d := ParseAge(text); d > 0 {
				return d
			}
		}
	}
	if d := r.Options().RotationAge; d > 0 {
		return d
	}
	return defaultAge
}

// ParseAge reads `30d` and `720h`; 0: it is neither.
func ParseAge(text string) time.Duration {
	if number, ok := strings.CutSuffix(text, "d"); ok {
		if d, err := time.ParseDuration(number + "h"); err == nil {
			return d * 24
		}
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

// Written is since when the data of a Secret is what it is.
type Written struct {
	At time.Time // zero: nothing tells
	// Recorded is false where only the creation of the object is known. Sure: the data did change at At, and not only
	// at the latest.
	Recorded, Sure bool
}

// WrittenOf tells since when the data of a Secret is what it is: at the latest At, so that it is at least that old.
func WrittenOf(r *snapshot.Reader, s *model.Secret) Written {
	if t := parseTime(s.Annotations.Get(rotatedAt)); !t.IsZero() {
		return Written{t, true, true}
	}
	if c, _, ok := certificateOf(r, s); ok {
		if t := parseTime(c.Status.Start); !t.IsZero() {
			return Written{t, true, true}
		}
	}
	if !s.DataChanged.IsZero() {
		return Written{s.DataChanged, true, s.DataOnly}
	}
	return Written{At: s.Created}
}

// cloudKeys are keys of credentials that open a cloud account.
var cloudKeys = []string{
	"aws_access_key_id", "aws_secret_access_key", "secretaccesskey", "secret-access-key", "google_application_credentials", "key.json", "credentials.json",
	"service-account.json", "gcp-credentials.json", "azurestorageaccountkey", "azure_client_secret", "clientsecret", "client-secret",
}

func grave(s *model.Secret) bool {
	return strings.HasPrefix(s.Type, "kubernetes.io/dockerc") || slices.ContainsFunc(s.Names, func(k string) bool {
		return slices.Contains(cloudKeys, strings.ToLower(k))
	})
}

func notRotated(e *check.Eval) {
	all := secretsOf(e, anyUse)
	dated := false
	for _, u := range all {
		// A token of the API server has a row of its own, and so does what was never secret.
		if u.Type == "kubernetes.io/service-account-token" || public(u.Secret) {
			dated = true
			continue
		}
		w := WrittenOf(e.Reader, u.Secret)
		if w.At.IsZero() {
			continue
		}
		dated = true
		age, limit := e.Options().Now.Sub(w.At), limitOf(e.Reader, u.Secret)
		if age <= limit {
			continue
		}
		if !w.Recorded && !e.Options().Manifests {
			e.Unknown(snapshot.Missing{Reason: "no write of the data of Secret " + u.Name + " is recorded: it is " + days(age) + " old, or younger"})
			continue
		}
		text := "the data of Secret " + u.Name + " has not changed for " + days(age) + " or longer; the limit is " + days(limit)
		if by := managedBy.Get(e.Reader, u.Ref); by != nil {
			text += "; it is managed by " + by.Words
		}
		f := e.Fail(u.at(), text)
		if age > oldAge || grave(u.Secret) {
			f.As(check.High)
		}
	}
	if len(all) > 0 && !dated {
		e.NA("nothing tells when the data was written")
	}
}

var podKind = schema.GroupKind{Kind: "Pod"}

// stale is a running container that was started before a Secret changed that it reads at its start only.
type stale struct {
	secret    model.Ref
	container string
}

func notPickedUp(e *check.Eval) {
	added(e)
	uses := UsesOf.Get(e.Reader, e.F.Key)
	restarting := restarted(e)
	secrets := secretsOf(e, func(u *Use) bool {
		return (u.Way == Env || u.Way == EnvFrom || u.Way == SubPath) && !slices.Contains(restarting, u.Secret)
	})
	if len(secrets) == 0 {
		if len(uses) > 0 {
			e.NA("no container reads a Secret at its start only")
		}
		return
	}
	if !e.Need(podKind, e.F.Key.Namespace) {
		return
	}
	seen := map[stale]bool{}
	for _, ref := range e.F.Pods {
		p, ok := e.Get(ref).(*model.Pod)
		if !ok || !p.Deleting.IsZero() {
			continue
		}
		for i := range p.Containers {
			for k := range secrets {
				behind(e, p, &p.Containers[i], &secrets[k], seen)
			}
		}
	}
}

// behind compares the start of a container with the last write of a Secret.
func behind(e *check.Eval, p *model.Pod, c *model.Container, u *used, seen map[stale]bool) {
	key := stale{u.Ref, c.Name}
	at := slices.IndexFunc(u.uses, func(o *Use) bool { return o.Container == c.Name })
	if c.State != "running" || c.Started.IsZero() || at < 0 || seen[key] || u.DataChanged.IsZero() ||
		!u.DataChanged.After(c.Started) || u.Immutable != nil && *u.Immutable {
		return
	}
	seen[key] = true
	where := "container " + c.Name + " of pod " + p.Name + " was started before "
	if u.uses[at].Optional && u.Created.After(c.Started) {
		e.Fail(u.uses[at].At, where+"Secret "+u.Name+" was created: the variable stays empty until it restarts")
		return
	}
	if u.DataOnly {
		e.Fail(u.uses[at].At, where+"the data of Secret "+u.Name+" changed, and still uses the old value")
		return
	}
	e.Fail(u.uses[at].At, "possibly, "+where+"the data of Secret "+u.Name+" changed: "+u.Writer+" wrote data or labels since").As(check.Low)
}

// restarted lists the Secrets at whose change the framework restarts the function by itself.
func restarted(e *check.Eval) []model.Ref {
	if e.F.Key.Framework != "fission" {
		return nil
	}
	var found []model.Ref
	for _, r := range e.F.References {
		if r.Kind == secretKind.Kind && strings.HasPrefix(r.Origin.Path, "spec.secrets") {
			found = append(found, Ref(r.Origin.Namespace, r.Name))
		}
	}
	return found
}

// added finds keys that a Secret got after OpenFaaS fixed the list of its files: they never appear.
func added(e *check.Eval) {
	if e.F.Key.Framework != "openfaas" {
		return
	}
	uses := UsesOf.Get(e.Reader, e.F.Key)
	for i := range uses {
		u := &uses[i]
		if u.Way != File || u.Key == "" || i > 0 && uses[i-1].Secret == u.Secret {
			continue
		}
		s, ok := e.Get(u.Secret).(*model.Secret)
		if !ok || !s.Knows() {
			continue
		}
		var late []string
		for _, k := range s.Names {
			if !slices.ContainsFunc(uses, func(o Use) bool { return o.Secret == u.Secret && o.Key == k }) {
				late = append(late, k)
			}
		}
		if len(late) > 0 {
			e.Fail(u.At, "never delivered: Secret "+s.Name+" got "+list(late)+" after the function was deployed, and the files are listed at deployment")
		}
	}
}

// soon is how long before its end a certificate counts as expiring.
const soon = 30 * day

func expiring(e *check.Eval) {
	judged := 0
	all := secretsOf(e, anyUse)
	for _, u := range all {
		if c, ref, ok := certificateOf(e.Reader, u.Secret); ok {
			if end := parseTime(c.Status.End); !end.IsZero() {
				judged++
				ends(e, check.At{Object: ref, Path: "status.notAfter"}, "the certificate of Secret "+u.Name, end)
				continue
			}
		}
		if certified(u.Secret) {
			if m, unread := e.Unread(u.Secret, model.Certificates); unread {
				e.Unknown(m)
			}
		}
		for _, c := range openedOf(u.Secret).certificates {
			judged++
			ends(e, check.At{Object: u.Ref, Path: "data['" + c.Key + "']"}, "the certificate "+c.Key+" of Secret "+u.Name, c.End)
		}
	}
	switch {
	case judged > 0 || len(all) == 0:
	case e.Options().Manifests || e.Options().ReadCertificates:
		e.NA("no Secret of it holds a certificate")
	default:
		e.NA("certificates in Secrets of a cluster are read only when posture.readCertificates asks for it")
	}
}

// certified reports whether a Secret may hold a certificate, by what is known without its data.
func certified(s *model.Secret) bool {
	return s.Type == string(corev1.SecretTypeTLS) || s.Type == "Opaque" && (!s.Knows() || slices.ContainsFunc(s.Names, func(k string) bool {
		return strings.HasSuffix(k, ".crt") || strings.HasSuffix(k, ".pem") || strings.HasSuffix(k, ".cer") || strings.Contains(k, "cert")
	}))
}

func ends(e *check.Eval, at check.At, what string, end time.Time) {
	left := end.Sub(e.Options().Now)
	switch {
	case left < 0:
		e.Fail(at, what+" expired on "+end.UTC().Format("2006-01-02"))
	case left < soon:
		e.Fail(at, what+" expires on "+end.UTC().Format("2006-01-02")+", in "+days(left))
	}
}
