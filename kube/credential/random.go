package credential

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Make makes a random value: hex:32 and base64:32 are 32 random bytes, alnum:24 has 24 characters.
func Make(r Recipe) ([]byte, error) {
	switch r.Kind {
	case Alnum:
		return pick(alphanumeric, r.Length), nil
	case Chars:
		return pick(r.Alphabet, r.Length), nil
	case Hex:
		return hex.AppendEncode(nil, random(r.Length)), nil
	case Base64:
		return base64.StdEncoding.AppendEncode(nil, random(r.Length)), nil
	case UUID:
		b := random(16)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		return fmt.Appendf(nil, "%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
	}
	return nil, fmt.Errorf("%s is no random value", r.Kind)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// pick takes only bytes of the largest multiple of the alphabet, so that every character is as likely.
func pick(alphabet string, n int) []byte {
	limit := 256 / len(alphabet) * len(alphabet)
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range random(n) {
			if int(b) < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return out
}
