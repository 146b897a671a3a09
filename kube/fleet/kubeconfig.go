package fleet

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/status"
)

// Context is one context of the kubeconfig.
type Context struct {
	Name, Cluster, User, Namespace, Server string
	Current                                bool
	Open                                   bool
}

// Contexts lists the contexts of the kubeconfig by name.
func (f *Fleet) Contexts() ([]Context, error) {
	raw, err := f.o.Kubeconfig.Raw()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	f.mu.Lock()
	open := slices.Clone(f.open)
	f.mu.Unlock()
	all := make([]Context, 0, len(raw.Contexts))
	for name, c := range raw.Contexts {
		if c == nil {
			continue
		}
		k := Context{Name: name, Cluster: c.Cluster, User: c.AuthInfo, Namespace: c.Namespace, Current: name == raw.CurrentContext}
		if s := raw.Clusters[c.Cluster]; s != nil {
			k.Server = s.Server
		}
		k.Open = slices.ContainsFunc(open, func(b *berth) bool { return b.context == name })
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b Context) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// candidates lists the namespaces to try in a context where they cannot be listed: what the configuration and the
// past say, after the namespaces of all contexts with the same cluster and user.
func (f *Fleet) candidates(name string) []cluster.Candidate {
	var all []cluster.Candidate
	if f.o.Candidates != nil {
		all = f.o.Candidates(name)
	}
	contexts, err := f.o.Kubeconfig.Raw()
	if err != nil {
		return all
	}
	self := contexts.Contexts[name]
	if self == nil {
		return all
	}
	var same []cluster.Candidate
	for _, c := range contexts.Contexts {
		if c != nil && c.Cluster == self.Cluster && c.AuthInfo == self.AuthInfo && c.Namespace != "" {
			same = append(same, cluster.Candidate{Name: c.Namespace, Source: "kubeconfig"})
		}
	}
	slices.SortFunc(same, func(a, b cluster.Candidate) int { return cmp.Compare(a.Name, b.Name) })
	return mergeCandidates(all, same)
}

// mergeCandidates puts those of the kubeconfig after those of flags and configuration, and before the history.
func mergeCandidates(told, kubeconfig []cluster.Candidate) []cluster.Candidate {
	var out []cluster.Candidate
	add := func(c cluster.Candidate) {
		if !slices.ContainsFunc(out, func(o cluster.Candidate) bool { return o.Name == c.Name }) {
			out = append(out, c)
		}
	}
	for _, c := range told {
		if c.Source != "history" {
			add(c)
		}
	}
	for _, c := range kubeconfig {
		add(c)
	}
	for _, c := range told {
		add(c)
	}
	return out
}

// sameConfig reports whether two connections are to the same server with the same credentials.
func sameConfig(a, b *rest.Config) bool {
	return a.Host == b.Host && a.APIPath == b.APIPath && a.Username == b.Username && a.Password == b.Password &&
		a.BearerToken == b.BearerToken && a.BearerTokenFile == b.BearerTokenFile &&
		reflect.DeepEqual(a.Impersonate, b.Impersonate) && reflect.DeepEqual(a.TLSClientConfig, b.TLSClientConfig) &&
		reflect.DeepEqual(a.ExecProvider, b.ExecProvider)
}

// watchKubeconfig opens the clusters anew whose connection changed in the files: credentials are rotated there.
func (f *Fleet) watchKubeconfig(ctx context.Context) {
	const every = 2 * time.Second
	seen := stamps(f.o.Kubeconfig.Files())
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now := stamps(f.o.Kubeconfig.Files())
		if slices.Equal(seen, now) {
			continue
		}
		seen = now
		f.mu.Lock()
		var names []string
		for _, b := range f.open {
			names = append(names, b.context)
		}
		f.mu.Unlock()
		if err := f.Open(names...); err != nil {
			f.note(status.Error, "", "kubeconfig", err.Error())
		}
	}
}

// stamps tells a version of each file.
func stamps(files []string) []string {
	var all []string
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			all = append(all, fmt.Sprint(name, info.Size(), info.ModTime().UnixNano()))
		}
	}
	return all
}
