package detect

import (
	"strings"
	"sync"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
	"github.com/rs/zerolog"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/logging"
)

// rulebook are the rules of gitleaks. Only they are taken from it: its own detector reads repositories and archives and
// writes reports, which would make the program a tenth larger.
type rulebook struct {
	rules    []config.Rule // what is generic comes last
	keywords *ahocorasick.Trie
	general  []*config.Allowlist
}

// library is made when a value needs it: reading the rules takes tens of milliseconds. It is nil when they cannot be
// read, which leaves the rules of this package. It writes no logs, for they could hold what it finds.
var library struct {
	sync.Mutex
	*rulebook
	made bool
}

func rules() *rulebook {
	library.Lock()
	defer library.Unlock()
	if library.made {
		return library.rulebook
	}
	library.made = true
	logging.Logger = zerolog.Nop()
	v := viper.New()
	v.SetConfigType("toml")
	if v.ReadConfig(strings.NewReader(config.DefaultConfig)) != nil {
		return nil
	}
	var read config.ViperConfig
	if v.Unmarshal(&read) != nil {
		return nil
	}
	c, err := read.Translate()
	if err != nil {
		return nil
	}
	b := &rulebook{general: c.Allowlists}
	var generic []config.Rule
	words := make([]string, 0, len(c.Keywords))
	for word := range c.Keywords {
		words = append(words, word)
	}
	b.keywords = ahocorasick.NewTrieBuilder().AddStrings(words).Build()
	for _, r := range c.GetOrderedRules() {
		switch {
		case r.Regex == nil || r.SkipReport || len(r.RequiredRules) > 0 || r.Path != nil:
		case strings.Contains(r.RuleID, "generic"):
			generic = append(generic, r)
		default:
			b.rules = append(b.rules, r)
		}
	}
	b.rules = append(b.rules, generic...)
	library.rulebook = b
	return b
}

// Release gives back the memory of the rules, some 15 MiB. They are read again when a value needs them.
func Release() {
	library.Lock()
	defer library.Unlock()
	library.rulebook, library.made = nil, false
}

// scan returns the words of the first rule that the text matches.
func scan(text string) string {
	b := rules()
	if b == nil {
		return ""
	}
	lower := strings.ToLower(text)
	there := map[string]bool{}
	for _, m := range b.keywords.MatchString(lower) {
		there[m.MatchString()] = true
	}
	for i := range b.rules {
		r := &b.rules[i]
		if among(r.Keywords, there) && b.found(r, text) {
			return words(r.RuleID)
		}
	}
	return ""
}

func among(keywords []string, there map[string]bool) bool {
	for _, k := range keywords {
		if there[strings.ToLower(k)] {
			return true
		}
	}
	return len(keywords) == 0
}

// found reports whether the text holds something that the rule names and does not except.
func (b *rulebook) found(r *config.Rule, text string) bool {
	for _, at := range r.Regex.FindAllStringIndex(text, -1) {
		match := strings.Trim(text[at[0]:at[1]], "\n")
		secret := match
		if groups := r.Regex.FindStringSubmatch(match); len(groups) > r.SecretGroup && r.SecretGroup > 0 {
			secret = groups[r.SecretGroup]
		} else if r.SecretGroup == 0 {
			for _, g := range groups[min(1, len(groups)):] {
				if g != "" {
					secret = g
					break
				}
			}
		}
		if r.Entropy != 0 && entropy(secret) <= r.Entropy {
			continue
		}
		line := lineAt(text, at[0], at[0]+len(match))
		if !strings.Contains(line, "gitleaks:allow") && !excepted(b.general, secret, match, line) && !excepted(r.Allowlists, secret, match, line) {
			return true
		}
	}
	return false
}

// lineAt is the text with all of the lines in which a part of it stands.
func lineAt(text string, from, to int) string {
	start := strings.LastIndexByte(text[:from], '\n') + 1
	if end := strings.IndexByte(text[to:], '\n'); end >= 0 {
		return text[start : to+end]
	}
	return text[start:]
}

// excepted reports whether a list of exceptions holds what was found. Those about commits and paths hold no value.
func excepted(lists []*config.Allowlist, secret, match, line string) bool {
	for _, a := range lists {
		target := secret
		switch a.RegexTarget {
		case "match":
			target = match
		case "line":
			target = line
		}
		byText := a.RegexAllowed(target)
		byWord, _ := a.ContainsStopWord(secret)
		if a.MatchCondition != config.AllowlistMatchAnd {
			if byText || byWord {
				return true
			}
			continue
		}
		needs := len(a.Commits)+len(a.Paths) > 0
		if !needs && (byText || len(a.Regexes) == 0) && (byWord || len(a.StopWords) == 0) {
			return true
		}
	}
	return false
}

// words makes a rule's name one for people: `stripe-access-token` is a Stripe access token.
func words(rule string) string {
	if rule == "generic-api-key" {
		return "API key"
	}
	return strings.ReplaceAll(rule, "-", " ")
}
