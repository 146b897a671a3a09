package change

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
)

const (
	defaultLength = 32
	minLength     = 8
	maxLength     = 4096
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Generate makes a random value: `alnum:24` has 24 characters, `hex:32` and `base64:32` are 32 random bytes, `uuid` is one
// of version 4. Without a length it is 32.
func Generate(recipe string) ([]byte, error) {
	kind, count, given := strings.Cut(recipe, ":")
	n := defaultLength
	if given {
		var err error
		if n, err = strconv.Atoi(count); err != nil || n < minLength || n > maxLength {
			return nil, fmt.Errorf("%q: the length is a number from %d to %d", recipe, minLength, maxLength)
		}
	}
	switch kind {
	case "alnum":
		return alnum(n), nil
	case "hex":
		return hex.AppendEncode(nil, random(n)), nil
	case "base64":
		return base64.StdEncoding.AppendEncode(nil, random(n)), nil
	case "uuid":
		b := random(16)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		return fmt.Appendf(nil, "%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
	}
	return nil, fmt.Errorf("%q cannot be generated: use alnum, hex, base64 or uuid", recipe)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// alnum takes only bytes of the largest multiple of the alphabet, so that every character is as likely.
func alnum(n int) []byte {
	limit := byte(256 / len(alphabet) * len(alphabet))
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range random(n) {
			if b < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return out
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
	if s, ok := value.(string); ok {
		return []byte(s), nil
	}
	return fmt.Append(nil, value), nil
}
