package knative

import (
	"cmp"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// queuePort is where the queue-proxy of a revision takes requests.
const queuePort = 8012

// Call goes to the revision that gets most requests, by its own Service or by the activator, which starts pods. The Service
// of the name of the function only renames the gateway: the API server's proxy leads nowhere through it.
func (adapter) Call(f *model.Function) plan.Call {
	var c plan.Call
	revision, share := f.Revision, int32(-1)
	for _, t := range f.Traffic {
		if t.Percent > share && t.Revision != "" {
			revision, share = t.Revision, t.Percent
		}
	}
	ns := f.Key.Namespace
	if revision != "" {
		headers := []plan.Header{{Name: "Knative-Serving-Namespace", Value: ns}, {Name: "Knative-Serving-Revision", Value: revision}}
		platform := cmp.Or(f.Platform.Namespace, "knative-serving")
		activator := plan.Door{URL: "http://activator-service." + platform + ".svc", Wakes: true, Headers: headers}
		own := plan.Door{URL: "http://" + revision + "." + ns + ".svc", Headers: headers, Wakes: true, PodPort: queuePort}
		c.Doors = []plan.Door{own, activator}
		if f.State == model.Idle {
			c.Doors = []plan.Door{activator, own}
		}
	}
	for _, d := range frameworks.Doors(f) {
		if _, _, inside := frameworks.ServiceOf(d.URL); !inside {
			d.Wakes = true
			c.Doors = append(c.Doors, d)
		}
	}
	return c
}
