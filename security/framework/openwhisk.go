package framework

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/detect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// The custom resources of OpenServerless.
var (
	whiskUserKind     = schema.GroupKind{Group: "nuvolaris.org", Kind: "WhiskUser"}
	whiskInstanceKind = schema.GroupKind{Group: "nuvolaris.org", Kind: "Whisk"}
)

const actionPodLabel = "user-action-pod"

var openwhiskKinds = []snapshot.Kind{
	{GroupKind: whiskActionKind, Reader: reader, Decode: decodeWhiskAction},
	{GroupKind: whiskPackageKind, Reader: reader, Decode: decodeWhiskPackage},
	connectorKind(whiskGroup),
	{GroupKind: whiskUserKind, Plural: "whisksusers", Versions: []string{"v1"}, Reader: reader, Decode: decodeWhiskCredentials},
	{GroupKind: whiskInstanceKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeWhiskCredentials},
}

// component is the name of a chart's part without the release: `controller`.
func (p *part) component() string {
	name := cmp.Or(p.Labels.Get("name"), p.Name)
	return name[strings.LastIndexByte(name, '-')+1:]
}

// components returns the parts of that name.
func components(all []part, name string) []*part {
	var found []*part
	for i := range all {
		if all[i].component() == name {
			found = append(found, &all[i])
		}
	}
	return found
}

// whiskParts returns the judged control plane and its parts.
func whiskParts(e *check.Eval) (Platform, []part, bool) {
	p, ok := planeOf(e, openWhisk, noOpenWhisk)
	if !ok {
		return p, nil, false
	}
	all := parts(e.Reader, &p)
	for _, kind := range []schema.GroupKind{statefulSetKind, deploymentKind, podKind} {
		e.Need(kind, p.Namespace)
	}
	return p, all, true
}

// checkWhiskDefaults is FW-OW-01.
func checkWhiskDefaults(e *check.Eval) {
	p, all, ok := whiskParts(e)
	if !ok {
		return
	}
	for _, w := range components(all, "invoker") {
		c := container(w.Spec, "invoker")
		if c == nil {
			continue
		}
		switch s := env(c, "CONFIG_whisk_invoker_username"); {
		case s.Set:
		case s.Hidden:
			e.Undecided(w.at(c, "envFrom"), "whether the invoker's own API has a password of its own is set by another object (CONFIG_whisk_invoker_username)")
		default:
			e.Fail(w.at(c, "env"), "the invoker's own API answers to the published user and password (CONFIG_whisk_invoker_username is not set)").As(check.High)
		}
	}
	for _, suffix := range []string{"whisk.auth", "db.auth"} {
		checkPublished(e, p.Namespace, strings.TrimPrefix(p.Release+"-"+suffix, "-"), nil)
	}
}

// checkWhiskNode is FW-OW-03.
func checkWhiskNode(e *check.Eval) {
	p, all, ok := whiskParts(e)
	if !ok {
		return
	}
	invokers := components(all, "invoker")
	for _, w := range invokers {
		if i := socketVolume(w.Spec); i >= 0 {
			at := check.At{Object: w.Ref, Path: w.path + ".volumes[" + itoa(i) + "].hostPath", Fixed: w.path + ".volumes[" + w.Spec.Volumes[i].Name + "].hostPath", Value: w.Spec.Volumes[i].HostPath.Path}
			e.Fail(at, "the invoker drives the node's container runtime: whoever takes it over owns the node, and actions run as containers that Kubernetes does not see, so their posture is unknown").As(check.High)
		}
	}
	if len(invokers) > 0 {
		return
	}
	for _, w := range components(all, "controller") {
		c := container(w.Spec, "controller")
		if c == nil || !privileged(c) {
			continue
		}
		way, open := leadsTo(e, &p, w, "8080")
		f := e.Failf(w.at(c, "securityContext.privileged"), "the controller runs the actions itself and is privileged: whoever takes it over owns the node%s", way)
		if !open {
			f.As(check.High)
		}
	}
}

func privileged(c *corev1.Container) bool {
	return c.SecurityContext != nil && c.SecurityContext.Privileged != nil && *c.SecurityContext.Privileged
}

// socketVolume is the index of the volume that is the socket of a container runtime, or what holds it; -1 for none.
func socketVolume(s *corev1.PodSpec) int {
	return slices.IndexFunc(s.Volumes, func(v corev1.Volume) bool {
		return v.HostPath != nil && strings.HasSuffix(strings.TrimRight(v.HostPath.Path, "/"), ".sock")
	})
}

