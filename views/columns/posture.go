package columns

import (
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/query"
)

var (
	exposedColumn = Column{ID: "exposed", Title: "EXPOSED", Judged: true, Min: 7, Max: 10, WorstFirst: true,
		About: "from where it can be called; ! without a login, ? if not all could be read", Aliases: []string{"exposure"},
		Kind: query.Enum, Values: exposures(), Cell: exposedCell, Role: exposedRole, Rank: exposedRank, Number: exposedNumber}
	pssColumn = Column{ID: "pss", Title: "PSS", Judged: true, Priority: 5, Min: 8, Max: 10, WorstFirst: true,
		About: "Pod Security level that its pods meet", Kind: query.Enum, Values: pssLevels, Cell: pssCell, Role: pssRole,
		Rank: pssRank, Number: pssNumber}
	blastColumn = Column{ID: "blast", Title: "BLAST", Judged: true, Priority: 1, Min: 6, Max: 12, WorstFirst: true,
		About: "how far somebody inside it would get", Kind: query.Enum, Values: blasts(), Numbered: true,
		Cell: blastCell, Role: blastRole, Rank: blastRank, Number: blastNumber}
	gradeColumn = Column{ID: "grade", Title: "GRADE", Judged: true, Min: 5, Max: 5, WorstFirst: true,
		About: "worst of its pillars; ? if not all could be judged", Kind: query.Enum, Values: grades(),
		Cell: gradeCell, Role: gradeRole, Rank: gradeRank, Number: gradeNumber}
	platformColumn = Column{ID: "platform", Title: "PLATFORM", Judged: true, Sparse: true, Priority: 4, Min: 12, Max: 13, WorstFirst: true,
		About: "grade of the control plane behind it, where that is a weakness", Kind: query.Enum, Values: grades(),
		When: func(s Scope) bool { return s.Platforms }, Cell: platformCell, Role: platformRole, Rank: platformRank,
		Number: platformNumber}
	trendColumn = Column{ID: "trend", Title: "TREND", Judged: true, Sparse: true, Priority: 4, Min: 5, Max: 22, WorstFirst: true,
		About: "findings that came and went since the console was started", Kind: query.Enum, Values: []string{"better", "same", "worse"},
		When: func(s Scope) bool { return s.Trends }, Cell: trendCell, Role: trendRole, Rank: trendRank, Number: trendNumber}
	controlColumn = Column{ID: "control", Title: "CONTROL", Hidden: true, About: "controls that it fails; ID? for those that could not be judged",
		Aliases: []string{"finding"}, Kind: query.Members, Values: controls(), Describe: controlTitle,
		Cell: func(*board.Row, time.Time) string { return "" }, Holds: holdsControl}
)

// Faulty reports whether a function does not run as it should, or is badly secured: its grade is D or F.
func Faulty(r *board.Row) bool {
	return r.Function.State.Faulty() || r.Posture != nil && r.Posture.Grade >= security.D
}

// CompareIDs orders functions by name, and those of one name by their ids: where a column has them equal.
func CompareIDs(a, b model.FunctionID) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return a.Compare(b)
}

// texts are the words of a list as they are and with each mark behind them, so that cells allocate nothing.
type texts [3]string

func marked(word string) texts { return texts{word, word + "?", word + "!"} }

const (
	plain = iota
	doubtful
	open
)

var exposedTexts = func() (all [expose.Internet + 1]texts) {
	for c := range all {
		all[c] = marked(expose.Class(c).String())
	}
	return all
}()

func exposures() []string {
	var all []string
	for c := expose.None; c <= expose.Internet; c++ {
		all = append(all, c.String())
	}
	return all
}

func exposedMark(p *board.Posture) int {
	switch {
	case p.Class == expose.Internet && p.Auth == expose.NoAuth:
		return open
	case p.Hidden || p.Class == expose.Internet && p.Auth == expose.UnknownAuth:
		return doubtful
	}
	return plain
}

func exposedCell(r *board.Row, _ time.Time) string {
	if r.Posture == nil {
		return ""
	}
	return exposedTexts[r.Posture.Class][exposedMark(r.Posture)]
}

var exposedRoles = func() (all [expose.Internet + 1]themes.Role) {
	for c := range all {
		all[c] = themes.Exposure(expose.Class(c).String())
	}
	return all
}()

func exposedRole(r *board.Row) themes.Role {
	if exposedMark(r.Posture) == open {
		return themes.ExposureOpen
	}
	return exposedRoles[r.Posture.Class]
}

func exposedRank(r *board.Row) float64 {
	if r.Posture == nil {
		return -1
	}
	return float64(int(r.Posture.Class)*4 + exposedMark(r.Posture))
}

func exposedNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	if r.Posture == nil {
		return 0, 0, false
	}
	return float64(r.Posture.Class), 0, true
}

var pssLevels = []string{"restricted", "baseline", "privileged"}

func pssCell(r *board.Row, _ time.Time) string {
	if r.Posture == nil {
		return ""
	}
	return r.Posture.PSS
}

func pssRank(r *board.Row) float64 {
	if r.Posture == nil {
		return -2
	}
	for i, l := range pssLevels {
		if l == r.Posture.PSS {
			return float64(i)
		}
	}
	return -1
}

func pssNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	i := pssRank(r)
	return i, 0, i >= 0
}

