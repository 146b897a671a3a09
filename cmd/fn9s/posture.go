package main

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/frameworks/plain"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// defaultRotationAge is the age from which a Secret counts as not rotated, where nothing else is configured.
const defaultRotationAge = 90 * 24 * time.Hour

// postureFlags are the options that commands of posture share.
type postureFlags struct {
	files        []string
	allWorkloads bool
	partial      bool
	pssVersion   string
	exceptions   string
}

func (p *postureFlags) add(f *pflag.FlagSet) {
	f.StringArrayVarP(&p.files, "filename", "f", nil, "manifests instead of a cluster: a file, a folder, or - for standard input; may be repeated")
	f.BoolVar(&p.allWorkloads, "all-workloads", false, "judge every workload, function or not")
	f.BoolVar(&p.partial, "partial", false, "the manifests are a part of a cluster: what is not there is unknown, not absent")
	f.StringVar(&p.pssVersion, "pss-version", "", "version of the Pod Security Standards where a namespace pins none, such as v1.34")
	f.StringVar(&p.exceptions, "exceptions", "", "file of accepted risks")
}

// selectors returns the plain functions that the flags ask for.
func (p *postureFlags) selectors() ([]plain.Selector, error) {
	if !p.allWorkloads {
		return nil, nil
	}
	var everything yaml.Node
	if err := yaml.Unmarshal([]byte(`[{namespaces: ["*"]}]`), &everything); err != nil {
		return nil, fmt.Errorf("select all workloads: %w", err)
	}
	all, problems := plain.Parse("--all-workloads", everything.Content[0])
	if len(problems) > 0 {
		return nil, fmt.Errorf("select all workloads: %s", problems[0].Message)
	}
	return all, nil
}

// options makes the settings of posture of the flags and the configuration. Exceptions that do not count are told.
func (p *postureFlags) options(a *app, now time.Time) (*snapshot.Options, []error, error) {
	c, err := a.settings()
	if err != nil {
		return nil, nil, err
	}
	o := &snapshot.Options{
		Now: now, Manifests: len(p.files) > 0, Partial: p.partial, Target: target(&c.Posture),
		AllowedRegistries: c.Posture.AllowedRegistries, RotationAge: cmp.Or(c.Posture.RotationAge, defaultRotationAge),
		ReadCertificates: c.Posture.ReadCertificates, CompareSecretValues: c.Posture.CompareSecretValues,
	}
	for _, r := range c.Posture.SensitiveNames {
		o.SensitiveNames = append(o.SensitiveNames, r.String())
	}
	if p.pssVersion != "" {
		minor, ok := minorOf(p.pssVersion)
		if !ok {
			return nil, nil, usageError("--pss-version %q: write it like v1.34", p.pssVersion)
		}
		o.PSSVersion = minor
	}
	var problems []error
	if file := cmp.Or(p.exceptions, c.Posture.Exceptions); file != "" {
		data, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			return nil, nil, withCode(exitUsage, fmt.Errorf("read exceptions: %w", err))
		}
		o.Exceptions, problems = security.ParseExceptions(file, data, now)
	}
	return o, problems, nil
}

// target returns the Pod Security level that a namespace should meet. Of several patterns the longest counts.
func target(p *config.Posture) func(string) string {
	patterns := make([]string, 0, len(p.Namespaces))
	for pattern := range p.Namespaces {
		patterns = append(patterns, pattern)
	}
	slices.SortFunc(patterns, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return func(namespace string) string {
		for _, pattern := range patterns {
			if ok, _ := path.Match(pattern, namespace); ok && p.Namespaces[pattern] != "" {
				return p.Namespaces[pattern]
			}
		}
		return cmp.Or(p.Target, "restricted")
	}
}

// minorOf reads the minor version of `v1.34`, `1.34` or `v1.34.2`.
func minorOf(version string) (int, bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 || parts[0] != "1" {
		return 0, false
	}
	digits := strings.TrimRightFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0
}

// controlFilter chooses controls by id and pillar.
func controlFilter(only, skip []string, pillar string) (func(*check.Control) bool, error) {
	ids := func(flag string, list []string) (map[string]bool, error) {
		set := map[string]bool{}
		for _, id := range list {
			c, ok := security.Control(id)
			if !ok {
				return nil, usageError("--%s %q: there is no such control; `fn9s controls` lists them", flag, id)
			}
			set[c.ID] = true
		}
		return set, nil
	}
	wanted, err := ids("control", only)
	if err != nil {
		return nil, err
	}
	unwanted, err := ids("skip", skip)
	if err != nil {
		return nil, err
	}
	in := func(check.Pillar) bool { return true }
	if pillar != "" {
		p, err := check.ParsePillar(pillar)
		if err != nil {
			return nil, usageError("--pillar: %v", err)
		}
		in = func(other check.Pillar) bool { return other == p }
	}
	return func(c *check.Control) bool {
		return (len(wanted) == 0 || wanted[c.ID]) && !unwanted[c.ID] && in(c.Pillar)
	}, nil
}
