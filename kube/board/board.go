// Package board joins the functions of all clusters into immutable rows for the screens.
//
// Its one rule: a Board never changes. One goroutine makes the next one and says so with its version; a reader
// takes the newest when it wants to.
package board

import (
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
)

// Row is one function as the screens show it. Rows are immutable; an unchanged function keeps its pointer.
type Row struct {
	ID       model.FunctionID
	Function *model.Function
}

// Board is everything that the screens show, at one moment.
type Board struct {
	Version  uint64
	Clusters []status.Cluster
	rows     []*Row // sorted by ID
	history  []step // newest last, contiguous versions
}

// step is what one version changed.
type step struct {
	version uint64
	upserts []*Row
	deletes []model.FunctionID
}

// Rows returns all rows in the order of their ids. The slice must not be changed.
func (b *Board) Rows() []*Row { return b.rows }
