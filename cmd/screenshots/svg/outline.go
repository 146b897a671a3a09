package svg

import (
	"strings"
	"unicode/utf8"
)

// What joins its neighbours, or what many fonts lack, is drawn as an outline: a letter of the reader's font would leave
// gaps between the rows or stand in another width.

// outline returns the outline of a cell whose left upper corner is at x, y, as the data of a path; empty: it is a letter.
func outline(text string, x, y float64) string {
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) {
		return ""
	}
	switch {
	case r > 0x2800 && r <= 0x28ff:
		return braille(r-0x2800, x, y)
	case r >= 0x2580 && r <= 0x2590:
		return block(r, x, y)
	}
	if arms, ok := lines[r]; ok {
		return cross(arms, x, y)
	}
	return ""
}

func box(x, y, w, h float64) string {
	return "M" + px(x) + " " + px(y) + "h" + px(w) + "v" + px(h) + "h" + px(-w) + "z"
}

// braille draws the dots of a Braille pattern, as Unicode numbers them.
func braille(dots rune, x, y float64) string {
	const across, down, size = cellW / 2, cellH / 4, 1.6
	places := [8][2]float64{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}
	var b strings.Builder
	for i, at := range places {
		if dots&(1<<i) != 0 {
			b.WriteString(box(x+(at[0]+0.5)*across-size/2, y+(at[1]+0.5)*down-size/2, size, size))
		}
	}
	return b.String()
}

// block draws the parts of a cell that are filled from one side, by eighths.
func block(r rune, x, y float64) string {
	switch {
	case r == '▀':
		return box(x, y, cellW, cellH/2)
	case r == '▐':
		return box(x+cellW/2, y, cellW/2, cellH)
	case r <= '█':
		h := cellH * float64(r-0x2580) / 8
		return box(x, y+cellH-h, cellW, h)
	}
	return box(x, y, cellW*float64(0x2590-r)/8, cellH)
}

// The arms of a line, from the middle of its cell.
const (
	up = 1 << iota
	down
	toLeft
	toRight
)

var lines = map[rune]uint{
	'─': toLeft | toRight, '│': up | down, '┌': down | toRight, '┐': down | toLeft, '└': up | toRight, '┘': up | toLeft,
	'├': up | down | toRight, '┤': up | down | toLeft, '┬': down | toLeft | toRight, '┴': up | toLeft | toRight,
	'┼': up | down | toLeft | toRight, '╭': down | toRight, '╮': down | toLeft, '╰': up | toRight, '╯': up | toLeft,
	'╵': up, '╷': down, '╴': toLeft, '╶': toRight,
}

// cross draws the arms. Two that go straight through are one piece.
func cross(arms uint, x, y float64) string {
	const thick = 1
	middleX, middleY := x+(cellW-thick)/2, y+(cellH-thick)/2
	var b strings.Builder
	if level := arms & (toLeft | toRight); level != 0 {
		from, to := x, x+cellW
		switch level {
		case toLeft:
			to = middleX + thick
		case toRight:
			from = middleX
		}
		b.WriteString(box(from, middleY, to-from, thick))
	}
	if upright := arms & (up | down); upright != 0 {
		from, to := y, y+cellH
		switch upright {
		case up:
			to = middleY + thick
		case down:
			from = middleY
		}
		b.WriteString(box(middleX, from, thick, to-from))
	}
	return b.String()
}
