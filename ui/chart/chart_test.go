package chart

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

func wave() *Chart {
	c := &Chart{Title: "CPU", Notes: []Piece{{"12m", themes.Text}, {"request 50m", themes.Muted}}, From: 0, To: 60, Left: "-60m", Right: "now",
		Gap: 2, Format: func(v float64) string { return strconv.Itoa(int(math.Round(v))) + "m" },
		Levels: []Level{{"request", themes.Info, 50}, {"limit", themes.Warning, 1000}}}
	var l Line
	for i := range 61 {
		if i < 25 || i > 35 {
			l.Points = append(l.Points, Point{float64(i), 30 + 20*math.Sin(float64(i)/6)})
		}
	}
	c.Lines = []Line{l}
	return c
}

func TestDraw(t *testing.T) {
	want := strings.Trim(`
CPU  12m  request 50m                   
`, "\n")
	lines := Draw(themes.Theme{}, wave(), 40, 9)
	require.Len(t, lines, 9)
	assert.Equal(t, want, lines[0])
	for _, l := range lines {
		assert.Equal(t, 40, text.Width(l), l)
	}
	t.Log("\n" + strings.Join(lines, "\n"))
}
