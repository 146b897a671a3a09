package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfig reads the operator's files with his flags applied, as kubectl does.
type kubeconfig struct {
	mu  sync.Mutex
	app *app
}

func (k *kubeconfig) Raw() (api.Config, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.app.flags.ToRawKubeConfigLoader().RawConfig()
}

// Rest returns the connection of a context. ConfigFlags reads everything anew at each call, so the context may be
// set for one.
func (k *kubeconfig) Rest(contextName string) (*rest.Config, string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	flags := k.app.flags
	asked := *flags.Context
	if contextName != "" {
		*flags.Context = contextName
		defer func() { *flags.Context = asked }()
	}
	loader := flags.ToRawKubeConfigLoader()
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, "", fmt.Errorf("read kubeconfig: %w", err)
	}
	name := *flags.Context
	if name == "" {
		name = raw.CurrentContext
	}
	if _, ok := raw.Contexts[name]; !ok && name != "" {
		return nil, "", &unknownContextError{name: name, known: contextNames(raw)}
	}
	config, err := flags.ToRESTConfig()
	switch {
	case err != nil:
		return nil, "", kubeconfigError(err)
	case name == "" && *flags.APIServer == "" && config.Host == fallbackServer:
		return nil, "", noContextError(raw)
	}
	if name == "" {
		name = config.Host
	}
	return config, name, nil
}

// Files lists the kubeconfig files.
func (k *kubeconfig) Files() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	access := k.app.flags.ToRawKubeConfigLoader().ConfigAccess()
	if access.IsExplicitFile() {
		return []string{access.GetExplicitFile()}
	}
	return access.GetLoadingPrecedence()
}

// fallbackServer is where client-go looks when nothing says where the cluster is. Nobody means that.
const fallbackServer = "http://localhost:8080"

func noContextError(raw api.Config) error {
	if names := contextNames(raw); len(names) > 0 {
		return fmt.Errorf("the kubeconfig has no current context: choose one with --context: %s", listed(names, 10))
	}
	return errNoKubeconfig
}

var errNoKubeconfig = errors.New(
	"no kubeconfig: set KUBECONFIG or --kubeconfig to the file that your cluster's administrator gave you")

// unknownContextError is a context that the kubeconfig does not have.
type unknownContextError struct {
	name  string
	known []string
}

func (e *unknownContextError) Error() string {
	if len(e.known) == 0 {
		return fmt.Sprintf("context %q is not in the kubeconfig, which has none", e.name)
	}
	return fmt.Sprintf("context %q is not in the kubeconfig; it has: %s", e.name, listed(e.known, 10))
}

func contextNames(raw api.Config) []string {
	var names []string
	for n := range raw.Contexts {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// listed joins names, and counts those beyond n.
func listed(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

func kubeconfigError(err error) error {
	if clientcmd.IsEmptyConfig(err) {
		return errNoKubeconfig
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read kubeconfig: %w", err)
	}
	return fmt.Errorf("kubeconfig: %w", err)
}
