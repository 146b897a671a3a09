package metrics

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

const (
	protobuf = "application/vnd.kubernetes.protobuf"
	// accept is what lists are asked for as: protobuf takes a third of the bytes of JSON.
	accept = protobuf + ",application/json"

	micro = resource.Micro
	// maxItem bounds one pod of a list, and maxList the whole of it: an answer is as hostile as any.
	maxItem = 1 << 20
	maxList = 1 << 30
)

// Sample is what one pod used at one moment.
type Sample struct {
	Namespace, Pod string
	Point
}

var errTooLong = errors.New("one entry of the list is longer than 1 MiB")

// Decode reads a list of pod metrics as it comes, one pod at a time, and hands every sample to each. What it read before
// an error was handed over.
func Decode(r io.Reader, contentType string, each func(Sample)) error {
	r = io.LimitReader(r, maxList)
	media, _, _ := mime.ParseMediaType(contentType)
	var err error
	if media == protobuf {
		err = decodeProtobuf(bufio.NewReaderSize(r, 64<<10), each)
	} else {
		err = decodeJSON(r, each)
	}
	if err != nil {
		return fmt.Errorf("read list of pod metrics: %w", err)
	}
	return nil
}

func sampleOf(p *v1beta1.PodMetrics) (Sample, bool) {
	s := Sample{Namespace: p.Namespace, Pod: p.Name, Point: Point{Time: p.Timestamp.Time, Pods: 1}}
	for i := range p.Containers {
		cpu, memory := p.Containers[i].Usage[corev1.ResourceCPU], p.Containers[i].Usage[corev1.ResourceMemory]
		s.Amount = s.plus(Amount{max(0, cpu.ScaledValue(micro)), max(0, memory.Value())})
	}
	return s, len(p.Containers) > 0
}

// paced fails a JSON decoder that reads on and on without coming to an end of an entry.
type paced struct {
	r    io.Reader
	read int64
	mark int64 // where the last entry ended
}

func (p *paced) Read(b []byte) (int, error) {
	if p.read-p.mark > 2*maxItem {
		return 0, errTooLong
	}
	if len(b) > 64<<10 {
		b = b[:64<<10]
	}
	n, err := p.r.Read(b)
	p.read += int64(n)
	return n, err
}

// decodeJSON goes through the list token by token.
func decodeJSON(r io.Reader, each func(Sample)) error {
	p := &paced{r: r}
	d := json.NewDecoder(p)
	if err := expect(d, '{'); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		p.mark = d.InputOffset()
		if name != "items" {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return err
			}
			continue
		}
		if err := decodeItems(d, p, each); err != nil {
			return err
		}
	}
	return expect(d, '}')
}

func decodeItems(d *json.Decoder, p *paced, each func(Sample)) error {
	t, err := d.Token()
	if err != nil || t == nil {
		return err // no items
	}
	if t != json.Delim('[') {
		return fmt.Errorf("items are %v, not a list", t)
	}
	for d.More() {
		var item v1beta1.PodMetrics
		if err := d.Decode(&item); err != nil {
			return err
		}
		p.mark = d.InputOffset()
		if s, ok := sampleOf(&item); ok {
			each(s)
		}
	}
	return expect(d, ']')
}

func expect(d *json.Decoder, delim json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return unexpectedEnd(err)
	}
	if t != delim {
		return fmt.Errorf("%v stands where %v should", t, delim)
	}
	return nil
}

func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// magic begins every object in the encoding of Kubernetes.
var magic = [4]byte{'k', '8', 's', 0}

// The fields that are read: the raw object of the envelope, and the items of the list.
const (
	fieldRaw   = 2
	fieldItems = 2
)

// decodeProtobuf goes through the envelope and the list field by field; only items are kept, one at a time.
func decodeProtobuf(r *bufio.Reader, each func(Sample)) error {
	var begin [4]byte
	if _, err := io.ReadFull(r, begin[:]); err != nil {
		return unexpectedEnd(err)
	}
	if begin != magic {
		return errors.New("this is no protobuf of Kubernetes")
	}
	var list items
	return fields(r, maxList, func(field int, size int64) error {
		if field != fieldRaw {
			return skip(r, size)
		}
		return fields(r, size, func(field int, size int64) error {
			if field != fieldItems {
				return skip(r, size)
			}
			return list.read(r, size, each)
		})
	})
}

// items reads the pods of a list into one piece of memory, one after the other.
type items struct{ raw []byte }

func (i *items) read(r *bufio.Reader, size int64, each func(Sample)) error {
	if size > maxItem {
		return errTooLong
	}
	if int64(cap(i.raw)) < size {
		i.raw = make([]byte, size)
	}
	raw := i.raw[:size]
	if _, err := io.ReadFull(r, raw); err != nil {
		return unexpectedEnd(err)
	}
	s, measured, err := wirePod(raw)
	if err != nil {
		return fmt.Errorf("decode one pod: %w", err)
	}
	if measured {
		each(s)
	}
	return nil
}

// The types of fields on the wire.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// fields goes through a message of at most size bytes. Take has to read the content of each field with a length; a message
// of which the length is not known ends with the input.
func fields(r *bufio.Reader, size int64, take func(field int, size int64) error) error {
	c := &counted{r: r}
	for c.n < size {
		tag, err := binary.ReadUvarint(c)
		if errors.Is(err, io.EOF) && size == maxList {
			return nil
		}
		if err != nil {
			return unexpectedEnd(err)
		}
		var length uint64
		switch tag & 7 {
		case wireVarint:
			_, err = binary.ReadUvarint(c)
		case wire64:
			err = c.skip(8)
		case wire32:
			err = c.skip(4)
		case wireBytes:
			if length, err = binary.ReadUvarint(c); err == nil && length > uint64(max(size-c.n, 0)) {
				err = errors.New("a field is longer than what it is in")
			}
			if err == nil {
				c.n += int64(length) //#nosec G115 -- bounded by size
				err = take(int(tag>>3), int64(length))
			}
		default:
			err = fmt.Errorf("type %d of a field on the wire is not known", tag&7)
		}
		if err != nil {
			return unexpectedEnd(err)
		}
	}
	return nil
}

// counted counts the bytes that were read.
type counted struct {
	r *bufio.Reader
	n int64
}

// ReadByte reads one byte.
func (c *counted) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

func (c *counted) skip(n int64) error {
	c.n += n
	return skip(c.r, n)
}

func skip(r *bufio.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, r, n)
	return unexpectedEnd(err)
}

// fresh reports whether a sample tells something: a server that lost its clock, or none, is not believed.
func (s *Sample) fresh(now time.Time) bool {
	return !s.Time.IsZero() && s.Time.Before(now.Add(time.Hour)) && s.Time.After(now.Add(-time.Hour))
}
