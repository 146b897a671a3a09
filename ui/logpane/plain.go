package logpane

import (
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/ui/text"
)

// Plain is every line that is shown, with its time and source, without colours. The function that makes it is for a
// command: it takes time, and must be called once.
func (p *Pane) Plain() func() string {
	type shown struct {
		chunk
		all bool
	}
	var parts []shown
	for _, c := range p.ring.chunks {
		s := shown{chunk{data: c.data, entries: c.entries}, !p.filtering()}
		s.shown.marks = slices.Clone(c.shown.marks)
		parts = append(parts, s)
	}
	zone, stamps, label, readers := p.now().Location(), p.stamps, min(p.labels, p.width), p.ring.readers
	sources := slices.Clone(p.sources)
	readers.Add(1)
	return func() string {
		defer readers.Add(-1)
		var b strings.Builder
		for i := range parts {
			c := &parts[i]
			for i := range c.entries {
				e := &c.entries[i]
				if !c.all && !c.shown.marks.has(i) {
					continue
				}
				if stamps != NoStamps && e.at != 0 {
					b.WriteString(time.Unix(0, e.at).In(zone).Format("2006-01-02T15:04:05.000000000Z07:00 "))
				}
				if label > 0 {
					name := ""
					if e.source >= 0 && int(e.source) < len(sources) {
						name = sources[e.source].Label
					}
					b.WriteString(text.Fit(name, label, text.Left))
					b.WriteByte(' ')
				}
				b.Write(c.text(i))
				b.WriteByte('\n')
			}
		}
		return b.String()
	}
}

// Aging reports whether ages are on screen.
func (p *Pane) Aging() bool { return p.stamps == Ages && !p.ring.empty() }
