// Package credential makes new secret values: random ones, key pairs, lines of password files and certificates.
//
// Its one rule: a value goes to the caller and nowhere else; no error, and no name of a recipe, holds any of it.
package credential

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The kinds of recipes.
const (
	Alnum    = "alnum"    // letters and digits
	Chars    = "chars"    // characters of an alphabet: `chars:20:abc…`
	Hex      = "hex"      // random bytes in hexadecimal
	Base64   = "base64"   // random bytes in base64
	UUID     = "uuid"     // of version 4
	Ed25519  = "ed25519"  // a key pair as OpenSSH has it
	RSA      = "rsa"      // a key pair in PEM; its length is in bits
	ECDSA    = "ecdsa"    // a key pair in PEM; its length is in bits
	Htpasswd = "htpasswd" // `htpasswd:USER`: a line with the bcrypt hash of a password that somebody gives
	TLS      = "tls"      // a self-signed certificate and its key
)

// Kinds lists the kinds that a recipe may have.
func Kinds() []string {
	return []string{Alnum, Chars, Hex, Base64, UUID, Ed25519, RSA, ECDSA, Htpasswd, TLS}
}

const (
	defaultLength = 32
	minLength     = 8
	maxLength     = 4096
)

// Recipe says how a value is made.
type Recipe struct {
	Kind string
	// Length counts characters of alnum and chars, bytes of hex and base64, bits of rsa and ecdsa, days of tls.
	Length   int
	Alphabet string // of chars
	User     string // of htpasswd
}

// sizes are the lengths of the kinds that have other ones than random values: what is meant without one, and what is allowed.
var sizes = map[string][]int{RSA: {4096, 2048, 3072}, ECDSA: {256, 384, 521}}

// Parse reads `KIND[:LENGTH]`, `chars:LENGTH:ALPHABET` and `htpasswd:USER`.
func Parse(text string) (Recipe, error) {
	kind, rest, given := strings.Cut(text, ":")
	r := Recipe{Kind: kind, Length: defaultLength}
	switch kind {
	case Alnum, Hex, Base64:
	case UUID, Ed25519:
		if given {
			return r, fmt.Errorf("%s has no length", kind)
		}
		return r, nil
	case RSA, ECDSA:
		return r, r.size(rest, given)
	case TLS:
		r.Length = 365
	case Htpasswd:
		if r.User = rest; rest == "" || strings.ContainsFunc(rest, func(c rune) bool { return c == ':' || c < ' ' || c == 0x7f }) {
			return r, fmt.Errorf("%s needs the name of its user: %s:admin", kind, kind)
		}
		return r, nil
	case Chars:
		var ok bool
		if rest, r.Alphabet, ok = strings.Cut(rest, ":"); !ok {
			return r, fmt.Errorf("%s needs a length and its characters: %s:20:abcdef0123456789", kind, kind)
		}
		if err := alphabetOf(r.Alphabet); err != nil {
			return r, err
		}
	default:
		return r, fmt.Errorf("%q cannot be generated: use %s", text, strings.Join(Kinds(), ", "))
	}
	if !given {
		return r, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < minLength || n > maxLength {
		return r, fmt.Errorf("%q: the length is a number from %d to %d", kind+":"+rest, minLength, maxLength)
	}
	r.Length = n
	return r, nil
}

func (r *Recipe) size(text string, given bool) error {
	all := sizes[r.Kind]
	if r.Length = all[0]; !given {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || !slices.Contains(all, n) {
		return fmt.Errorf("%s: the length is one of %v bits", r.Kind, all)
	}
	r.Length = n
	return nil
}

// alphabetOf checks that the characters are printable ASCII, each there once: every one is as likely as the others.
func alphabetOf(text string) error {
	if len(text) < 2 {
		return fmt.Errorf("an alphabet has two characters or more")
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return fmt.Errorf("an alphabet has printable ASCII characters only")
		}
		if strings.IndexByte(text, text[i]) != i {
			return fmt.Errorf("the alphabet has the character %q twice", text[i])
		}
	}
	return nil
}

// Random reports whether the recipe alone makes the value, without anything that is given or paired with it.
func (r Recipe) Random() bool {
	return slices.Contains([]string{Alnum, Chars, Hex, Base64, UUID}, r.Kind)
}

// Paired reports whether the recipe makes a public half too.
func (r Recipe) Paired() bool { return slices.Contains([]string{Ed25519, RSA, ECDSA, TLS}, r.Kind) }
