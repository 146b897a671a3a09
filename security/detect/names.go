package detect

import "strings"

// secretWords are words of a name that say that its value is a credential.
var secretWords = set("password", "passwd", "passphrase", "pwd", "pass", "secret", "secrets", "token", "tokens", "apikey",
	"credential", "credentials", "accesskey", "secretkey", "privatekey", "authtoken", "accesstoken", "clientsecret",
	"dbpassword", "jwtsecret", "bearer", "userpass", "pgpassword", "sastoken", "refreshtoken")

// secretEndings are words that have a sensitive ending: `PGPASSWORD`, `MYSECRET`.
var secretEndings = []string{"password", "passwd", "passphrase", "apikey", "secretkey", "privatekey", "accesskey"}

// keyWords before `key` make it a credential: `API_KEY`, `signing-key`.
var keyWords = set("api", "access", "private", "secret", "signing", "encryption", "encrypt", "account", "master", "auth",
	"deploy", "license", "hmac", "service", "admin", "storage", "subscription", "consumer", "shared", "ssh", "session",
	"cookie", "webhook", "ingest", "integration", "app", "application", "client", "decryption", "aes")

// neutralEndings are last words of names whose values are about a credential and none: `TOKEN_URL`, `SECRET_NAME`.
var neutralEndings = set("file", "filename", "files", "name", "names", "path", "paths", "dir", "directory", "folder",
	"url", "urls", "uri", "uris", "host", "hosts", "port", "endpoint", "endpoints", "issuer", "audience", "header",
	"headers", "type", "ttl", "expiry", "expiration", "expires", "timeout", "lifetime", "length", "len", "size", "count",
	"limit", "max", "min", "policy", "enabled", "disabled", "enable", "required", "algorithm", "alg", "ref", "refs",
	"reference", "namespace", "id", "ids", "version", "provider", "store", "prefix", "suffix", "format", "field", "param",
	"parameter", "label", "mode", "region", "rotation", "location", "mount", "source", "class", "env", "var", "variable",
	"group", "role", "user", "username", "interval", "seconds", "minutes", "hours", "days", "age", "scope", "scopes",
	"hint", "help", "description", "strategy", "manager", "selector", "template", "pattern", "regex", "charset",
	"cost", "rounds", "salt", "attempts", "retries", "claim", "claims", "cache", "bucket", "arn", "backend", "status",
	"method", "mounts", "from", "key", "keys", "index", "property", "encoding", "level", "service", "server")

// neutralStarts are first words of such names: `PUBLIC_KEY`, `MAX_TOKENS`.
var neutralStarts = set("public", "pub", "max", "min", "enable", "disable", "use", "has", "require", "allow", "is", "no",
	"num", "skip", "validate", "show", "hide", "rotate", "csrf", "default")

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

const maxWords = 12

// classify reports whether a name says that its value is a credential, and whether it says that it is none.
func classify(name string) (sensitive, neutral bool) {
	var buffer [maxWords]string
	words := split(buffer[:0], name)
	if len(words) == 0 {
		return false, false
	}
	last := words[len(words)-1]
	secret := -1
	for i, w := range words {
		if secretWords[w] || endsSecret(w) {
			secret = i
		}
		if (w == "key" || w == "keys") && i > 0 && keyWords[words[i-1]] {
			secret = i
		}
	}
	about := secret >= 0 || last == "key"
	if neutralStarts[words[0]] && about {
		return false, true
	}
	// `SECRET_KEY` is a credential although it ends in `key`.
	if secret < 0 || secret != len(words)-1 && neutralEndings[last] && (last != "key" || words[len(words)-2] != "secret") {
		return false, neutralEndings[last]
	}
	// `pass` alone is a test's result as often as a password.
	if words[secret] == "pass" && len(words) == 1 {
		return false, false
	}
	return true, false
}

func endsSecret(word string) bool {
	for _, e := range secretEndings {
		if strings.HasSuffix(word, e) {
			return true
		}
	}
	return false
}

// split cuts a name into its words in lower case: at signs, and where camel case begins a new one.
func split(words []string, name string) []string {
	if len(name) > 256 {
		name = name[len(name)-256:]
	}
	start := 0
	add := func(end int) {
		if end > start && len(words) < maxWords {
			words = append(words, strings.ToLower(name[start:end]))
		}
		start = end
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case !letter(c) && !digit(c):
			add(i)
			start = i + 1
		case i > start && upper(c) && !upper(name[i-1]):
			add(i)
		case i > start+1 && lower(c) && upper(name[i-1]) && upper(name[i-2]) && i-1 > start:
			add(i - 1)
		}
	}
	add(len(name))
	return words
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func upper(c byte) bool  { return c >= 'A' && c <= 'Z' }
func lower(c byte) bool  { return c >= 'a' && c <= 'z' }
func letter(c byte) bool { return upper(c) || lower(c) }
