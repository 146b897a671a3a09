package change

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/plan"
)

// Generate makes a random value: `alnum:24` has 24 characters, `hex:32` and `base64:32` are 32 random bytes, `uuid` is one
// of version 4. Without a length it is 32.
func Generate(recipe string) ([]byte, error) {
	r, err := credential.Parse(recipe)
	if err != nil {
		return nil, err
	}
	return credential.Make(r)
}

// random reports whether a recipe makes a value by itself: others need what only the one who asked for them has.
func random(recipe string) bool {
	r, err := credential.Parse(recipe)
	return err != nil || r.Random()
}

// literal reads the plaintext that becomes a secret value.
func (e *Engine) literal(ctx context.Context, l plan.Literal) ([]byte, error) {
	s := &Step{Ref: l.Object, group: &group{}}
	if why := e.locate(s); why != "" {
		return nil, fmt.Errorf("%s: %s", l.Object, why)
	}
	live, err := e.get(ctx, s.Target())
	if err != nil {
		return nil, fmt.Errorf("read %s: %s", l.Object, client.Reason(err))
	}
	path, err := parsePath(l.Path)
	if err != nil {
		return nil, err
	}
	value, ok := lookup(live, path)
	if !ok {
		return nil, fmt.Errorf("%s has nothing at %s", l.Object, l.Path)
	}
	if text, ok := value.(string); ok {
		if l.Object.Kind == "Secret" && l.Object.Group == "" && path[0].key == "data" {
			return base64.StdEncoding.DecodeString(text)
		}
		return []byte(text), nil
	}
	return fmt.Append(nil, value), nil
}
