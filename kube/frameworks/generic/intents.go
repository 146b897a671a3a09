package generic

import "slices"

// intents are the public ids of what may be wished for: the keys of `fixes`.
var intents = []string{
	"own-account", "no-token", "narrow-token", "drop-token-secret", "minimal-role", "unbind", "pull-secret",
	"isolate-ingress", "isolate-egress", "allow-dns", "block-metadata", "cluster-ip", "no-host-port",
	"no-host-network", "close-route", "route-tls", "route-auth", "route-scopes", "route-host", "mesh-join",
	"mesh-mtls", "mesh-authz", "env-to-secret", "config-to-secret", "secret-to-file", "narrow-mount",
	"create-secret", "rotate-secret", "split-secret", "restart", "restrict-readers", "no-privileged",
	"no-host-path", "no-host-namespaces", "no-device", "no-control-plane", "drop-capabilities", "non-root",
	"no-escalation", "read-only-root", "seccomp", "apparmor", "namespace-level", "pin-image", "pull-policy",
	"pin-source", "limits", "quota", "limit-range", "max-scale", "timeout", "platform-setting", "upgrade", "review",
}

// changes are keys of `fixes` too, and no posture fixes: they say where a change goes that a command needs.
var changes = []string{"scale", "min-max", "pod-annotations"}

func isIntent(key string) bool { return slices.Contains(intents, key) || slices.Contains(changes, key) }

// builtIn are the names of the frameworks that have an adapter of their own.
var builtIn = []string{
	"openfaas", "kubeless", "kyma", "fission", "nuclio", "knative", "openwhisk", "fn", "plain", "generic",
}
