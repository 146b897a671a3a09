package detect

import (
	"math"
	"strings"
)

// harmlessValue reports whether a value is none that a credential has: a number, a switch, a path, an address without
// a login, a reference to something else, a placeholder.
func harmlessValue(v string) bool {
	return numeric(v) || switches[strings.ToLower(v)] || pathLike(v) || isURL(v) || variable(v) || placeholder(v) ||
		strings.ContainsAny(v, "\n") && !strings.Contains(v, "-----BEGIN")
}

var switches = set("true", "false", "yes", "no", "on", "off", "none", "null", "nil", "enabled", "disabled", "default",
	"auto", "basic", "bearer", "required", "optional", "required.", "always", "never", "string", "file", "env", "vault",
	"kubernetes", "secret", "plain", "n/a", "undefined", "unset", "empty", "jwt", "oauth2", "oidc", "saml")

// numeric accepts numbers with units: `30s`, `10Mi`, `1.5`, `0x1f`, `80%`.
func numeric(v string) bool {
	digits, units := 0, 0
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case digit(c):
			digits++
		case strings.IndexByte("+-.,:_% ", c) >= 0:
		case letter(c):
			if units++; units > 3 {
				return false
			}
		default:
			return false
		}
	}
	// A password of digits with a letter or two is no quantity: those have their unit behind the number.
	return digits > 0 && (units == 0 || len(v) <= 12 && letter(v[len(v)-1]) && strings.IndexFunc(v, isLetter) >= digits)
}

func isLetter(r rune) bool { return r < 128 && letter(byte(r)) }

// pathLike accepts paths, and words joined by slashes or dots.
func pathLike(v string) bool {
	if strings.ContainsAny(v, " \t=+@") {
		return false
	}
	rooted := strings.HasPrefix(v, "/") || strings.HasPrefix(v, "./") || strings.HasPrefix(v, "../") ||
		strings.HasPrefix(v, "~/") || len(v) > 3 && v[1] == ':' && (v[2] == '\\' || v[2] == '/')
	if !rooted && strings.Count(v, "/") < 2 {
		return false
	}
	// Forty characters of base64 may hold slashes, and begin with one.
	return len(v) < 32 || strings.ContainsAny(v, ".-_ ") || classes(v) < 4 || entropy(v) < 4.2
}

// isURL accepts addresses; those with a login or a signature were told apart before.
func isURL(v string) bool {
	at := strings.Index(v, "://")
	return at > 0 && at < 20 && strings.IndexFunc(v[:at], func(r rune) bool { return !isLetter(r) && r != '+' && r != '.' && r != '-' && (r < '0' || r > '9') }) < 0
}

// variable accepts what is filled in later, and names of values that are kept elsewhere.
func variable(v string) bool {
	for _, prefix := range []string{
		"$(", "${", "{{", "$ref:", "ref+", "vault:", "secret:", "secretref:", "awssm:", "gcpsm:", "arn:", "env:", "op://", "<%", "%(",
		"valueFrom", "secretKeyRef", "projects/", "keyvault:", "ssm:", "file:", "@Microsoft.KeyVault",
	} {
		if strings.HasPrefix(v, prefix) {
			return true
		}
	}
	return strings.HasPrefix(v, "$") && strings.IndexFunc(v[1:], func(r rune) bool { return !isLetter(r) && r != '_' && (r < '0' || r > '9') }) < 0 &&
		v == strings.ToUpper(v)
}

var placeholders = []string{
	"your-", "your_", "<your", "replace-me", "replace_me", "replaceme", "placeholder", "redacted", "insert-", "todo",
	"-here", "_here", "fill-me", "fill_me", "to-be-", "changeit-",
}

// placeholder accepts stand-ins: `<token>`, `****`, `xxxxx`, `your-api-key`.
func placeholder(v string) bool {
	if v[0] == '<' && v[len(v)-1] == '>' || v[0] == '[' && v[len(v)-1] == ']' || strings.HasSuffix(v, "...") {
		return true
	}
	same := true
	for i := 1; i < len(v) && same; i++ {
		same = v[i] == v[0]
	}
	if same && len(v) > 2 {
		return true
	}
	if len(v) > 64 {
		return false
	}
	low := strings.ToLower(v)
	for _, p := range placeholders {
		if strings.Contains(low, p) {
			return true
		}
	}
	return strings.Contains(low, "xxxx") || strings.Contains(low, "****")
}

// reference reports whether a value under a sensitive name is the name of something that holds a credential: a file, or
// a Secret where the name ends in `secret`.
func reference(name, v string) bool {
	for _, ending := range []string{".pem", ".key", ".crt", ".json"} {
		if strings.HasSuffix(v, ending) {
			return true
		}
	}
	low := strings.ToLower(name)
	if !strings.HasSuffix(low, "secret") && !strings.HasSuffix(low, "secrets") {
		return false
	}
	// The name of an object: words in lower case, joined by hyphens.
	if len(v) > 63 || !strings.Contains(v, "-") {
		return false
	}
	for _, p := range strings.Split(v, "-") {
		if p == "" || len(p) > 16 || strings.IndexFunc(p, func(r rune) bool { return r < 'a' || r > 'z' }) >= 0 {
			return false
		}
	}
	return true
}

// suspicious reports whether a value is random enough for the library to be asked.
func suspicious(v string) bool {
	if len(v) < minLibrary || len(v) > maxLibrary || strings.ContainsAny(v, " \t{}[]<>,;") {
		return false
	}
	if uuid(v) || digest(v) || dotted(v) {
		return false
	}
	if hex(v) {
		return len(v) >= 32
	}
	return classes(v) >= 2 && strings.IndexFunc(v, func(r rune) bool { return r >= '0' && r <= '9' }) >= 0 && entropy(v) >= 3.3
}

func uuid(v string) bool {
	return len(v) == 36 && v[8] == '-' && v[13] == '-' && v[18] == '-' && v[23] == '-'
}

// digest accepts image references and checksums.
func digest(v string) bool {
	return strings.Contains(v, "sha256:") || strings.HasPrefix(v, "sha256-") || strings.HasPrefix(v, "sha512-") ||
		strings.HasPrefix(v, "md5:") || strings.HasPrefix(v, "sha1:")
}

// dotted accepts host names, addresses with ports, file names, package names, and images with tags.
func dotted(v string) bool {
	if strings.Count(v, ".") < 2 && !strings.ContainsAny(v, ":/") && strings.Count(v, "-") < 2 {
		return false
	}
	for _, part := range strings.FieldsFunc(v, func(r rune) bool { return r == '.' || r == ':' || r == '/' || r == '-' || r == '_' || r == '@' }) {
		if len(part) > 20 || len(part) >= 12 && classes(part) >= 2 && entropy(part) >= 3.2 {
			return false
		}
	}
	return true
}

func hex(v string) bool {
	for i := 0; i < len(v); i++ {
		c := v[i] | 0x20
		if !digit(v[i]) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// classes counts the kinds of characters: small and great letters, digits, signs.
func classes(v string) int {
	var has [4]bool
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case lower(c):
			has[0] = true
		case upper(c):
			has[1] = true
		case digit(c):
			has[2] = true
		default:
			has[3] = true
		}
	}
	n := 0
	for _, h := range has {
		if h {
			n++
		}
	}
	return n
}

// entropy is Shannon's, in bits per character.
func entropy(v string) float64 {
	var counts [256]int
	for i := 0; i < len(v); i++ {
		counts[v[i]]++
	}
	total, sum := float64(len(v)), 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / total
			sum -= p * math.Log2(p)
		}
	}
	return sum
}
