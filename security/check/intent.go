package check

// Intent is the public id of a framework-neutral wish. What is wished for is here; how it is done depends on who owns
// the object.
type Intent string

// The intents.
const (
	FixOwnAccount       Intent = "own-account"
	FixNoToken          Intent = "no-token"
	FixNarrowToken      Intent = "narrow-token"
	FixDropTokenSecret  Intent = "drop-token-secret"
	FixMinimalRole      Intent = "minimal-role"
	FixUnbind           Intent = "unbind"
	FixPullSecret       Intent = "pull-secret"
	FixIsolateIngress   Intent = "isolate-ingress"
	FixIsolateEgress    Intent = "isolate-egress"
	FixAllowDNS         Intent = "allow-dns"
	FixBlockMetadata    Intent = "block-metadata"
	FixClusterIP        Intent = "cluster-ip"
	FixNoHostPort       Intent = "no-host-port"
	FixNoHostNetwork    Intent = "no-host-network"
	FixCloseRoute       Intent = "close-route"
	FixRouteTLS         Intent = "route-tls"
	FixRouteAuth        Intent = "route-auth"
	FixRouteScopes      Intent = "route-scopes"
	FixRouteHost        Intent = "route-host"
	FixMeshJoin         Intent = "mesh-join"
	FixMeshMTLS         Intent = "mesh-mtls"
	FixMeshAuthz        Intent = "mesh-authz"
	FixEnvToSecret      Intent = "env-to-secret"
	FixConfigToSecret   Intent = "config-to-secret"
	FixSecretToFile     Intent = "secret-to-file"
	FixNarrowMount      Intent = "narrow-mount"
	FixCreateSecret     Intent = "create-secret"
	FixRotateSecret     Intent = "rotate-secret"
	FixSplitSecret      Intent = "split-secret"
	FixRestart          Intent = "restart"
	FixRestrictReaders  Intent = "restrict-readers"
	FixNoPrivileged     Intent = "no-privileged"
	FixNoHostPath       Intent = "no-host-path"
	FixNoHostNamespaces Intent = "no-host-namespaces"
	FixNoDevice         Intent = "no-device"
	FixNoControlPlane   Intent = "no-control-plane"
	FixDropCapabilities Intent = "drop-capabilities"
	FixNonRoot          Intent = "non-root"
	FixNoEscalation     Intent = "no-escalation"
	FixReadOnlyRoot     Intent = "read-only-root"
	FixSeccomp          Intent = "seccomp"
	FixApparmor         Intent = "apparmor"
	FixNamespaceLevel   Intent = "namespace-level"
	FixPinImage         Intent = "pin-image"
	FixPullPolicy       Intent = "pull-policy"
	FixPinSource        Intent = "pin-source"
	FixLimits           Intent = "limits"
	FixQuota            Intent = "quota"
	FixLimitRange       Intent = "limit-range"
	FixMaxScale         Intent = "max-scale"
	FixTimeout          Intent = "timeout"
	FixPlatformSetting  Intent = "platform-setting"
	FixUpgrade          Intent = "upgrade"
	FixReview           Intent = "review"
)

// Wish says what is wished for.
func (i Intent) Wish() string { return wishes[i] }

// Intents lists all of them, in the order of the catalogue.
func Intents() []Intent {
	return []Intent{
		FixOwnAccount,
		FixNoToken,
		FixNarrowToken,
		FixDropTokenSecret,
		FixMinimalRole,
		FixUnbind,
		FixPullSecret,
		FixIsolateIngress,
		FixIsolateEgress,
		FixAllowDNS,
		FixBlockMetadata,
		FixClusterIP,
		FixNoHostPort,
		FixNoHostNetwork,
		FixCloseRoute,
		FixRouteTLS,
		FixRouteAuth,
		FixRouteScopes,
		FixRouteHost,
		FixMeshJoin,
		FixMeshMTLS,
		FixMeshAuthz,
		FixEnvToSecret,
		FixConfigToSecret,
		FixSecretToFile,
		FixNarrowMount,
		FixCreateSecret,
		FixRotateSecret,
		FixSplitSecret,
		FixRestart,
		FixRestrictReaders,
		FixNoPrivileged,
		FixNoHostPath,
		FixNoHostNamespaces,
		FixNoDevice,
		FixNoControlPlane,
		FixDropCapabilities,
		FixNonRoot,
		FixNoEscalation,
		FixReadOnlyRoot,
		FixSeccomp,
		FixApparmor,
		FixNamespaceLevel,
		FixPinImage,
		FixPullPolicy,
		FixPinSource,
		FixLimits,
		FixQuota,
		FixLimitRange,
		FixMaxScale,
		FixTimeout,
		FixPlatformSetting,
		FixUpgrade,
		FixReview,
	}
}

