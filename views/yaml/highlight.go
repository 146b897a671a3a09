package yaml

import (
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/pager"
)

// maxCached is how many highlighted texts are kept: going back to an object costs nothing.
const maxCached = 16

// cache keeps the highlighting by text: roles do not depend on the theme, and equal texts are equal objects.
var cache = struct {
	sync.Mutex
	spans map[string][][]pager.Span
	order []string
}{spans: map[string][][]pager.Span{}}

// highlighted returns the spans of every line of a YAML text.
func highlighted(source string) [][]pager.Span {
	cache.Lock()
	defer cache.Unlock()
	if spans, ok := cache.spans[source]; ok {
		return spans
	}
	spans := highlight(source)
	if len(cache.order) == maxCached {
		delete(cache.spans, cache.order[0])
		cache.order = cache.order[1:]
	}
	cache.spans[source] = spans
	cache.order = append(cache.order, source)
	return spans
}

func highlight(source string) [][]pager.Span {
	tokens, err := chroma.Tokenise(lexer, nil, source)
	if err != nil {
		return nil // a text that cannot be read as YAML is shown plain
	}
	var lines [][]pager.Span
	for _, line := range chroma.SplitTokensIntoLines(tokens) {
		var spans []pager.Span
		at := 0
		for _, t := range line {
			value := strings.TrimSuffix(t.Value, "\n")
			if role := roleOf(t.Type); role != themes.Text && value != "" {
				spans = append(spans, pager.Span{Start: at, End: at + len(value), Role: role})
			}
			at += len(t.Value)
		}
		lines = append(lines, spans)
	}
	return lines
}

func roleOf(t chroma.TokenType) themes.Role {
	switch {
	case t == chroma.NameTag || t.InCategory(chroma.Name):
		return themes.SyntaxKey
	case t.InSubCategory(chroma.LiteralNumber):
		return themes.SyntaxNumber
	case t.InCategory(chroma.Literal):
		return themes.SyntaxString
	case t.InCategory(chroma.Keyword):
		return themes.SyntaxKeyword
	case t.InCategory(chroma.Comment):
		return themes.SyntaxComment
	case t == chroma.Punctuation:
		return themes.SyntaxPunctuation
	}
	return themes.Text
}
