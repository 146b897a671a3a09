package metrics

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/api/resource"
)

// The numbers of the fields that are read, in PodMetrics and what it is made of.
const (
	podMetadata   = 1
	podTimestamp  = 2
	podContainers = 4
	metaName      = 1
	metaNamespace = 3
	timeSeconds   = 1
	timeNanos     = 2
	usage         = 2
	mapKey        = 1
	mapValue      = 2
	quantityText  = 1
)

// wirePod reads a PodMetrics. The type's own decoder makes all of it, and ten thousand pods come every minute.
func wirePod(raw []byte) (s Sample, measured bool, err error) {
	s.Pods = 1
	err = each(raw, func(field protowire.Number, value []byte, _ uint64) error {
		switch field {
		case podMetadata:
			return each(value, func(field protowire.Number, value []byte, _ uint64) error {
				switch field {
				case metaName:
					s.Pod = string(value)
				case metaNamespace:
					s.Namespace = string(value)
				}
				return nil
			})
		case podTimestamp:
			at, err := wireTime(value)
			s.Time = at
			return err
		case podContainers:
			measured = true
			return each(value, func(field protowire.Number, value []byte, _ uint64) error {
				if field != usage {
					return nil
				}
				a, err := wireUsage(value)
				s.Amount = s.plus(a)
				return err
			})
		}
		return nil
	})
	return s, measured, err
}

func wireTime(raw []byte) (time.Time, error) {
	var seconds, nanos int64
	err := each(raw, func(field protowire.Number, _ []byte, n uint64) error {
		switch field {
		case timeSeconds:
			seconds = int64(n) //#nosec G115 -- that is how signed numbers are written
		case timeNanos:
			nanos = int64(int32(n)) //#nosec G115 -- likewise
		}
		return nil
	})
	if seconds == 0 && nanos == 0 {
		return time.Time{}, err
	}
	return time.Unix(seconds, nanos), err
}

// wireUsage reads one entry of the map from resources to quantities.
func wireUsage(raw []byte) (a Amount, err error) {
	var name, text []byte
	err = each(raw, func(field protowire.Number, value []byte, _ uint64) error {
		switch field {
		case mapKey:
			name = value
		case mapValue:
			return each(value, func(field protowire.Number, value []byte, _ uint64) error {
				if field == quantityText {
					text = value
				}
				return nil
			})
		}
		return nil
	})
	cpu := string(name) == "cpu"
	if err != nil || len(text) == 0 || !cpu && string(name) != "memory" {
		return a, err
	}
	q, err := resource.ParseQuantity(string(text))
	if err != nil {
		return a, fmt.Errorf("read usage: %w", err)
	}
	if cpu {
		a.CPU = max(0, q.ScaledValue(micro))
	} else {
		a.Memory = max(0, q.Value())
	}
	return a, nil
}

// each goes through the fields of a message: value is the content of those with a length, n that of numbers.
func each(message []byte, take func(field protowire.Number, value []byte, n uint64) error) error {
	for len(message) > 0 {
		field, kind, length := protowire.ConsumeTag(message)
		if length < 0 {
			return protowire.ParseError(length)
		}
		message = message[length:]
		var value []byte
		var n uint64
		switch kind {
		case protowire.BytesType:
			value, length = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			n, length = protowire.ConsumeVarint(message)
		default:
			length = protowire.ConsumeFieldValue(field, kind, message)
		}
		if length < 0 {
			return protowire.ParseError(length)
		}
		message = message[length:]
		if err := take(field, value, n); err != nil {
			return err
		}
	}
	return nil
}
