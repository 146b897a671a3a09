// Package board joins the functions of all clusters into immutable rows for the screens.
//
// Its one rule: a Board never changes. One goroutine makes the next one and says so with its version; a reader
// takes the newest when it wants to.
package board

import (
	"slices"
	"sync"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
)

// Row is one function as the screens show it. Rows are immutable; an unchanged function keeps its pointer.
type Row struct {
	ID       model.FunctionID
	Function *model.Function
	Posture  *Posture // nil: not judged, or not yet
	Trend    *Trend   // what changed of its posture since it was first judged; nil: nothing
	// Why says why it is not ready, as far as records tell; empty: it is, or nothing tells.
	Why string
	// Usage is what its pods use; nil: not measured.
	Usage *metrics.Usage
}

// Board is everything that the screens show, at one moment.
type Board struct {
	Version  uint64
	Clusters []status.Cluster
	sheet    sheet
	rows     func() []*Row // all of the sheet, made when they are asked for
	history  []step        // newest last, contiguous versions
}

// step is what one version changed.
type step struct {
	version uint64
	upserts []*Row
	deletes []model.FunctionID
}

// The history is bounded in steps and in rows, which would keep what they were made of: a reader that is further behind
// takes all rows.
const (
	keepSteps = 32
	keepRows  = 2048
)

// Empty returns a board of nothing, version 0.
func Empty() *Board { return New(0, nil, nil) }

// New makes a board of rows in any order, for readers that have no engine.
func New(version uint64, clusters []status.Cluster, rows []*Row) *Board {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, compareRows)
	return of(version, clusters, sheetOf(sorted))
}

func of(version uint64, clusters []status.Cluster, s sheet) *Board {
	return &Board{Version: version, Clusters: clusters, sheet: s, rows: sync.OnceValue(s.rows)}
}

func compareRows(a, b *Row) int { return a.ID.Compare(b.ID) }

// Rows returns all rows in the order of their ids. The slice must not be changed.
func (b *Board) Rows() []*Row { return b.rows() }

// Count is how many rows a context has.
func (b *Board) Count(context string) int { return b.sheet.count(context) }

// Row returns the row of a function, or nil.
func (b *Board) Row(id model.FunctionID) *Row { return b.sheet.row(id) }

// Cluster returns how a context's cluster is seen, and whether it is on the board.
func (b *Board) Cluster(context string) (status.Cluster, bool) {
	for _, c := range b.Clusters {
		if c.Context == context {
			return c, true
		}
	}
	return status.Cluster{}, false
}

// Complete reports whether every cluster has listed all its functions.
func (b *Board) Complete() bool {
	for _, c := range b.Clusters {
		if !c.Complete {
			return false
		}
	}
	return len(b.Clusters) > 0
}

// Settled reports whether everything that can be read has been: not only the rows are there, but all that they show.
func (b *Board) Settled() bool {
	for i := range b.Clusters {
		if !b.Clusters[i].Settled() {
			return false
		}
	}
	return len(b.Clusters) > 0
}

// Since says what changed after that version. Without ok the version is too old: take all Rows. The slices are shared and
// must not be changed.
func (b *Board) Since(version uint64) (upserts []*Row, deletes []model.FunctionID, ok bool) {
	if version == b.Version {
		return nil, nil, true
	}
	if version > b.Version || len(b.history) == 0 || b.history[0].version > version+1 {
		return nil, nil, false
	}
	if newest := b.history[len(b.history)-1]; version == b.Version-1 && newest.version == b.Version {
		return newest.upserts, newest.deletes, true
	}
	last := map[model.FunctionID]*Row{}
	for _, s := range b.history {
		if s.version <= version {
			continue
		}
		for _, r := range s.upserts {
			last[r.ID] = r
		}
		for _, id := range s.deletes {
			last[id] = nil
		}
	}
	for id, r := range last {
		if r == nil {
			deletes = append(deletes, id)
		} else {
			upserts = append(upserts, r)
		}
	}
	slices.SortFunc(upserts, compareRows)
	slices.SortFunc(deletes, model.FunctionID.Compare)
	return upserts, deletes, true
}

// next returns the board after a change. Upserts and deletes are sorted by id.
func (b *Board) next(clusters []status.Cluster, upserts []*Row, deletes []model.FunctionID) *Board {
	n := &Board{Version: b.Version + 1, Clusters: clusters, sheet: b.sheet, rows: b.rows}
	if len(upserts)+len(deletes) > 0 {
		n = of(n.Version, clusters, b.sheet.next(upserts, deletes))
	}
	if big := len(upserts)+len(deletes) > n.sheet.n/2+64; !big {
		n.history = append(b.recent(keepSteps-1, keepRows-len(upserts)), step{n.Version, upserts, deletes})
	}
	return n
}

// recent returns the newest steps, so many at most, and with so many rows.
func (b *Board) recent(steps, rows int) []step {
	from := len(b.history)
	for from > 0 && len(b.history)-from < steps {
		if rows -= len(b.history[from-1].upserts); rows < 0 {
			break
		}
		from--
	}
	return slices.Clone(b.history[from:])
}

// merge returns the rows with the upserts in and the deletes out, all sorted by ID. Few rows change of many: they are
// looked up, and what lies between is copied.
func merge(rows, upserts []*Row, deletes []model.FunctionID) []*Row {
	out := make([]*Row, 0, len(rows)+len(upserts))
	for len(upserts) > 0 || len(deletes) > 0 {
		if len(upserts) > 0 && (len(deletes) == 0 || upserts[0].ID.Compare(deletes[0]) <= 0) {
			at, there := find(rows, upserts[0].ID)
			out = append(append(out, rows[:at]...), upserts[0])
			if there {
				at++
			}
			rows, upserts = rows[at:], upserts[1:]
			continue
		}
		at, there := find(rows, deletes[0])
		out = append(out, rows[:at]...)
		if there {
			at++
		}
		rows, deletes = rows[at:], deletes[1:]
	}
	return append(out, rows...)
}
