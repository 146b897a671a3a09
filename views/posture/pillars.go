package posture

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	lightWidth  = 1
	letterWidth = 2
	pillarWidth = 10
)

// head is the grade, of what, and the finding that makes it.
func (s *sheet) head() {
	p := s.posture
	l := lightOf(p.Grade, p.Capped)
	s.Gap()
	s.Row(panes.Spot{}, panes.Cell{Text: l.glyph, Width: lightWidth, Role: l.role}, panes.Cell{Text: l.letter, Width: letterWidth, Role: l.role},
		panes.Cell{Text: s.row.Function.Name() + "  " + s.id.Framework + " in " + cmp.Or(s.id.Namespace, "no namespace"), Role: themes.Title})
	worst := s.worst()
	switch {
	case worst != nil:
		s.under(2, s.spot(worst), themes.Text, "because of "+worst.Control.ID+", "+worst.Control.Title+lifting(p.Posture))
	case p.Capped:
		s.under(2, panes.Spot{}, themes.Unknown, "nothing was found, but not everything could be judged")
	default:
		s.under(2, panes.Spot{}, themes.OK, "nothing was found that weakens it")
	}
}

// under adds a text of a few lines below what stands beside a light and a letter.
func (s *sheet) under(lines int, spot panes.Spot, role themes.Role, text string) {
	s.Row(spot, panes.Cell{Width: lightWidth}, panes.Cell{Width: letterWidth}, panes.Cell{Text: text, Role: role, Lines: lines})
}

// worst is the finding that makes the grade: one of the pillar whose grade it is.
func (s *sheet) worst() *check.Finding {
	var worst *check.Finding
	weight := security.A
	for i := range s.posture.Findings {
		f := &s.posture.Findings[i]
		if !grades(f) {
			continue
		}
		g := security.Grade(f.Severity)
		if f.Control.Pillar > check.Pod {
			g = min(g, security.C)
		}
		if worst == nil || g > weight {
			worst, weight = f, g
		}
	}
	return worst
}

// lifting says how many of the fixes it takes to a better grade.
func lifting(p *security.Posture) string {
	all := p.Lifts()
	for i, l := range all {
		if l.Grade >= p.Grade {
			continue
		}
		n, of := strconv.Itoa(i+1), " of "+strconv.Itoa(len(all))
		if i == 0 {
			return " → fix 1" + of + " lifts it to " + l.Grade.String()
		}
		return " → fixes 1 to " + n + of + " lift it to " + l.Grade.String()
	}
	return ""
}

// pillars are the four that make the grade, each with its verdict and its worst finding.
func (s *sheet) pillars() {
	s.Gap()
	for i := check.Identity; i <= check.Pod; i++ {
		sum := &s.sums[i]
		s.pillar(i, panes.Spot{}, sum.verdict())
		if f := sum.worst; f != nil {
			s.under(1, s.spot(f), themes.Text, f.Control.ID+" "+f.Message)
		}
		if f := sum.missing; f != nil && s.posture.Pillars[i].Capped {
			s.under(2, s.spot(f), themes.Unknown, f.Message)
		}
	}
}

// pillar adds the line of a pillar.
func (s *sheet) pillar(i check.Pillar, spot panes.Spot, verdict string) {
	p := &s.posture.Pillars[i]
	l := lightOf(p.Grade, p.Capped)
	role := themes.Value
	if s.sums[i].worst == nil {
		role = themes.Muted
	}
	s.Row(spot, panes.Cell{Text: l.glyph, Width: lightWidth, Role: l.role}, panes.Cell{Text: l.letter, Width: letterWidth, Role: l.role},
		panes.Cell{Text: i.String(), Width: pillarWidth, Role: themes.Title}, panes.Cell{Text: verdict, Role: role, Lines: 1})
}

