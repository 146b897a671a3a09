package yaml

import "github.com/alecthomas/chroma/v2"

// lexer knows the YAML that API objects are printed as. The library's own lexers come only all together, with three
// hundred languages.
var lexer = chroma.MustNewLexer(&chroma.Config{Name: "YAML", EnsureNL: true}, func() chroma.Rules {
	return chroma.Rules{
		"root": {
			{Pattern: `\s+`, Type: chroma.TextWhitespace},
			{Pattern: `#[^\n]*`, Type: chroma.Comment},
			{Pattern: `(?:---|\.\.\.)(?=\s|$)`, Type: chroma.Punctuation},
			{Pattern: `-(?=\s|$)`, Type: chroma.Punctuation},
			{Pattern: `("(?:\\.|[^"\\\n])*"|'(?:''|[^'\n])*'|[^\s#'"\[\]{},&*!|>%@-][^\n]*?|-[^\s][^\n]*?)(:)(?=\s|$)`,
				Type: chroma.ByGroups(chroma.NameTag, chroma.Punctuation)},
			{Pattern: `"(?:\\.|[^"\\])*"|'(?:''|[^'])*'`, Type: chroma.LiteralString},
			{Pattern: `[\[\]{},]`, Type: chroma.Punctuation},
			{Pattern: `[|>][-+0-9]*(?=\s*$)`, Type: chroma.Punctuation},
			{Pattern: `(?:true|false|null|~)(?=\s*$)`, Type: chroma.KeywordConstant},
			{Pattern: `[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=\s*$)`, Type: chroma.LiteralNumber},
			{Pattern: `[^\n]+`, Type: chroma.LiteralString},
		},
	}
})
