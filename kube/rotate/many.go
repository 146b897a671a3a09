package rotate

import (
	"slices"
	"time"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
)

// OfFunction lists the Secrets that the code of a function can read.
func (p *Planner) OfFunction(key model.FunctionKey) []model.Ref {
	var all []model.Ref
	uses := secrets.UsesOf.Get(p.Reader, key)
	for i := range uses {
		if u := &uses[i]; u.Way.Inside() && u.Secret.Kind == "Secret" && !slices.Contains(all, u.Secret) {
			all = append(all, u.Secret)
		}
	}
	return all
}

// OlderThan lists the Secrets of the namespaces that something uses and whose values are older; the age is that at now.
// Those of which nothing tells when they were written are left out.
func (p *Planner) OlderThan(namespaces []string, age time.Duration, now time.Time) []model.Ref {
	var all []model.Ref
	for _, ns := range namespaces {
		for _, i := range secrets.InventoryOf.Get(p.Reader, ns).Items {
			known := i.Ref.Kind == "Secret" && i.Status == secrets.Used && !i.Written.At.IsZero()
			if known && now.Sub(i.Written.At) > age {
				all = append(all, i.Ref)
			}
		}
	}
	return all
}
