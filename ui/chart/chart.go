// Package chart draws lines over time in a few cells: dots of braille, a scale at the left, the time below.
//
// Its one rule: what was not measured is not drawn. A line has gaps where points are missing, and never goes through zero
// for want of a value.
package chart

import (
	"math"
	"slices"
	"strings"

	"github.com/NimbleMarkets/ntcharts/v2/canvas"
	"github.com/NimbleMarkets/ntcharts/v2/canvas/graph"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// Point is a value at a moment.
type Point struct{ X, Y float64 }

// Line is a series of points in the order of X.
type Line struct {
	Role   themes.Role
	Points []Point
}

// Level is a value that the lines are held against: a limit.
type Level struct {
	Label string
	Role  themes.Role
	Y     float64
}

// Piece is a text in a role.
type Piece struct {
	Text string
	Role themes.Role
}

// Chart is what is drawn.
type Chart struct {
	Title string
	// Notes stand behind the title: the newest values, as they fit.
	Notes  []Piece
	Lines  []Line
	Levels []Level
	// From and To bound X; Left and Right are written below its ends.
	From, To    float64
	Left, Right string
	// Gap is how far apart two points may be and still be joined.
	Gap float64
	// Least is the least that the scale goes up to.
	Least float64
	// Format writes a value on the scale.
	Format func(float64) string
	// Empty stands where there is nothing to draw.
	Empty string
}

// least is how much a chart needs to be more than its title.
const (
	leastWidth  = 16
	leastHeight = 4
)

// Draw returns exactly height lines of width cells.
func Draw(theme themes.Theme, c *Chart, width, height int) []string {
	lines := make([]string, 0, height)
	lines = append(lines, c.heading(theme, width))
	if width < leastWidth || height < leastHeight {
		return pad(lines, width, height)
	}
	high := c.top()
	scale := c.scale(high, height-2)
	margin := 0
	for _, s := range scale {
		margin = max(margin, text.Width(s))
	}
	plot := c.plot(high, width-margin-1, height-2)
	for y, row := range plot {
		lines = append(lines, theme.Render(themes.Muted, text.Fit(scale[y], margin, text.Right)+"┤")+render(theme, row))
	}
	return pad(append(lines, theme.Render(themes.Muted, text.Spaces(margin)+"└"+c.below(width-margin-1))), width, height)
}

func pad(lines []string, width, height int) []string {
	for len(lines) < height {
		lines = append(lines, text.Spaces(width))
	}
	return lines[:max(height, 0)]
}

// heading is the title and as many of the notes as fit.
func (c *Chart) heading(theme themes.Theme, width int) string {
	title := text.Clean(c.Title)
	used := text.Width(title)
	line := theme.Render(themes.Panel, title)
	for _, n := range c.Notes {
		s := text.Clean(n.Text)
		if used+text.Width(s)+2 > width {
			break
		}
		line += "  " + theme.Render(n.Role, s)
		used += text.Width(s) + 2
	}
	return text.FitStyled(line, width)
}

// below is the axis of time.
func (c *Chart) below(width int) string {
	left, right := text.Clean(c.Left), text.Clean(c.Right)
	rest := width - text.Width(left) - text.Width(right)
	if rest < 2 {
		return strings.Repeat("─", max(width, 0))
	}
	return left + strings.Repeat("─", rest) + right
}

// top is what the scale goes up to: a round number above all that is drawn. A level far above everything is left out,
// or the lines would lie on the ground.
func (c *Chart) top() float64 {
	const far = 4
	high := c.Least
	for _, l := range c.Lines {
		for _, p := range l.Points {
			if p.X >= c.From && p.X <= c.To {
				high = max(high, p.Y)
			}
		}
	}
	most := high
	for _, l := range c.Levels {
		if l.Y <= most*far {
			high = max(high, l.Y)
		}
	}
	if high <= 0 {
		return 1
	}
	return high * 1.08
}

// scale are the texts at the left: at the top, in the middle and at the ground.
func (c *Chart) scale(high float64, height int) []string {
	marks := make([]string, height)
	marks[0], marks[height-1] = c.Format(high), c.Format(0)
	if height >= 5 {
		marks[height/2] = c.Format(high * (1 - float64(height/2)/float64(height-1)))
	}
	return marks
}

// cell is one cell of the plot.
type cell struct {
	r    rune
	role themes.Role
}

// plot draws levels and then the lines over them.
func (c *Chart) plot(high float64, width, height int) [][]cell {
	rows := make([][]cell, height)
	for y := range rows {
		rows[y] = make([]cell, width)
		for x := range rows[y] {
			rows[y][x] = cell{' ', themes.Text}
		}
	}
	for _, l := range c.Levels {
		if l.Y > high || l.Y <= 0 {
			continue
		}
		y := level(l.Y, high, height)
		for x := range rows[y] {
			rows[y][x] = cell{'╌', l.Role}
		}
	}
	drawn := false
	for _, l := range c.Lines {
		drawn = c.line(rows, l, high, width, height) || drawn
	}
	for _, l := range c.Levels {
		if l.Y <= high && l.Y > 0 {
			write(rows[level(l.Y, high, height)], text.Clean(l.Label), l.Role)
		}
	}
	if !drawn && c.Empty != "" {
		for i, s := range text.Wrap(text.Clean(c.Empty), max(width-4, 1)) {
			if y := height/2 + i; y < height {
				place(rows[y], 2, s, themes.Muted)
			}
		}
	}
	return rows
}

// level is the row of a value.
func level(v, high float64, height int) int {
	return min(max(int(math.Round(float64(height-1)*(1-v/high))), 0), height-1)
}

// write puts a label at that end of a row where no line is in its way.
func write(row []cell, label string, role themes.Role) {
	w := text.Width(label)
	for _, at := range []int{len(row) - w - 1, 1} {
		if at < 0 || at+w > len(row) {
			continue
		}
		if !slices.ContainsFunc(row[at:at+w], func(c cell) bool { return c.r > empty && c.r <= empty+0xff }) {
			place(row, at, label, role)
			return
		}
	}
}

func place(row []cell, at int, s string, role themes.Role) {
	for _, r := range s {
		if at < len(row) {
			row[at] = cell{r, role}
		}
		at++
	}
}

// line draws one line in dots. It reports whether a point was to be seen.
func (c *Chart) line(rows [][]cell, l Line, high float64, width, height int) bool {
	grid := graph.NewBrailleGrid(width, height, c.From, max(c.To, c.From+1), 0, high)
	drawn := false
	var last *Point
	for i := range l.Points {
		p := &l.Points[i]
		if p.X < c.From || p.X > c.To || math.IsNaN(p.Y) || math.IsInf(p.Y, 0) {
			continue
		}
		drawn = true
		to := grid.GridPoint(canvas.Float64Point{X: p.X, Y: max(p.Y, 0)})
		from := to
		if last != nil && p.X-last.X <= c.Gap {
			from = grid.GridPoint(canvas.Float64Point{X: last.X, Y: max(last.Y, 0)})
		}
		for _, dot := range graph.GetLinePoints(from, to) {
			grid.Set(dot)
		}
		grid.Set(to)
		last = p
	}
	for y, row := range grid.BraillePatterns() {
		for x, r := range row {
			if r != 0 && r != empty && y < height && x < width {
				rows[y][x] = merge(rows[y][x], r, l.Role)
			}
		}
	}
	return drawn
}

// empty is braille without a dot.
const empty = '⠀'

// merge lays dots over a cell: over other dots, both are seen.
func merge(under cell, r rune, role themes.Role) cell {
	if under.r > empty && under.r <= empty+0xff {
		r |= under.r & 0xff
	}
	return cell{r, role}
}

// render joins the cells of a row, a style for each run of one role.
func render(theme themes.Theme, row []cell) string {
	var b strings.Builder
	for from := 0; from < len(row); {
		to := from
		var run strings.Builder
		for to < len(row) && row[to].role == row[from].role {
			run.WriteRune(row[to].r)
			to++
		}
		b.WriteString(theme.Render(row[from].role, run.String()))
		from = to
	}
	return b.String()
}
