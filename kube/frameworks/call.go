package frameworks

import (
	"net/url"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Caller is implemented by adapters that know more of how a function is called than its addresses.
type Caller interface {
	Call(f *model.Function) plan.Call
}

// CallOf says how a function is called.
func CallOf(all []Framework, f *model.Function) plan.Call {
	if f.Opaque {
		return plan.Call{None: "it stands for functions that cannot be seen"}
	}
	var call plan.Call
	if c, ok := adapterOf(all, f).(Caller); ok {
		call = c.Call(f)
	} else {
		call = plan.Call{Doors: Doors(f)}
	}
	if len(call.Doors) == 0 && call.None == "" {
		call.None = "no address of it is known: it is called by its triggers only"
		if len(scheduled(f)) > 0 {
			call.None = "it runs by its schedule: " + RunNow(f)
		}
	}
	return call
}

// Doors are the addresses of a function, those inside the cluster first. Patterns of hosts and addresses of unknown nodes
// are none.
func Doors(f *model.Function) []plan.Door {
	var inside, outside []plan.Door
	for _, u := range f.URLs {
		p, err := url.Parse(u.URL)
		if err != nil || p.Host == "" || strings.ContainsAny(p.Host, "*") || p.Hostname() == "NODE" {
			continue
		}
		d := plan.Door{URL: u.URL}
		if _, _, ok := ServiceOf(u.URL); ok {
			inside = append(inside, d)
		} else if u.External {
			outside = append(outside, d)
		}
	}
	return slices.Concat(inside, outside)
}

// ServiceOf reads the Service out of an address inside the cluster.
func ServiceOf(address string) (service model.Ref, port string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return model.Ref{}, "", false
	}
	parts := strings.Split(u.Hostname(), ".")
	if len(parts) < 3 || parts[2] != "svc" || len(parts) > 3 && parts[3] != "cluster" {
		return model.Ref{}, "", false
	}
	port = u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return model.Ref{Kind: Service.Kind, Namespace: parts[1], Name: parts[0]}, port, true
}
