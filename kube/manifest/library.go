package manifest

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// slowJSON converts a document by the library that kubectl uses.
func slowJSON(src string) ([]byte, error) {
	if strings.IndexByte(src, '*') >= 0 && strings.IndexByte(src, '&') >= 0 {
		if err := checkAliases(src); err != nil {
			return nil, err
		}
	}
	return sigsyaml.YAMLToJSON([]byte(src))
}

var errAliases = errors.New("aliases make the document larger than an object may be")

// checkAliases refuses documents that aliases blow up. The library counts nodes; here their texts count too.
func checkAliases(src string) error {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		return fmt.Errorf("%w", err)
	}
	sizes := map[*yaml.Node]int{}
	var size func(n *yaml.Node) int
	size = func(n *yaml.Node) int {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if have, ok := sizes[n]; ok {
			return have
		}
		sizes[n] = maxObject + 1 // for what holds itself
		total := len(n.Value) + 1
		for _, c := range n.Content {
			if total = min(total+size(c), maxObject+len(src)+1); total > maxObject+len(src) {
				break
			}
		}
		sizes[n] = total
		return total
	}
	if size(&doc) > maxObject+len(src) {
		return errAliases
	}
	return nil
}