func pssRole(r *board.Row) themes.Role {
	switch pssRank(r) {
	case 0:
		return themes.OK
	case 2:
		return themes.Error
	}
	return themes.Text
}

var blastTexts = func() (all [blast.Cluster + 1]texts) {
	for l := range all {
		all[l] = marked(strconv.Itoa(l) + " " + blast.Level(l).String())
	}
	return all
}()

func blasts() []string {
	var all []string
	for l := blast.None; l <= blast.Cluster; l++ {
		all = append(all, l.String())
	}
	return all
}

func blastCell(r *board.Row, _ time.Time) string {
	switch {
	case r.Posture == nil:
		return ""
	case r.Posture.Further:
		return blastTexts[r.Posture.Reach][doubtful]
	}
	return blastTexts[r.Posture.Reach][plain]
}

func blastRole(r *board.Row) themes.Role {
	switch r.Posture.Reach {
	case blast.None, blast.Own:
		return themes.Muted
	case blast.Near:
		return themes.Text
	case blast.Namespace:
		return themes.Warning
	case blast.Beyond:
		return themes.Error
	}
	return themes.Critical
}

func blastRank(r *board.Row) float64 {
	if r.Posture == nil {
		return -1
	}
	return float64(r.Posture.Reach)
}

func blastNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	if r.Posture == nil {
		return 0, 0, false
	}
	return float64(r.Posture.Reach), 0, true
}

var gradeTexts = func() (all [security.F + 1]texts) {
	for g := range all {
		all[g] = marked(security.Grade(g).String())
	}
	return all
}()

var gradeRoles = func() (all [security.F + 1]themes.Role) {
	for g := range all {
		all[g] = themes.Grade(security.Grade(g).String())
	}
	return all
}()

func grades() []string {
	var all []string
	for g := security.A; g <= security.F; g++ {
		all = append(all, g.String())
	}
	return all
}

func gradeCell(r *board.Row, _ time.Time) string {
	switch {
	case r.Posture == nil:
		return ""
	case r.Posture.Capped:
		return gradeTexts[r.Posture.Grade][doubtful]
	}
	return gradeTexts[r.Posture.Grade][plain]
}

func gradeRole(r *board.Row) themes.Role { return gradeRoles[r.Posture.Grade] }

// gradeRank orders by grade, then by how far somebody inside would get, then by the number of grave findings.
func gradeRank(r *board.Row) float64 {
	p := r.Posture
	if p == nil {
		return -1
	}
	const most = 1_000_000
	grave := min(p.Counts[check.Critical]+p.Counts[check.High], most-1)
	return float64((int(p.Grade)*(int(blast.Cluster)+1)+int(p.Reach))*most + grave)
}

func gradeNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	if r.Posture == nil {
		return 0, 0, false
	}
	return float64(r.Posture.Grade), 0, true
}

// WeakPlatform reports whether the control plane behind a function is a weakness: its grade is D or F.
func WeakPlatform(r *board.Row) bool {
	return r.Posture != nil && r.Posture.Behind != nil && r.Posture.Behind.Grade >= security.D
}

var platformTexts = func() (all [security.F + 1]texts) {
	for g := range all {
		all[g] = marked(themes.Glyph(themes.Warning) + " platform " + security.Grade(g).String())
	}
	return all
}()

func platformCell(r *board.Row, _ time.Time) string {
	switch {
	case !WeakPlatform(r):
		return ""
	case r.Posture.Behind.Capped:
		return platformTexts[r.Posture.Behind.Grade][doubtful]
	}
	return platformTexts[r.Posture.Behind.Grade][plain]
}

func platformRole(r *board.Row) themes.Role {
	if r.Posture.Behind == nil {
		return themes.Text
	}
	return gradeRoles[r.Posture.Behind.Grade]
}

func platformRank(r *board.Row) float64 {
	if r.Posture == nil || r.Posture.Behind == nil {
		return -1
	}
	return float64(r.Posture.Behind.Grade)
}

func platformNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	i := platformRank(r)
	return i, 0, i >= 0
}

func trendCell(r *board.Row, _ time.Time) string {
	if r.Trend == nil {
		return ""
	}
	return r.Trend.Text
}

func trendRole(r *board.Row) themes.Role {
	switch {
	case r.Trend == nil:
	case r.Trend.Worse():
		return themes.Error
	case r.Trend.Better():
		return themes.OK
	}
	return themes.Text
}

func trendRank(r *board.Row) float64 {
	switch {
	case r.Trend == nil:
	case r.Trend.Worse():
		return 2
	case r.Trend.Better():
		return 0
	}
	return 1
}

func trendNumber(r *board.Row, _ time.Time) (n, of float64, known bool) {
	return trendRank(r), 0, r.Posture != nil
}

func controls() []string {
	var ids []string
	for _, c := range security.Catalogue() {
		ids = append(ids, c.ID)
	}
	return ids
}

func controlTitle(id string) string {
	c, ok := security.Control(id)
	if !ok {
		return ""
	}
	return c.Title
}

// holdsControl asks for open failures, or for what could not be judged.
func holdsControl(r *board.Row, w query.Wanted) bool {
	if r.Posture == nil {
		return false
	}
	status := check.Fail
	if w.Doubtful() {
		status = check.Unknown
	}
	for i := range r.Posture.Findings {
		if f := &r.Posture.Findings[i]; f.Status == status && w.Is(f.Control.ID) {
			return true
		}
	}
	return false
}
