package board

import (
	"slices"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
)

// Next returns the board after a change, with the history that Since reads. The rows need not be sorted. The engine
// makes its boards itself; tests of the screens make theirs with this.
func (b *Board) Next(clusters []status.Cluster, upserts []*Row, deletes []model.FunctionID) *Board {
	upserts, deletes = slices.Clone(upserts), slices.Clone(deletes)
	slices.SortFunc(upserts, compareRows)
	slices.SortFunc(deletes, model.FunctionID.Compare)
	return b.next(clusters, upserts, deletes)
}
