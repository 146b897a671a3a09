package framework

import (
	"strings"

	"github.com/fn9s/fn9s/security/snapshot"
)

var genericKinds = []snapshot.Kind{
	{GroupKind: secretKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeSecret},
	{GroupKind: configMapKind, Versions: []string{"v1"}, Reader: reader, Decode: decodeConfigMap},
}

// insecure returns the flags that switch checks of certificates off.
func insecure(flags []string) []string {
	var found []string
	for _, f := range flags[:min(len(flags), 256)] {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if (strings.HasPrefix(name, "insecure") || strings.HasPrefix(name, "skip-tls-verify")) && value != "false" && len(found) < 16 {
			found = append(found, short(f))
		}
	}
	return found
}
