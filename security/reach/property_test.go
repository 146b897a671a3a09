package reach_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

type probe struct {
	protocol reach.Protocol
	port     int32
}

var probes = []probe{{reach.TCP, 53}, {reach.TCP, 80}, {reach.TCP, 8080}, {reach.TCP, 9999}, {reach.UDP, 53}, {reach.SCTP, 80}}

var addresses = []string{"10.0.0.7", "10.9.9.9", "192.168.1.1", "203.0.113.9", "2001:db8::1"}

func TestFlowsEqualALiteralReadingOfTheDefinitions(t *testing.T) {
	t.Parallel()
	rounds := 600
	if testing.Short() {
		rounds = 200
	}
	r := rand.New(rand.NewPCG(7, 11))
	for i := range rounds {
		w := generate(r, i%2 == 1)
		text := w.manifests(t)
		world := world(t, text)
		all := reach.Workloads(world)
		require.Len(t, all, len(w.pods))
		listed := connections(world, all)
		for s, from := range all {
			for d, to := range all {
				if s != d {
					comparePair(t, w, world, listed, from, to, text)
				}
			}
			compareAddresses(t, w, world, listed, from, text)
		}
	}
}

// pairKey names a connection; addresses are named by their range.
type pairKey struct{ source, destination string }

type listing struct {
	sure, open map[pairKey]reach.Ports
	ranges     []reach.Range
}

func endpointName(e *reach.Endpoint) string {
	switch {
	case e.Entry:
		return "ingress-controller"
	case e.Workload.Name != "":
		return e.Workload.String()
	}
	return e.Range.String()
}

func connections(world *snapshot.Reader, all []reach.Owned) *listing {
	l := &listing{sure: map[pairKey]reach.Ports{}, open: map[pairKey]reach.Ports{}}
	seen := map[reach.Range]bool{}
	reach.Connections(world, reach.Question{Workloads: all, Explain: true}, func(c reach.Connection) bool {
		key := pairKey{endpointName(c.Source), endpointName(c.Destination)}
		if c.Certain {
			l.sure[key] = c.Ports
		} else {
			l.open[key] = c.Ports
		}
		for _, e := range []*reach.Endpoint{c.Source, c.Destination} {
			if e.Workload.Name == "" && !e.Entry && !seen[e.Range] {
				seen[e.Range] = true
				l.ranges = append(l.ranges, e.Range)
			}
		}
		return true
	})
	return l
}

// rangeOf returns the listed range that holds the address, empty when none does.
func (l *listing) rangeOf(a netip.Addr) string {
	for _, r := range l.ranges {
		if a.Compare(r.First) >= 0 && a.Compare(r.Last) <= 0 && a.Is4() == r.First.Is4() {
			return r.String()
		}
	}
	return ""
}

func (w *bruteWorld) pod(ref model.Ref) bruteEnd {
	for _, p := range w.pods {
		if p.namespace == ref.Namespace && p.name == ref.Name {
			return bruteEnd{pod: p}
		}
	}
	return bruteEnd{}
}

func comparePair(t *testing.T, w *bruteWorld, world *snapshot.Reader, l *listing, from, to reach.Owned, text string) {
	t.Helper()
	key := pairKey{from.Owner.String(), to.Owner.String()}
	for _, p := range probes {
		allowed, denied := w.outcomes(w.pod(from.Owner), w.pod(to.Owner), p.protocol.String(), p.port)
		v := reach.Flow(world, from.Pods[0], to.Pods[0], p.port, p.protocol)
		compare(t, v.Result, allowed, denied, key, p, text)
		require.Equal(t, allowed && !denied, l.sure[key].Has(p.protocol, p.port), "listed: %v %v\n%s", key, p, text)
		require.Equal(t, allowed && denied, l.open[key].Has(p.protocol, p.port), "listed as open: %v %v\n%s", key, p, text)
	}
}

func compareAddresses(t *testing.T, w *bruteWorld, world *snapshot.Reader, l *listing, from reach.Owned, text string) {
	t.Helper()
	for _, address := range addresses {
		a := netip.MustParseAddr(address)
		at := l.rangeOf(a)
		for _, p := range probes {
			key := pairKey{from.Owner.String(), at}
			allowed, denied := w.outcomes(w.pod(from.Owner), bruteEnd{address: a}, p.protocol.String(), p.port)
			v := reach.ToAddress(world, from.Pods[0], a, p.port, p.protocol)
			compare(t, v.Result, allowed, denied, key, p, text)
			require.Equal(t, allowed && !denied, l.sure[key].Has(p.protocol, p.port), "listed: %v %v\n%s", key, p, text)
			key = pairKey{at, from.Owner.String()}
			allowed, denied = w.outcomes(bruteEnd{address: a}, w.pod(from.Owner), p.protocol.String(), p.port)
			v = reach.FromAddress(world, a, from.Pods[0], p.port, p.protocol)
			compare(t, v.Result, allowed, denied, key, p, text)
			require.Equal(t, allowed && !denied, l.sure[key].Has(p.protocol, p.port), "listed: %v %v\n%s", key, p, text)
		}
	}
}

func compare(t *testing.T, got reach.Result, allowed, denied bool, key pairKey, p probe, text string) {
	t.Helper()
	switch {
	case allowed && denied:
		require.Contains(t, []reach.Result{reach.Maybe, reach.Unknown}, got, "%v %v\n%s", key, p, text)
	case allowed:
		require.Equal(t, reach.Allowed, got, "%v %v\n%s", key, p, text)
	default:
		require.Equal(t, reach.Denied, got, "%v %v\n%s", key, p, text)
	}
}
