package detect

import "strings"

// form is how the tokens of one issuer begin.
type form struct {
	prefix string
	// least and most are the lengths of what follows; zero most means no limit.
	least, most int
	allowed     func(byte) bool
	kind        string
}

func word(c byte) bool    { return letter(c) || digit(c) }
func token(c byte) bool   { return word(c) || c == '_' || c == '-' }
func dots(c byte) bool    { return token(c) || c == '.' }
func capital(c byte) bool { return upper(c) || digit(c) }
func hexed(c byte) bool   { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// forms are the tokens that their beginning gives away, by the first byte.
var forms = func() (by [256][]form) {
	for _, f := range []form{
		{"AKIA", 16, 16, capital, "AWS access key"}, {"ASIA", 16, 16, capital, "AWS access key"},
		{"ghp_", 36, 0, word, "GitHub token"}, {"gho_", 36, 0, word, "GitHub token"}, {"ghu_", 36, 0, word, "GitHub token"},
		{"ghs_", 36, 0, word, "GitHub token"}, {"ghr_", 36, 0, word, "GitHub token"}, {"github_pat_", 40, 0, token, "GitHub token"},
		{"glpat-", 20, 0, dots, "GitLab token"}, {"gldt-", 20, 0, token, "GitLab token"}, {"glrt-", 20, 0, dots, "GitLab token"},
		{"xoxb-", 20, 0, token, "Slack token"}, {"xoxp-", 20, 0, token, "Slack token"}, {"xoxa-", 20, 0, token, "Slack token"},
		{"xoxs-", 20, 0, token, "Slack token"}, {"xoxr-", 20, 0, token, "Slack token"}, {"xapp-", 20, 0, token, "Slack token"},
		{"sk_live_", 16, 0, word, "Stripe key"}, {"rk_live_", 16, 0, word, "Stripe key"}, {"sk_test_", 16, 0, word, "Stripe key"},
		{"whsec_", 24, 0, word, "Stripe webhook secret"}, {"sk-ant-", 32, 0, token, "Anthropic key"},
		{"sk-proj-", 32, 0, token, "OpenAI key"}, {"AIza", 35, 35, token, "Google API key"}, {"ya29.", 30, 0, dots, "Google access token"},
		{"GOCSPX-", 28, 28, token, "Google client secret"}, {"SG.", 40, 0, dots, "SendGrid key"}, {"npm_", 36, 36, word, "npm token"},
		{"pypi-", 50, 0, token, "PyPI token"}, {"rubygems_", 48, 48, hexed, "RubyGems key"}, {"dop_v1_", 64, 64, hexed, "DigitalOcean token"},
		{"hvs.", 24, 0, dots, "Vault token"}, {"hvb.", 24, 0, dots, "Vault token"}, {"shpat_", 32, 32, hexed, "Shopify token"},
		{"shpss_", 32, 32, hexed, "Shopify secret"}, {"glsa_", 32, 0, token, "Grafana token"}, {"dckr_pat_", 27, 0, token, "Docker token"},
		{"hf_", 34, 40, word, "Hugging Face token"}, {"AGE-SECRET-KEY-1", 58, 58, capital, "age key"}, {"PMAK-", 59, 59, token, "Postman key"},
		{"ATATT3", 100, 0, dots, "Atlassian token"}, {"lin_api_", 40, 40, word, "Linear key"}, {"sq0csp-", 43, 43, token, "Square secret"},
		{"EAACEdEose0cBA", 10, 0, word, "Facebook token"}, {"key-", 32, 32, hexed, "Mailgun key"}, {"NRAK-", 27, 27, capital, "New Relic key"},
		{"tfp_", 40, 0, word, "Typeform token"}, {"ops_eyJ", 100, 0, token, "1Password token"}, {"LTAI", 20, 24, word, "Alibaba access key"},
	} {
		by[f.prefix[0]] = append(by[f.prefix[0]], f)
	}
	return by
}()

// format returns the kind of a value that gives itself away, whatever its name is.
func format(v string) string {
	if kind := prefixed(v); kind != "" {
		return kind
	}
	if strings.HasPrefix(v, "eyJ") && jwt(v) {
		return "JSON Web Token"
	}
	if strings.Contains(v, "-----BEGIN") && privateKey(v) {
		return "private key"
	}
	if at := strings.Index(v, "://"); at > 0 {
		return address(v)
	}
	if i := strings.Index(v, "@"); i > 2 && (strings.Contains(v[i:], "@tcp(") || strings.Contains(v[i:], "@unix(")) {
		if _, pass, ok := strings.Cut(v[:i], ":"); ok && real(pass) {
			return "connection string with a password"
		}
	}
	if bearer, ok := strings.CutPrefix(v, "Bearer "); ok && len(bearer) >= 16 && !variable(bearer) && !placeholder(bearer) && classes(bearer) >= 2 {
		return "bearer token"
	}
	if basic, ok := strings.CutPrefix(v, "Basic "); ok && len(basic) >= 8 && !variable(basic) && !placeholder(basic) && base64ed(basic) {
		return "basic authentication"
	}
	if strings.Contains(v, "=") && !strings.Contains(v, "\n") {
		return connection(v)
	}
	return ""
}

func prefixed(v string) string {
	for _, f := range forms[v[0]] {
		rest, ok := strings.CutPrefix(v, f.prefix)
		if !ok {
			continue
		}
		n := 0
		for n < len(rest) && f.allowed(rest[n]) {
			n++
		}
		if n < len(rest) || n < f.least || f.most > 0 && n > f.most || placeholder(v) || strings.Contains(v, "EXAMPLE") || entropy(rest) < 2.5 {
			continue
		}
		return f.kind
	}
	return ""
}

// jwt accepts three parts of base64, the first two of which are JSON objects.
func jwt(v string) bool {
	parts := strings.Split(v, ".")
	if len(parts) != 3 || len(parts[0]) < 10 || len(parts[1]) < 10 || !strings.HasPrefix(parts[1], "ey") {
		return false
	}
	for _, p := range parts {
		for i := 0; i < len(p); i++ {
			if !token(p[i]) && p[i] != '=' {
				return false
			}
		}
	}
	return true
}

// privateKey accepts a PEM block of a private key with something in it.
func privateKey(v string) bool {
	_, rest, ok := strings.Cut(v, "-----BEGIN ")
	if !ok {
		return false
	}
	kind, body, ok := strings.Cut(rest, "-----")
	return ok && strings.HasSuffix(kind, "PRIVATE KEY") && len(body) > 64 || ok && strings.HasPrefix(kind, "PGP PRIVATE KEY BLOCK") && len(body) > 64
}

func base64ed(v string) bool {
	for i := 0; i < len(v); i++ {
		if !word(v[i]) && strings.IndexByte("+/=-_", v[i]) < 0 {
			return false
		}
	}
	return true
}

// real reports whether a password in a longer string is one, and no variable or stand-in.
func real(pass string) bool {
	return pass != "" && !variable(pass) && !placeholder(pass) && !strings.ContainsAny(pass, "<>{}$") && !strings.EqualFold(pass, "password") &&
		!strings.EqualFold(pass, "pass")
}

// address tells logins and signatures in URLs. Several addresses may stand in one value, joined by commas.
func address(v string) string {
	for rest := v; ; {
		at := strings.Index(rest, "://")
		if at < 0 {
			return ""
		}
		rest = rest[at+3:]
		authority := rest
		if end := strings.IndexAny(rest, "/?# \t\n\"'"); end >= 0 {
			authority = rest[:end]
		}
		if i := strings.LastIndexByte(authority, '@'); i > 0 {
			user, pass, both := strings.Cut(authority[:i], ":")
			if both && (real(pass) || strings.EqualFold(pass, "password")) {
				return "password in a URL"
			}
			if !both && len(user) >= 16 && (prefixed(user) != "" || classes(user) >= 2 && entropy(user) >= 3.3 && !strings.Contains(user, "%24")) {
				return "token in a URL"
			}
		}
		if kind := signed(rest); kind != "" {
			return kind
		}
	}
}

// signatures are parameters of URLs whose value lets everybody in.
var signatures = []string{"x-amz-signature=", "x-goog-signature=", "sig=", "signature=", "access_token=", "token=", "api_key=", "apikey=", "password="}

func signed(rest string) string {
	_, query, ok := strings.Cut(rest, "?")
	if !ok {
		return ""
	}
	low := strings.ToLower(query)
	for _, s := range signatures {
		i := strings.Index(low, s)
		if i < 0 || i > 0 && low[i-1] != '&' && low[i-1] != ';' {
			continue
		}
		value := query[i+len(s):]
		if end := strings.IndexAny(value, "&;# \t\n\"'"); end >= 0 {
			value = value[:end]
		}
		if len(value) >= 12 && real(value) || s == "password=" && real(value) {
			return "signature or token in a URL"
		}
	}
	return ""
}

// secretFields are fields of connection strings: `Server=…;Password=…`.
var secretFields = []string{"password", "pwd", "accountkey", "sharedaccesskey", "sharedaccesssignature", "secretkey", "accesskey"}

// connection accepts strings of several fields, one of which holds a credential.
func connection(v string) string {
	separators := ";"
	if !strings.Contains(v, ";") {
		separators = " ,"
	}
	fields := strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(separators, r) })
	if len(fields) < 2 {
		return ""
	}
	for _, f := range fields {
		key, value, ok := strings.Cut(f, "=")
		if !ok || !real(strings.Trim(value, `"'`)) {
			continue
		}
		key = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(key), " ", ""))
		for _, s := range secretFields {
			if key == s {
				return "connection string with a password"
			}
		}
	}
	return ""
}
