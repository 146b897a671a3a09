package detect

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Values are put together here, so that no scanner of repositories takes them for real ones.
var (
	githubToken = "ghp_" + "x7Kd92LmQpWz4RtYvBn3HsJc8FgTe6AuXo1D"
	awsKey      = "AKIA" + "Q3EGRWZ7PLM4XNTB"
	awsSecret   = "wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYq8sTz3LKw"
	webToken    = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	privatePEM  = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + strings.Repeat("MIIEpAIBAAKCAQEA7x\n", 6) + "-----END RSA PRIVATE KEY-----\n"
)

func TestLiteral(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"DB_PASSWORD", "hunter2", KindNamed},
		{"password", "admin", KindNamed},
		{"API_KEY", "0b7ce2d1a4", KindNamed},
		{"apiKey", "0b7ce2d1a4", KindNamed},
		{"SECRET_KEY", "s3cr3t-and-more", KindNamed},
		{"PGPASSWORD", "correcthorse", KindNamed},
		{"spring.datasource.password", "hunter2", KindNamed},
		{"AWS_SECRET_ACCESS_KEY", awsSecret, KindNamed},
		{"AWS_ACCESS_KEY_ID", awsKey, "AWS access key"},
		{"ANYTHING", githubToken, "GitHub token"},
		{"ANYTHING", webToken, "JSON Web Token"},
		{"CERT", privatePEM, "private key"},
		{"DATABASE_URL", "postgres://shop:n0tForYou@db:5432/shop", "password in a URL"},
		{"BROKERS", "amqp://a:8080,amqp://u:n0tForYou@b", "password in a URL"},
		{"DSN", "shop:n0tForYou@tcp(db:3306)/shop", "connection string with a password"},
		{"CONN", "Server=db;User Id=sa;Password=n0tForYou;", "connection string with a password"},
		{"REPO", "https://" + githubToken + "@github.com/a/b.git", "token in a URL"},
		{"FILE", "https://b.s3.amazonaws.com/x.zip?X-Amz-Signature=0123456789abcdef0123", "signature or token in a URL"},
		{"HEADER", "Bearer 9f8a7b6c5d4e3f2a1b0c", "bearer token"},

		{"PASSWORD", "", ""}, {"PASSWORD", "   ", ""},
		{"PASSWORD_FILE", "/run/secrets/db", ""}, {"PASSWORD", "/run/secrets/db", ""},
		{"SECRET_NAME", "shop-db", ""}, {"DB_SECRET", "shop-db-credentials", ""},
		{"TOKEN_URL", "https://login.example.com/token", ""},
		{"API_KEY_HEADER", "X-Api-Key", ""}, {"MAX_TOKENS", "4096", ""}, {"TOKEN_TTL", "30m", ""},
		{"ENABLE_PASSWORD", "true", ""}, {"PASSWORD", "true", ""}, {"PIN_TOKEN", "1234", ""},
		{"PASSWORD", "$(DB_PASSWORD)", ""}, {"PASSWORD", "${DB_PASSWORD}", ""}, {"PASSWORD", "{{ .Values.pw }}", ""},
		{"PASSWORD", "<password>", ""}, {"PASSWORD", "********", ""}, {"API_KEY", "your-api-key-here", ""},
		{"PASSWORD", "$ref:/spec/triggers/k/password", ""}, {"PASSWORD", "vault:secret/data/shop#pw", ""},
		{"PUBLIC_KEY", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE", ""},
		{"REDIS_URL", "redis://redis:6379/0", ""}, {"REPO", "ssh://git@github.com/a/b.git", ""},
		{"DATABASE_URL", "postgres://$(USER):$(PASSWORD)@db/shop", ""},
		{"IMAGE", "registry.example.com/shop/cart@sha256:" + strings.Repeat("0a1b2c3d", 8), ""},
		{"REQUEST_ID", "7f9c24e8-3b12-4fef-91e0-7d5b0c6a2f11", ""},
		{"JAVA_OPTS", "-Xmx256m -Dfile.encoding=UTF-8", ""},
		{"LOG_LEVEL", "debug", ""}, {"KEY", "user-id", ""}, {"MONKEY", "banana", ""}, {"key", "primary", ""},
		{"CLASS", "com.example.shop.internal.checkout.PaymentHandler2", ""},
		{"CA", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", ""},
	} {
		assert.Equal(t, c.want, Literal(c.name, c.value, nil), "%s=%s", c.name, c.value)
	}
}

// What neither name nor form gives away is left to the library, which knows hundreds of forms.
func TestTheLibraryIsAskedAboutRandomValues(t *testing.T) {
	assert.NotEmpty(t, Literal("client_auth", "9bK2xPq7Lm4Wz8Rt5Yv1Bn6Hs3Jc0FgTe", nil))
	assert.Empty(t, Literal("BUILD", "9bK2xPq7Lm4Wz8Rt5Yv1Bn6Hs3Jc0FgTe", nil), "nothing says that it is a key")
}

