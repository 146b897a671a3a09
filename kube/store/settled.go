package store

import (
	"hash/maphash"

	"google.golang.org/protobuf/encoding/protowire"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// The numbers of the fields of ObjectMeta that lead to an object, and of those that change with its status.
const (
	metaName       = 1
	metaNamespace  = 3
	metaVersion    = 6
	metaGeneration = 7
	// lastShort is the last field whose tag is one byte, which can be made one that no message here has.
	lastShort = 14
)

// settledKinds are the workloads whose controllers write their status time and again.
var settledKinds = map[schema.GroupKind]bool{
	{Group: appsv1.GroupName, Kind: "Deployment"}: true, {Group: appsv1.GroupName, Kind: "ReplicaSet"}: true,
}

// seed makes hashes of what is settled, for one run.
var seed = maphash.MakeSeed()

// wireParts are the parts of an object on the wire. Its managed fields are hidden.
type wireParts struct {
	object, meta    []byte
	name, namespace []byte
	settled         uint64 // a hash of all but the status and what counts writes; 0: unknown
}

// partsOf takes an object apart. It gives nothing when there is something in it that cannot be hidden.
func partsOf(object []byte) (p wireParts) {
	var h maphash.Hash
	h.SetSeed(seed)
	p.object, p.meta = object, part(object, objectMeta)
	for rest := p.meta; len(rest) > 0; {
		number, kind, n := protowire.ConsumeField(rest)
		if n < 0 || rest[0] >= 0x80 && number <= lastShort { // a tag that is longer than it must be
			return wireParts{}
		}
		switch {
		case number == noField || number == metaVersion || number == metaGeneration:
		case number > lastShort:
			return wireParts{}
		default:
			_, _ = h.Write(rest[:n])
			if kind == protowire.BytesType && number == metaName {
				p.name, _ = protowire.ConsumeBytes(rest[1:n])
			}
			if kind == protowire.BytesType && number == metaNamespace {
				p.namespace, _ = protowire.ConsumeBytes(rest[1:n])
			}
		}
		rest = rest[n:]
	}
	_, _ = h.Write(part(object, objectSpec))
	p.settled = h.Sum64()
	return p
}

// hide hides what is settled from the decoder.
func (p *wireParts) hide() {
	for rest := p.meta; len(rest) > 0; {
		number, kind, n := protowire.ConsumeField(rest)
		if number <= lastShort && number != metaVersion && number != metaGeneration {
			rest[0] = hidden(kind)
		}
		rest = rest[n:]
	}
	for rest := p.object; len(rest) > 0; {
		number, kind, n := protowire.ConsumeField(rest)
		if n < 0 {
			return // the decoder says what is wrong
		}
		if number == objectSpec && rest[0] < 0x80 {
			rest[0] = hidden(kind)
		}
		rest = rest[n:]
	}
}

// hidden is the tag of a field that neither an object nor its metadata has.
func hidden(kind protowire.Type) byte { return 15<<3 | byte(kind) }

// settledAs finds the record of a workload of which nothing but the status differs from what is on the wire; nil: there is
// none.
func (f *feed) settledAs(p *wireParts) *model.Workload {
	if f.before == nil || len(p.name) == 0 {
		return nil
	}
	api := f.query.API
	old, ok := f.before(model.Ref{Group: api.Group, Kind: api.Kind, Namespace: string(p.namespace), Name: string(p.name)}).(*model.Workload)
	if !ok || old.Settled != p.settled || !f.decoder.Lasting(old) {
		return nil
	}
	return old
}
