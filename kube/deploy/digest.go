package deploy

import (
	"maps"
	"strings"

	"github.com/fn9s/fn9s/security/artifact"
)

// ambiguous stands for a name under which several images run.
const ambiguous = "?"

// noteDigest takes over what a node says about the image that it runs under a name. Images that were put on the node by
// hand have the digest of their configuration there, and no repository.
func noteDigest(seen map[string]string, name, id string) {
	of, digest, ok := strings.Cut(strings.TrimPrefix(id, "docker-pullable://"), "@")
	if !ok || !strings.HasPrefix(digest, "sha256:") {
		return
	}
	a, err := artifact.Parse(name)
	b, other := artifact.Parse(of)
	if err != nil || other != nil || a.Name != b.Name || a.Digest != "" {
		return
	}
	if have, there := seen[name]; there && have != digest {
		digest = ambiguous
	}
	seen[name] = digest
}

// certain leaves out the names that say nothing.
func certain(seen map[string]string) map[string]string {
	out := maps.Clone(seen)
	maps.DeleteFunc(out, func(_, digest string) bool { return digest == ambiguous })
	return out
}
