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
			{Pattern: `[\[{]`, Type: chroma.Punctuation, Mutator: chroma.Push("flow")},
			{Pattern: `[\]},]`, Type: chroma.Punctuation},
			{Pattern: `[|>][-+0-9]*(?=\s*$)`, Type: chroma.Punctuation},
			{Pattern: `(?:true|false|null|~)(?=\s*$)`, Type: chroma.KeywordConstant},
			{Pattern: `[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=\s*$)`, Type: chroma.LiteralNumber},
			{Pattern: `[^\n]+`, Type: chroma.LiteralString},
		},
		// A list or map in brackets. It ends with the line whatever is in it: a bracket that a text leaves open
		// colours nothing below.
		"flow": {
			{Pattern: `\n`, Type: chroma.TextWhitespace, Mutator: toRoot},
			{Pattern: `[^\S\n]+`, Type: chroma.TextWhitespace},
			{Pattern: `(?<=\s)#[^\n]*`, Type: chroma.Comment},
			{Pattern: `[\[{]`, Type: chroma.Punctuation, Mutator: chroma.Push("flow")},
			{Pattern: `[\]}]`, Type: chroma.Punctuation, Mutator: chroma.Pop(1)},
			{Pattern: `,`, Type: chroma.Punctuation},
			{Pattern: `("(?:\\.|[^"\\\n])*"|'(?:''|[^'\n])*')(\s*)(:)`, Type: chroma.ByGroups(chroma.NameTag, chroma.TextWhitespace, chroma.Punctuation)},
			{Pattern: `([^\s'"\[\]{},][^\[\]{},\n]*?)(:)(?=[\s,\[\]{}]|$)`, Type: chroma.ByGroups(chroma.NameTag, chroma.Punctuation)},
			{Pattern: `"(?:\\.|[^"\\\n])*"|'(?:''|[^'\n])*'`, Type: chroma.LiteralString},
			{Pattern: `(?:true|false|null|~)(?=\s*[,\]}\n])`, Type: chroma.KeywordConstant},
			{Pattern: `[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=\s*[,\]}\n])`, Type: chroma.LiteralNumber},
			{Pattern: `[^\s\[\]{},][^\[\]{},\n]*`, Type: chroma.LiteralString},
		},
	}
})

// toRoot leaves all brackets.
var toRoot = chroma.MutatorFunc(func(s *chroma.LexerState) error {
	s.Stack = s.Stack[:1]
	return nil
})
