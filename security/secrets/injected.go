package secrets

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// byEnvironment are the frameworks whose own servers take credentials from variables and from nothing else.
var byEnvironment = []string{"fission", "fn", "nuclio", "openwhisk"}

// fixed reports whether the framework itself put the use there, and no field of the function takes it away.
func fixed(e *check.Eval, u *Use) bool {
	if framework, ok := e.F.Key.Component(); ok {
		return u.Way <= EnvFrom && slices.Contains(byEnvironment, framework)
	}
	switch e.F.Key.Framework {
	case "fission":
		return u.Container == "fetcher" || u.Way == EnvFrom && u.At.Object.Group == "fission.io"
	case "kyma":
		// The init container fetches the code, the other Secret configures its package manager.
		return u.List == workload.Init && !u.Own || u.Secret.Name == "serverless-package-registry-config"
	}
	// A Spin application sees no files but those of its image: variables come to it by the environment alone.
	return e.F.Key.Kind == "SpinApp" && (u.Way == SubPath || u.Way == Env)
}

func limited(e *check.Eval, f *check.Finding, u *Use) *check.Finding {
	if fixed(e, u) {
		return f.With(check.FrameworkLimit)
	}
	return f
}

// each calls back with the uses of some way. Where there is none, the running control does not apply.
func each(e *check.Eval, way Way, found func(*Use)) {
	uses, any := UsesOf.Get(e.Reader, e.F.Key), false
	for i := range uses {
		any = any || uses[i].Way != Pull
		if uses[i].Way == way {
			found(&uses[i])
		}
	}
	if !any {
		noSecret(e)
	}
}

// noSecret says that the function uses none, if that can be told.
func noSecret(e *check.Eval) {
	if known(e) {
		e.NA("it uses no Secret")
	}
}

func in(u *Use) string {
	if u.Container == "" {
		return ""
	}
	return " of container " + u.Container
}

func throughEnv(e *check.Eval) {
	each(e, Env, func(u *Use) {
		limited(e, e.Fail(u.At, "key "+u.Key+" of Secret "+u.Secret.Name+" is a variable"+in(u)+
			": child processes and crash dumps get it, and a new value arrives only with a restart"), u)
	})
}

func throughEnvFrom(e *check.Eval) {
	each(e, EnvFrom, func(u *Use) {
		limited(e, e.Fail(u.At, "every key of Secret "+u.Secret.Name+" is a variable"+in(u)+", those that are added later too"), u)
	})
}

func throughSubPath(e *check.Eval) {
	each(e, SubPath, func(u *Use) {
		limited(e, e.Fail(u.At, "Secret "+u.Secret.Name+" is mounted with a subPath"+in(u)+": a new value arrives only with a restart"), u)
	})
}

// widerVolume finds whole Secrets that containers of different users share.
func widerVolume(e *check.Eval) {
	each(e, File, func(u *Use) {
		if u.Key != "" || u.Live {
			return
		}
		s, ok := e.Get(u.Secret).(*model.Secret)
		if !ok || s.Keys < 2 {
			return
		}
		spec := specOf(e, u)
		if spec == nil {
			return
		}
		share := spec.Spec.ShareProcessNamespace != nil && *spec.Spec.ShareProcessNamespace && len(spec.Spec.Containers) > 1
		users, first := mountingUsers(e, spec, u)
		if !first || len(users) < 2 && !share {
			return
		}
		text := "all " + count(s.Keys, "key", "keys") + " of Secret " + s.Name + " are mounted in containers that run as different users"
		if share {
			text = "all " + count(s.Keys, "key", "keys") + " of Secret " + s.Name + " are mounted, and the containers of the pod see each other's processes"
		}
		e.Fail(u.At, text)
	})
}

func specOf(e *check.Eval, u *Use) *workload.Spec {
	v := workload.Of.Get(e.Reader, e.F.Key)
	for i := range v.Specs {
		if v.Specs[i].Ref == u.At.Object {
			return &v.Specs[i]
		}
	}
	return nil
}

// mountingUsers lists the users as which containers run that mount the same volume as u, and whether u is the first of
// these uses.
func mountingUsers(e *check.Eval, spec *workload.Spec, u *Use) (users []int64, first bool) {
	all := UsesOf.Get(e.Reader, e.F.Key)
	for i := range all {
		o := &all[i]
		if o.At != u.At {
			continue
		}
		if len(users) == 0 {
			first = o == u
		}
		for _, c := range spec.Containers() {
			if id := userOf(spec.Spec, c.Container); c.Name == o.Container && !slices.Contains(users, id) {
				users = append(users, id)
			}
		}
	}
	return users, first
}