// verdict is a pillar in one line.
func (s *sum) verdict() string {
	var open []string
	for severity := check.Critical; severity > check.Info; severity-- {
		if n := s.open[severity]; n > 0 {
			open = append(open, strconv.Itoa(n)+" "+severity.String())
		}
	}
	said := strings.Join(open, ", ")
	switch {
	case said != "":
	case s.judged == 0:
		said = "nothing to judge"
	case s.holds > 0:
		said = "nothing found, " + counted(s.holds, "control holds", "controls hold")
	default:
		said = "nothing found"
	}
	if s.unknown > 0 {
		said += " · " + strconv.Itoa(s.unknown) + " of " + strconv.Itoa(s.judged) + " not judged"
	}
	return said
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// beside are the three that weigh at most C: one line each.
func (s *sheet) beside() {
	s.Gap()
	for i := check.Image; i <= check.Provenance; i++ {
		sum := &s.sums[i]
		spot, verdict := panes.Spot{}, sum.verdict()
		switch {
		case sum.worst != nil:
			spot = s.spot(sum.worst)
			verdict += " · " + sum.worst.Control.ID + " " + sum.worst.Message
		case sum.missing != nil:
			spot = s.spot(sum.missing)
			verdict += ": " + sum.missing.Message
		}
		s.pillar(i, spot, verdict)
	}
}

// around is how exposed the function is, what its pods meet, how far an intruder would get, and what stands behind it.
func (s *sheet) around() {
	p := s.posture
	s.Gap()
	class := p.Class.String()
	if p.Class == expose.Internet && p.Auth == expose.NoAuth {
		class += "!"
	}
	exposed := from[p.Class]
	if p.Class >= expose.Cluster {
		exposed += " · " + login[p.Auth]
		if !p.TLS {
			exposed += " · also without TLS"
		}
	}
	if p.Hidden {
		exposed += " · a way in may be hidden"
	}
	s.SpotField("Exposed", class+": "+exposed, themes.Exposure(class), s.leads(screen.PageNetwork))
	level := "no pods to judge"
	if p.PSS != "" {
		level = "its pods meet " + p.PSS
	}
	s.Field("Pod security", level, levels[p.PSS])
	reach := strconv.Itoa(int(p.Reach)) + " " + p.Reach.String() + ": " + reaches[p.Reach]
	role := themes.Value
	if p.Further {
		role = themes.Unknown
		reach += " · it may go further: not everything could be read"
	}
	s.SpotField("Blast radius", reach, role, s.leads(screen.PageBlast))
	s.behind()
}

// leads opens another screen about the function.
func (s *sheet) leads(page screen.Page) panes.Spot {
	return panes.Spot{Place: screen.Place{Page: page, Function: s.id}}
}

var (
	from = [...]string{expose.None: "nobody can call it", expose.Namespace: "from its namespace", expose.Cluster: "from anywhere in the cluster",
		expose.Node: "from the network of the nodes", expose.Private: "from a private network", expose.Internet: "from anywhere"}
	login = [...]string{expose.NoAuth: "without a login", expose.SharedSecret: "with a shared secret", expose.JWTUnscoped: "with any token",
		expose.JWTScoped: "with a token for it", expose.MTLS: "with a client certificate", expose.External: "as an authorizer elsewhere decides",
		expose.Declared: "a login is declared, not proven", expose.UnknownAuth: "login unknown"}
	levels  = map[string]themes.Role{"": themes.Muted, "privileged": themes.Error, "baseline": themes.Warning, "restricted": themes.OK}
	reaches = [...]string{"nothing beyond its own process", "its own secrets and data", "neighbours, by network, account or Secret",
		"the whole namespace", "other namespaces, or a node", "the whole cluster, or an identity at the cloud provider"}
)

// behind is the control plane, with what is worst about it.
func (s *sheet) behind() {
	p := s.posture
	if p.Behind == nil {
		return
	}
	l := lightOf(p.Behind.Grade, p.Behind.Capped)
	name := strings.Trim(l.glyph+" "+l.letter+"  "+cmp.Or(p.Platform.Release, p.Platform.Framework)+" in "+p.Platform.Namespace, " ")
	if p.Behind.Grade > security.B {
		name += " · weakens all functions behind it"
	}
	s.Field("Control plane", name, l.role)
	shown := 0
	for i := range p.Behind.Findings {
		f := &p.Behind.Findings[i]
		if !grades(f) || f.Severity < check.Medium || shown == 2 {
			break
		}
		s.Under(f.Control.ID+" "+f.Message, themes.Value, panes.Spot{
			Target: targetOf(s.id.Context, nil, f), Path: f.Path, Place: screen.ScopeFindingOf(s.id.Context, p.Platform, f)})
		shown++
	}
}