var wishes = map[Intent]string{
	FixOwnAccount:       "own ServiceAccount, for this function alone",
	FixNoToken:          "no token mounted; no API key in the action",
	FixNarrowToken:      "projected token: short life, one audience, only the container that needs it",
	FixDropTokenSecret:  "long-lived token Secret gone (after the check of its last use)",
	FixMinimalRole:      "fewer rights: the rules that are used, by name",
	FixUnbind:           "subject out of the binding; binding that nothing needs deleted",
	FixPullSecret:       "pull secret, on the pod or its account",
	FixIsolateIngress:   "network policy: only the gateway (router, activator, declared callers) may call",
	FixIsolateEgress:    "network policy: only declared destinations",
	FixAllowDNS:         "network policy: DNS stays reachable",
	FixBlockMetadata:    "network policy: all but the cloud metadata addresses",
	FixClusterIP:        "no NodePort, no LoadBalancer, no external IPs; source ranges and no node ports where a load balancer must stay",
	FixNoHostPort:       "no host port",
	FixNoHostNetwork:    "no host network",
	FixCloseRoute:       "not public: stop public exposure, unexpose, no Ingress, close the API",
	FixRouteTLS:         "TLS on the route",
	FixRouteAuth:        "authentication on the route",
	FixRouteScopes:      "a token must carry scopes or audience of this function",
	FixRouteHost:        "own host only: no *, no alias, no host, path or label of a neighbour, no foreign namespace",
	FixMeshJoin:         "pod labels, annotations (mesh): in the mesh, no bypass",
	FixMeshMTLS:         "mTLS strict",
	FixMeshAuthz:        "authorization in the mesh: default deny, allow the gateway and named callers",
	FixEnvToSecret:      "plaintext env → Secret; plaintext value, parameter, argument too",
	FixConfigToSecret:   "plaintext in a ConfigMap → Secret",
	FixSecretToFile:     "Secret as a file instead of env",
	FixNarrowMount:      "only the keys, mode and container that need it; no subPath",
	FixCreateSecret:     "the missing Secret or key exists",
	FixRotateSecret:     "new value, old one in a backup, consumers restarted",
	FixSplitSecret:      "one Secret per function",
	FixRestart:          "restart",
	FixRestrictReaders:  "fewer subjects may read it",
	FixNoPrivileged:     "not privileged: also default procMount, safe sysctls, no host probes, no HostProcess",
	FixNoHostPath:       "no hostPath, no runtime socket",
	FixNoHostNamespaces: "no host PID or IPC namespace, no process shared with others",
	FixNoDevice:         "no device claim, no extended resource of a device plugin",
	FixNoControlPlane:   "no nodeName, no toleration of the control plane",
	FixDropCapabilities: "drop capabilities: drop ALL",
	FixNonRoot:          "non-root, uid",
	FixNoEscalation:     "no privilege escalation",
	FixReadOnlyRoot:     "read-only root + /tmp",
	FixSeccomp:          "seccomp RuntimeDefault",
	FixApparmor:         "AppArmor not unconfined, no custom SELinux type",
	FixNamespaceLevel:   "pod security label, namespace floor, PSS",
	FixPinImage:         "image by digest",
	FixPullPolicy:       "pull policy fits the tag",
	FixPinSource:        "source by commit or checksum, packages by exact version",
	FixLimits:           "requests, limits",
	FixQuota:            "ResourceQuota of the namespace",
	FixLimitRange:       "LimitRange of the namespace",
	FixMaxScale:         "min / max: ceiling on scale",
	FixTimeout:          "timeout",
	FixPlatformSetting:  "the setting of the control plane that the row names",
	FixUpgrade:          "the version that fixes it",
	FixReview:           "a person decides: opens the object at the path",
}