// userOf is the user that a container is told to run as, -1 when its image decides.
func userOf(s *corev1.PodSpec, c *corev1.Container) int64 {
	switch {
	case c.SecurityContext != nil && c.SecurityContext.RunAsUser != nil:
		return *c.SecurityContext.RunAsUser
	case s.SecurityContext != nil && s.SecurityContext.RunAsUser != nil:
		return *s.SecurityContext.RunAsUser
	}
	return -1
}

// missing finds required Secrets and keys that are not there.
func missing(e *check.Eval) {
	uses := UsesOf.Get(e.Reader, e.F.Key)
	if len(uses) == 0 {
		noSecret(e)
		return
	}
	type wanted struct {
		object model.Ref
		key    string
	}
	seen := make(map[wanted]bool, len(uses))
	for i := range uses {
		u := &uses[i]
		if u.Way == Pull || u.Optional || seen[wanted{u.Secret, u.Key}] {
			continue
		}
		seen[wanted{u.Secret, u.Key}] = true
		o := e.Get(u.Secret)
		if o == nil {
			absent(e, u)
			continue
		}
		s, ok := o.(*model.Secret)
		switch {
		case !ok || u.Key == "" || slices.Contains(s.Names, u.Key):
		case s.Knows():
			e.Fail(u.At, "Secret "+s.Name+" has no key "+u.Key+": "+consequence(u))
		default:
			e.Unknown(snapshot.Missing{Reason: "the keys of Secret " + s.Name + " are not recorded: whether " + u.Key + " is among them cannot be told"})
		}
	}
}

func consequence(u *Use) string {
	switch u.Way {
	case Trigger:
		return "the trigger does not work"
	case Build:
		return "builds fail"
	}
	return "new pods do not start"
}

// absent reports an object that was not found, if that means that it is not there.
func absent(e *check.Eval, u *Use) {
	if !visible(e, u.Secret) {
		return
	}
	text := u.Secret.Kind + " " + u.Secret.Name + " is not there: " + consequence(u) + ", and whoever creates it chooses what it holds"
	if by, ok := supplierOf(e.Reader, u.Secret); ok {
		if e.Options().Manifests {
			return // it is made when the manifests are applied
		}
		text = "Secret " + u.Secret.Name + " is not there, although " + by.Kind + " " + by.Name + " should make it: " + consequence(u)
	}
	e.Fail(u.At, text)
}

// visible reports whether an object that was not found does not exist. Where it may, the running control is unknown.
func visible(e *check.Eval, ref model.Ref) bool {
	if e.Options().Partial {
		e.Unknown(snapshot.Missing{Verb: "get", Group: ref.Group, Resource: snapshot.Plural(ref.Kind), Namespace: ref.Namespace,
			Reason: strings.ToLower(ref.Kind) + " " + ref.Name + " may be elsewhere"})
		return false
	}
	return e.Need(ref.GroupKind(), ref.Namespace)
}

// secretsOf lists the Secrets of a function that are there, each once with its uses of the ways that are wanted. Those
// that may be there and cannot be seen make the running control unknown.
func secretsOf(e *check.Eval, want func(*Use) bool) []used {
	uses := UsesOf.Get(e.Reader, e.F.Key)
	var found []used
	hidden := false
	for i := range uses {
		u := &uses[i]
		if u.Way == External || !want(u) {
			continue
		}
		at := slices.IndexFunc(found, func(o used) bool { return o.Ref == u.Secret })
		if at >= 0 {
			found[at].uses = append(found[at].uses, u)
			continue
		}
		s, ok := e.Get(u.Secret).(*model.Secret)
		if !ok {
			if !hidden {
				hidden = !e.Need(secretKind, u.Secret.Namespace)
			}
			continue
		}
		found = append(found, used{s, []*Use{u}})
	}
	if len(uses) == 0 {
		noSecret(e)
	}
	return found
}

// used is a Secret of a function, and where it gets in.
type used struct {
	*model.Secret
	uses []*Use
}

func (u *used) at() check.At { return check.At{Object: u.Ref, Value: u.Name} }

func anyUse(u *Use) bool  { return u.Way != Build }
func inside(u *Use) bool  { return u.Way.Inside() }
func reading(u *Use) bool { return u.Way.Inside() || u.Way == Trigger }

// publicKeys are keys that hold nothing secret.
var publicKeys = []string{"ca.crt", "ca.pem", "ca-bundle.crt", "ca-bundle.pem", "cacerts", "ca-certificates.crt", "root.crt", "root-ca.crt", "truststore.jks", "service-ca.crt"}

// public reports whether a Secret holds certificates of authorities only.
func public(s *model.Secret) bool {
	if !s.Knows() || len(s.Names) == 0 {
		return false
	}
	return !slices.ContainsFunc(s.Names, func(k string) bool { return !slices.Contains(publicKeys, k) })
}
