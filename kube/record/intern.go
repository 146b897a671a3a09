// Package record turns API objects into the small records of security/model.
//
// Its one rule: it keeps what a control or a screen reads and drops the rest, secret data first of all. It reads
// hostile input: everything is bounded.
package record

import (
	"hash/maphash"
	"sync"
	"weak"

	corev1 "k8s.io/api/core/v1"
)

// Pool stores equal strings and equal pod specs once. It is safe for concurrent use.
type Pool struct {
	mu      sync.Mutex
	strings map[string]string
	specs   map[[2]uint64]weak.Pointer[corev1.PodSpec]
	lists   map[string]corev1.ResourceList
	texts   []*string // room of pack
	key     []byte    // room of resources
	seeds   [2]maphash.Seed
	// keepPodSpecs: the specs of all pods are wanted, not only of those that have no template elsewhere.
	keepPodSpecs bool
}

// maxStrings bounds the pool: label keys, kinds, namespaces and images repeat, anything else does not.
const maxStrings = 100_000

// maxWord bounds what is pooled, in bytes: what is longer is no word that others have.
const maxWord = 256

// NewPool returns an empty pool.
func NewPool() *Pool {
	return &Pool{
		strings: map[string]string{},
		specs:   map[[2]uint64]weak.Pointer[corev1.PodSpec]{},
		lists:   map[string]corev1.ResourceList{},
		seeds:   [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
	}
}

// String returns the shared copy of s.
func (p *Pool) String(s string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shared(s)
}

// shared is String of a pool that is locked.
func (p *Pool) shared(s string) string {
	if s == "" {
		return ""
	}
	if have, ok := p.strings[s]; ok {
		return have
	}
	if len(p.strings) < maxStrings && len(s) <= maxWord {
		p.strings[s] = s
	}
	return s
}

// PodSpec returns the shared copy of an equal spec. Equal means equal on the wire, by two hashes that are seeded per
// process: nobody can make them meet. Nobody else may be reading the spec, and parts of it become parts of others: they
// must not be changed.
func (p *Pool) PodSpec(s *corev1.PodSpec) *corev1.PodSpec {
	wire, err := s.Marshal()
	if err != nil {
		return s.DeepCopy()
	}
	h := p.hash(wire)
	p.mu.Lock()
	defer p.mu.Unlock()
	if have := p.specs[h].Value(); have != nil {
		return have
	}
	if len(p.specs) >= maxStrings {
		p.sweep()
	}
	p.pack(s)
	kept := *s // a pointer into an object would keep all of it
	p.specs[h] = weak.Make(&kept)
	return &kept
}

// Known returns the shared copy of a spec that is on the wire; nil: there is none yet.
func (p *Pool) Known(wire []byte) *corev1.PodSpec {
	h := p.hash(wire)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.specs[h].Value()
}

func (p *Pool) hash(wire []byte) [2]uint64 {
	return [2]uint64{maphash.Bytes(p.seeds[0], wire), maphash.Bytes(p.seeds[1], wire)}
}

// sweep forgets specs that nobody holds any more.
func (p *Pool) sweep() {
	for h, w := range p.specs {
		if w.Value() == nil {
			delete(p.specs, h)
		}
	}
}
