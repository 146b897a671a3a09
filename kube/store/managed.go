package store

import (
	"bytes"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The numbers of the fields that lead to who wrote an object, and of one that ObjectMeta does not have.
const (
	objectMeta         = 1
	managedFields      = 17
	noField            = 31
	managedManager     = 1
	managedTime        = 4
	managedFieldsV1    = 7
	managedSubresource = 8
	timeSeconds        = 1
	maxManagedEntries  = 256
)

var (
	ownsSpec = []byte(`"f:spec"`)
	// specFields stands for fields of which some are of the spec. Nobody asks for more.
	specFields = metav1.NewFieldsV1(`{"f:spec":{}}`)

	managedTag = protowire.AppendTag(nil, managedFields, protowire.BytesType)
	noTag      = protowire.AppendTag(nil, noField, protowire.BytesType)
)

// hideManaged hides the managed fields of an object on the wire from its decoder, in place, and returns what is read of
// them: who wrote when, and whether the spec. Decoded they would be as large as the rest of most objects. Nobody asks
// who wrote a subresource.
func hideManaged(object []byte) (all []metav1.ManagedFieldsEntry) {
	meta := part(object, objectMeta)
	for len(meta) > 0 {
		_, _, n := protowire.ConsumeField(meta)
		if n < 0 {
			return all // the decoder says what is wrong
		}
		if bytes.HasPrefix(meta, managedTag) && len(all) < maxManagedEntries {
			value, _ := protowire.ConsumeBytes(meta[len(managedTag):n])
			if len(part(value, managedSubresource)) == 0 {
				all = append(all, entryOf(value))
			}
			copy(meta, noTag)
		}
		meta = meta[n:]
	}
	return all
}

func entryOf(wire []byte) (e metav1.ManagedFieldsEntry) {
	_ = fields(wire, func(n protowire.Number, value []byte) {
		switch n {
		case managedManager:
			e.Manager = string(value)
		case managedTime:
			e.Time = timeOf(value)
		case managedFieldsV1:
			if bytes.Contains(value, ownsSpec) {
				e.FieldsV1 = specFields
			}
		}
	})
	return e
}

// timeOf reads a Time, which is precise to the second.
func timeOf(wire []byte) *metav1.Time {
	if len(wire) == 0 {
		return &metav1.Time{}
	}
	seconds := uint64(0)
	for len(wire) > 0 {
		number, kind, n := protowire.ConsumeField(wire)
		if n < 0 {
			return nil
		}
		if number == timeSeconds && kind == protowire.VarintType {
			_, _, tag := protowire.ConsumeTag(wire)
			seconds, _ = protowire.ConsumeVarint(wire[tag:])
		}
		wire = wire[n:]
	}
	return &metav1.Time{Time: time.Unix(int64(seconds), 0).Local()} //#nosec G115 -- as its decoder does
}

// part is the first field of that number of a message.
func part(message []byte, number protowire.Number) (value []byte) {
	_ = fields(message, func(n protowire.Number, v []byte) {
		if n == number && value == nil {
			value = v
		}
	})
	return value
}
