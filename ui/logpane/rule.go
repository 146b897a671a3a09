package logpane

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/logpane/match"
	"github.com/fn9s/fn9s/ui/logpane/record"
	"github.com/fn9s/fn9s/ui/text"
)

// Search looks for a text, or for a pattern written /re/; once all is searched, it goes to the first match from the cursor
// on, else to the last one before. An error leaves the last search as it was; an empty text ends it.
func (p *Pane) Search(pattern string) (tea.Cmd, error) {
	next := search{line: noLine}
	if pattern != "" {
		var err error
		if next.pattern, err = match.Compile(text.Clean(pattern)); err != nil {
			return nil, err
		}
		next.pending = true
	}
	p.search = next
	p.scan.generation++
	for _, c := range p.ring.chunks {
		c.found = found{}
	}
	p.changed()
	return p.work(), nil
}

// Filter shows only the lines that match, with some lines around each; with an exclamation mark before it, only those
// that do not. An error leaves the last filter as it was; an empty text ends it.
func (p *Pane) Filter(pattern string, around int) (tea.Cmd, error) {
	var filter *match.Pattern
	if pattern != "" {
		var err error
		if filter, err = match.CompileFilter(text.Clean(pattern)); err != nil {
			return nil, err
		}
	}
	p.around = around
	if filter != nil && filter.Inverted() {
		p.around = 0
	}
	return p.setRule(rule{filter: filter, level: p.rule.level, hidden: p.rule.hidden}), nil
}

// SetLevel shows only lines of a level and worse. One that names none counts as information.
func (p *Pane) SetLevel(l record.Level) tea.Cmd {
	return p.setRule(rule{filter: p.rule.filter, level: l, hidden: p.rule.hidden})
}

// Level is the level below which lines are hidden.
func (p *Pane) Level() record.Level { return p.rule.level }

// Hide hides the lines of sources.
func (p *Pane) Hide(sources []int) tea.Cmd {
	hidden := map[int32]bool{}
	for _, id := range sources {
		hidden[int32(id)] = true
	}
	return p.setRule(rule{filter: p.rule.filter, level: p.rule.level, hidden: hidden})
}

func (p *Pane) setRule(r rule) tea.Cmd {
	begin, _ := p.span()
	p.anchor = anchor{held: true, n: p.cursor, row: min(max(begin, 0), p.body()-1)}
	p.rule = r
	p.scan.generation++
	for _, c := range p.ring.chunks {
		c.kept, c.shown = found{}, found{}
	}
	return p.work()
}

// hides names what hides lines.
func (p *Pane) hides() string {
	var all []string
	if p.rule.filter != nil {
		all = append(all, "the filter "+p.rule.filter.Text())
	}
	if p.rule.level != record.Unknown {
		all = append(all, "the level "+p.rule.level.String())
	}
	if len(p.rule.hidden) > 0 {
		all = append(all, "the choice of sources")
	}
	return strings.Join(all, " with ")
}
