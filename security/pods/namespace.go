package pods

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	psa "k8s.io/pod-security-admission/api"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var namespaceKind = schema.GroupKind{Kind: "Namespace"}

// Mode is what a namespace does with pods below a level, in one of the modes enforce, audit and warn.
type Mode struct {
	Level string // privileged, baseline, restricted
	// Version is the version of the standards that is judged by. Pinned says that the label names it.
	Version string
	Pinned  bool
	Label   string // what the label says; empty without one
	Invalid bool   // the label says nothing that exists; Level is what the API server makes of that
}

// Namespace is what a namespace says about pod security.
type Namespace struct {
	// Known is false where the namespace may not be read. Exists is false where it is not there.
	Known, Exists        bool
	Enforce, Audit, Warn Mode
}

// NamespaceLevel answers what a namespace says about pod security. Without a label the built-in default of the
// admission plugin counts: privileged.
var NamespaceLevel = snapshot.NewQuery("pod security of a namespace", func(r *snapshot.Reader, name string) Namespace {
	n := Namespace{Known: true}
	var labels model.Labels
	if o := r.Get(model.Ref{Kind: "Namespace", Name: name}); o != nil {
		n.Exists, labels = true, o.Head().Labels
	} else if _, hidden := r.Hidden(namespaceKind, ""); hidden || r.Options().Partial {
		n.Known = false
	}
	n.Enforce = mode(r, labels, psa.EnforceLevelLabel, psa.EnforceVersionLabel, psa.LevelRestricted)
	n.Audit = mode(r, labels, psa.AuditLevelLabel, psa.AuditVersionLabel, psa.LevelPrivileged)
	n.Warn = mode(r, labels, psa.WarnLevelLabel, psa.WarnVersionLabel, psa.LevelPrivileged)
	// A warning comes with what is enforced, unless a label says otherwise.
	if n.Warn.Label == "" && n.Enforce.Label != "" && !n.Enforce.Invalid && n.Enforce.Level != string(psa.LevelPrivileged) {
		n.Warn.Level = n.Enforce.Level
		if _, ok := labels.Lookup(psa.WarnVersionLabel); !ok {
			n.Warn.Version, n.Warn.Pinned = n.Enforce.Version, n.Enforce.Pinned
		}
	}
	return n
}, func(a, b Namespace) bool { return a == b })

// mode reads one pair of labels. invalid is the level that the API server takes for a value that is none.
func mode(r *snapshot.Reader, labels model.Labels, level, version string, invalid psa.Level) Mode {
	m := Mode{Level: string(psa.LevelPrivileged)}
	if text, ok := labels.Lookup(level); ok {
		m.Label, m.Level = text, text
		if _, err := psa.ParseLevel(text); err != nil {
			m.Level, m.Invalid = string(invalid), true
		}
	}
	minor := unpinned(r.Options())
	if text, ok := labels.Lookup(version); ok {
		v, err := psa.ParseVersion(text)
		switch {
		case err != nil || v.Latest():
			minor = latest(r.Options())
		default:
			minor, m.Pinned = min(v.Minor(), latest(r.Options())), true
		}
	}
	m.Version = versionName(minor)
	return m
}

// latest is what the API server calls the latest version: its own minor, as far as the standards are known.
func latest(o *snapshot.Options) int {
	if o.ServerMinor > 0 {
		return min(o.ServerMinor, Newest())
	}
	return Newest()
}

// unpinned is the version where a namespace names none.
func unpinned(o *snapshot.Options) int {
	if o.PSSVersion > 0 {
		return min(o.PSSVersion, Newest())
	}
	return latest(o)
}

// minorOf is the opposite of versionName.
func minorOf(version string) int {
	v, err := psa.ParseVersion(version)
	if err != nil || v.Latest() {
		return Newest()
	}
	return v.Minor()
}

// strict orders levels; 0 is privileged.
func strict(level string) int {
	switch psa.Level(level) {
	case psa.LevelRestricted:
		return 2
	case psa.LevelBaseline:
		return 1
	}
	return 0
}

var levels = [...]string{string(psa.LevelPrivileged), string(psa.LevelBaseline), string(psa.LevelRestricted)}