// checkWhiskAdmin is FW-OW-04.
func checkWhiskAdmin(e *check.Eval) {
	p, all, ok := whiskParts(e)
	if !ok {
		return
	}
	for _, w := range components(all, "wskadmin") {
		if w.Kind != podKind.Kind {
			continue
		}
		for i := range w.Spec.Containers {
			c := &w.Spec.Containers[i]
			if s := env(c, "DB_PASSWORD"); s.Set || s.Hidden {
				f := e.Fail(w.at(c, "env"), "this pod waits with the administrator's password of the database: whoever may enter it reads code, keys and parameters of all tenants").As(check.Medium)
				who := enterers(e, w.Namespace).without(p.Accounts)
				if len(who.broad)+len(who.others) > 0 {
					f.As(check.High).Message += "; " + who.may("these may")
				}
				break
			}
		}
	}
}

// checkWhiskKeyInConfigMap is FW-OW-05.
func checkWhiskKeyInConfigMap(e *check.Eval) {
	_, all, ok := whiskParts(e)
	if !ok {
		return
	}
	for _, w := range components(all, "nginx") {
		for i := range w.Spec.Volumes {
			v := &w.Spec.Volumes[i]
			if v.ConfigMap == nil {
				continue
			}
			ref := model.Ref{Kind: configMapKind.Kind, Namespace: w.Namespace, Name: v.ConfigMap.Name}
			if at, found := keyIn(e, ref); found {
				e.Failf(at, "the ConfigMap holds the private key of the edge: every account that may get ConfigMaps here can read all calls")
			}
		}
	}
}

// keyIn returns where a ConfigMap holds a private key: a value that is one, else one that is named so.
func keyIn(e *check.Eval, ref model.Ref) (check.At, bool) {
	o := e.Get(ref)
	if facts, ok := snapshot.FactsOf[*configFacts](o, reader); ok && facts.keyIn != "" {
		return check.At{Object: ref, Path: "data[" + facts.keyIn + "]", Value: facts.keyType}, true
	}
	if c, ok := o.(*model.ConfigMap); ok {
		for _, key := range c.Keys {
			if strings.HasSuffix(key, ".key") || strings.HasSuffix(key, "key.pem") {
				return check.At{Object: ref, Path: "data[" + key + "]"}, true
			}
		}
	}
	return check.At{}, false
}

// checkWhiskStorage is FW-OW-08 of the platform.
func checkWhiskStorage(e *check.Eval) {
	_, all, ok := whiskParts(e)
	if !ok {
		return
	}
	for _, name := range []string{"controller", "invoker"} {
		for _, w := range components(all, name) {
			c := container(w.Spec, name)
			if c == nil {
				continue
			}
			switch s := env(c, "CONFIG_whisk_parameterStorage_current"); {
			case s.Set && (s.Hidden || strings.HasPrefix(s.Value, "aes-")):
			case s.Hidden:
				e.Undecided(w.at(c, "envFrom"), "whether parameters are stored encrypted is set by another object (CONFIG_whisk_parameterStorage_current)")
			default:
				e.Failf(w.envAt(c, "CONFIG_whisk_parameterStorage_current"), "the %s stores parameters of actions in plaintext", name).
					As(check.Low).Offers(check.FixPlatformSetting)
			}
		}
	}
	connected(e, whiskGroup)
}

// whiskCredentials are the paths in a custom resource of OpenServerless that hold credentials.
type whiskCredentials struct{ paths []string }

func decodeWhiskCredentials(raw *snapshot.Raw) (any, error) {
	var o struct{ Spec map[string]any }
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	c := &whiskCredentials{}
	c.walk("spec", o.Spec, 0)
	if len(c.paths) == 0 {
		return nil, nil
	}
	return c, nil
}

func (c *whiskCredentials) walk(path string, in map[string]any, depth int) {
	const deepest, most = 5, 64
	for _, key := range slices.Sorted(maps.Keys(in)) {
		if len(c.paths) >= most {
			return
		}
		at := path + "." + short(key)
		switch v := in[key].(type) {
		case map[string]any:
			if depth < deepest {
				c.walk(at, v, depth+1)
			}
		case string:
			if v != "" && (key == "password" || key == "auth" || detect.Literal(key, v, nil) != "") {
				c.paths = append(c.paths, at)
			}
		}
	}
}

// checkWhiskUsers is FW-OW-10.
func checkWhiskUsers(e *check.Eval) {
	p, ok := planeOf(e, openWhisk, noOpenWhisk)
	if !ok {
		return
	}
	found := 0
	for _, kind := range []schema.GroupKind{whiskUserKind, whiskInstanceKind} {
		if !e.Need(kind, p.Namespace) {
			continue
		}
		for _, o := range e.List(kind, p.Namespace) {
			found++
			facts, ok := snapshot.FactsOf[*whiskCredentials](o, reader)
			if !ok {
				continue
			}
			f := e.Failf(check.At{Object: o.Head().Ref, Path: facts.paths[0]}, "%s holds credentials in plaintext: %s", o.Head().Ref, strings.Join(facts.paths, ", "))
			if who := readersOf(e, kind, p.Namespace, o.Head().Name).without(p.Accounts).may("these may read it"); who != "" {
				f.Message += "; " + who
			}
		}
	}
	if found == 0 {
		e.NA("it is no OpenServerless")
	}
}
