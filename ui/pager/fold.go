package pager

import "strings"

// indent is the number of leading spaces of a line; blank lines have none and are reported as such.
func indent(s string) (n int, blank bool) {
	n = len(s) - len(strings.TrimLeft(s, " "))
	return n, n == len(s)
}

// blockEnd returns the line behind the block that line begins: all that follow and are indented deeper, or are items
// of a list at the same depth as its key. It is line+1 when there is no block.
func (p *Pager) blockEnd(line int) int {
	depth, blank := indent(p.line(line))
	if blank {
		return line + 1
	}
	key := isKey(p.line(line), depth)
	end := line + 1
	for l := line + 1; l < len(p.lines); l++ {
		d, blank := indent(p.line(l))
		if blank {
			continue
		}
		if d < depth || d == depth && !(key && isItem(p.line(l)[d:])) {
			break
		}
		end = l + 1
	}
	return end
}

// blockOf finds the first line of the innermost block that line begins or is in.
func (p *Pager) blockOf(line int) (int, bool) {
	depth, blank := indent(p.line(line))
	for blank && line > 0 {
		line--
		depth, blank = indent(p.line(line))
	}
	if p.blockEnd(line) > line+1 {
		return line, true
	}
	item := isItem(p.line(line)[depth:])
	for l := line - 1; l >= 0; l-- {
		d, b := indent(p.line(l))
		if !b && (d < depth || d == depth && item && isKey(p.line(l), d)) {
			return l, true
		}
	}
	return 0, false
}

func isItem(body string) bool { return strings.HasPrefix(body, "- ") || body == "-" }

// isKey reports whether a line could be the key of a list whose items are not indented deeper.
func isKey(s string, depth int) bool {
	return strings.HasSuffix(strings.TrimRight(s, " "), ":") && !isItem(s[depth:])
}

// ToggleFold folds the block at the cursor into its first line, or opens it.
func (p *Pager) ToggleFold() {
	if p.filter != nil || len(p.lines) == 0 {
		return
	}
	line, _ := p.Line()
	if _, ok := p.folded[int32(line)]; ok {
		delete(p.folded, int32(line))
		p.layout()
		return
	}
	head, ok := p.blockOf(line)
	if !ok {
		return
	}
	if p.folded == nil {
		p.folded = map[int32]int32{}
	}
	p.folded[int32(head)] = int32(p.blockEnd(head))
	p.cursor = p.rowOf(head)
	p.layout()
}

// ToggleFoldAll folds every block, or opens all when something is folded.
func (p *Pager) ToggleFoldAll() {
	if p.filter != nil {
		return
	}
	if len(p.folded) > 0 {
		p.folded = nil
	} else {
		p.folded = p.allBlocks()
	}
	p.layout()
}

// allBlocks finds every block in one pass, with the blocks that are still open on a stack.
func (p *Pager) allBlocks() map[int32]int32 {
	type open struct {
		line, depth int
		key         bool
	}
	blocks := map[int32]int32{}
	var stack []open
	last := -1 // the last line that is not blank
	for line := range p.lines {
		s := p.line(line)
		depth, blank := indent(s)
		if blank {
			continue
		}
		for len(stack) > 0 {
			top := stack[len(stack)-1]
			if depth > top.depth || (depth == top.depth && top.key && isItem(s[depth:])) {
				break
			}
			if last > top.line {
				blocks[int32(top.line)] = int32(last + 1)
			}
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, open{line, depth, isKey(s, depth)})
		last = line
	}
	for _, top := range stack {
		if last > top.line {
			blocks[int32(top.line)] = int32(last + 1)
		}
	}
	return blocks
}

func (p *Pager) unfoldedRows() []int32 {
	rows := make([]int32, 0, len(p.lines))
	for line := 0; line < len(p.lines); {
		rows = append(rows, int32(line))
		if end, ok := p.folded[int32(line)]; ok {
			line = int(end)
		} else {
			line++
		}
	}
	return rows
}

// unfoldAround opens the folds that hide a line.
func (p *Pager) unfoldAround(line int) {
	opened := false
	for head, end := range p.folded {
		if int(head) < line && line < int(end) {
			delete(p.folded, head)
			opened = true
		}
	}
	if opened {
		p.layout()
	}
}
