package yaml

import "github.com/fn9s/fn9s/ui/pager"

// Spans returns the colours of every line of a YAML text. It takes time, and belongs away from the loop.
func Spans(source string) [][]pager.Span { return highlighted(source) }
