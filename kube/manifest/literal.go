package manifest

import "strings"

// literal reads a block of lines that begins with `|`.
func (c *converter) literal(at, indent int) bool {
	header := c.src[at+1 : c.line.to]
	chomp := byte(0)
	if header != "" && (header[0] == '-' || header[0] == '+') {
		chomp, header = header[0], header[1:]
	}
	if trimmed := strings.TrimLeft(header, " "); trimmed != "" && (trimmed[0] != '#' || len(trimmed) == len(header)) {
		return false
	}
	c.out = append(c.out, '"')
	block, breaks, ok := c.lines(indent)
	if !ok {
		return false
	}
	if block < 0 {
		if chomp == '+' && breaks > 0 || breaks > 0 && c.next >= len(c.src) {
			return false
		}
		breaks = 0
	}
	switch chomp {
	case '-':
		breaks = 0
	case 0:
		breaks = min(breaks, 1)
	}
	c.breaks(breaks)
	c.out = append(c.out, '"')
	return c.advance()
}

func (c *converter) breaks(n int) {
	for range n {
		c.out = append(c.out, '\\', 'n')
	}
}

// lines writes the lines of a block. block is the column of its text, negative when it has none; breaks are the line
// ends after the last line with text.
func (c *converter) lines(indent int) (block, breaks int, ok bool) {
	block = -1
	for c.next < len(c.src) {
		start, end := c.next, len(c.src)
		n := strings.IndexByte(c.src[start:], '\n')
		if n >= 0 {
			end = start + n
		}
		from := start
		for from < end && c.src[from] == ' ' && (block < 0 || from-start < block) {
			from++
		}
		if from == end {
			if block < 0 && end > start {
				return 0, 0, false
			}
			if n < 0 && end > start {
				break // spaces at the end of the file
			}
			breaks++
			c.next = min(end+1, len(c.src))
			continue
		}
		if block < 0 {
			if from-start <= indent || c.src[from] == '\t' {
				break
			}
			block = from - start
		}
		if from-start < block {
			return block, breaks, c.src[from] != '\t'
		}
		c.breaks(breaks)
		c.escape(c.src[from:end])
		if breaks = 0; n >= 0 {
			breaks = 1
		}
		c.next = min(end+1, len(c.src))
	}
	return block, breaks, true
}