func TestOperatorsNames(t *testing.T) {
	own := NewNames([]string{`(?i)^magic$`, `(broken`})
	assert.Equal(t, KindNamed, Literal("MAGIC", "abracadabra", own))
	assert.Empty(t, Literal("MAGIC", "true", own), "a switch is none under any name")
	assert.Empty(t, Literal("MAGIC", "abracadabra", nil))
	assert.True(t, Plausible("MAGIC", "abracadabra"))
	assert.False(t, Plausible("MAGIC", "/etc/magic"))
	assert.False(t, Plausible("PASSWORD", "abracadabra"), "it is a hit already")
}

func TestText(t *testing.T) {
	source := strings.Join([]string{
		`import os`,
		`password = os.environ["DB_PASSWORD"]`,
		`token = get_token(user)`,
		`API_KEY = "0b7ce2d1a4"`,
		`TOKEN_HEADER = "X-Auth-Token"`,
		`client = connect("postgres://shop:n0tForYou@db/shop")`,
		`const password: string = read()`,
		`s3 = client("s3", aws_access_key_id="` + awsKey + `")`,
		`headers = {"Authorization": "Bearer ` + webToken + `"}`,
		`PASSWORD_FIELD = "password"`,
		`const cacheKey = 'user-profile-v2', key = "user-profile-cache-2";`,
		`const key = 'example-not-a-key-4'`,
		`apiHeaders = { "X-Api-Key": req.headers["x-api-key"] }`,
		`pem = """` + privatePEM,
	}, "\n")
	var at []int
	for _, h := range Text(source) {
		at = append(at, h.Line)
		assert.NotContains(t, h.Kind+h.Name, "n0tForYou")
	}
	assert.Equal(t, []int{4, 6, 8, 9, 12, 14}, at)
}

func TestConfig(t *testing.T) {
	hits := Config("# shop\nspring.datasource.password=hunter2\nspring.datasource.url=jdbc:postgresql://db/shop\n" +
		"token: ${TOKEN}\nsecret:\n  name: shop\napiKey: 0b7ce2d1a4 # old\n")
	assert.Equal(t, []Hit{
		{Line: 2, Name: "spring.datasource.password", Kind: KindNamed}, {Line: 7, Name: "apiKey", Kind: KindNamed},
	}, hits)
}

func TestLimits(t *testing.T) {
	many := strings.Repeat("password=hunter2\n", 1000)
	assert.Len(t, Config(many), maxHits)
	late := strings.Repeat("#", 1<<20) + "\npassword=hunter2\n"
	assert.Empty(t, Config(late), "only the first mebibyte is read")
	assert.Empty(t, Literal(strings.Repeat("a", 1<<16), strings.Repeat("b", 1<<20), nil))
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for i := range uint64(5 * generation) {
		m.put([2]uint64{i, i}, "kind")
	}
	assert.LessOrEqual(t, len(m.now)+len(m.old), 2*generation)
	kind, ok := m.get([2]uint64{5*generation - 1, 5*generation - 1})
	assert.True(t, ok)
	assert.Equal(t, "kind", kind)
}

func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				assert.Equal(t, "GitHub token", Literal("A", githubToken, nil))
				assert.NotEmpty(t, Literal("client_auth", "9bK2xPq7Lm4Wz8Rt5Yv1Bn6Hs3Jc0FgTe", nil))
			}
		})
	}
	wg.Wait()
}

func FuzzLiteral(f *testing.F) {
	f.Add("PASSWORD", "hunter2")
	f.Add("", "://@")
	f.Add("k", "-----BEGIN ")
	f.Add("k", "a=;password=")
	f.Fuzz(func(_ *testing.T, name, value string) {
		Literal(name, value, nil)
		Text(value)
		Config(name + "\n" + value)
	})
}

func TestTree(t *testing.T) {
	document := map[string]any{
		"image":   "registry.example.com/a:1",
		"env":     []any{map[string]any{"name": "DB_PASSWORD", "value": "hunter2"}, map[string]any{"name": "MODE", "value": "fast"}},
		"auth":    `{"registry.example.com": {"username": "ci", "password": "hunter2"}}`,
		"file":    "# settings\npassword = hunter2\n",
		"secrets": map[string]any{"token": "hunter2"},
	}
	var found []Leaf
	for _, l := range Tree(document, func(path string) bool { return path == "secrets" }) {
		if l.Kind != "" {
			found = append(found, l)
		}
	}
	assert.Equal(t, []Leaf{
		{"auth", "auth", KindNamed}, {"env[0].value", "DB_PASSWORD", KindNamed}, {"file", "file", KindNamed},
	}, found)
	assert.Equal(t, KindNamed, Value("spec", `{"env":{"PASSWORD":"hunter2"}}`, nil))
	assert.Contains(t, Tree(document, nil), Leaf{"env[1].value", "MODE", ""}, "an operator may say that it is one")

	deep := any("hunter2")
	for range 100 {
		deep = map[string]any{"password": deep}
	}
	assert.Empty(t, Tree(deep, nil))
}
