package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
)

// stream reads the events of one watch. client-go's decoder would copy every event twice and pass it from goroutine to
// goroutine, which cost more than reading it.
type stream struct {
	feed   *feed
	body   io.ReadCloser
	in     *bufio.Reader
	frame  []byte
	events []event // of the last frame, not yet given: a Table may hold several rows
	again  wired   // what objects of the kinds in passing are decoded into
	stop   func() bool
}

const (
	streamBuffer = 32 << 10
	// maxFrame bounds one event; an object has at most a few MiB.
	maxFrame = 64 << 20
)

// newStream reads the body until the context ends.
func newStream(ctx context.Context, f *feed, body io.ReadCloser) *stream {
	return &stream{
		feed: f, body: body, in: bufio.NewReaderSize(body, streamBuffer),
		// Reading blocks whatever the context says: closing the body ends it.
		stop: context.AfterFunc(ctx, func() { _ = body.Close() }),
	}
}

func (s *stream) close() {
	s.stop()
	_ = s.body.Close()
}

// next waits for an event. io.EOF says that the server ended the watch in order.
func (s *stream) next() (event, error) {
	for len(s.events) == 0 {
		if err := s.read(); err != nil {
			return event{}, err
		}
	}
	e := s.events[0]
	s.events = s.events[1:]
	return e, nil
}

// more reports whether next has an event at hand.
func (s *stream) more() bool {
	if len(s.events) > 0 {
		return true
	}
	at, _ := s.in.Peek(s.in.Buffered())
	if s.feed.query.Form != client.Typed {
		return bytes.IndexByte(at, '\n') >= 0
	}
	return len(at) >= 4 && int64(len(at)-4) >= int64(binary.BigEndian.Uint32(at))
}

// read reads one frame.
func (s *stream) read() (err error) {
	s.events = s.events[:0]
	if s.feed.query.Form == client.Typed {
		err = s.protobuf()
	} else {
		err = s.line()
	}
	if err != nil && !errors.Is(err, io.EOF) && !isStatus(err) {
		return fmt.Errorf("read watch of %s: %w", s.feed.query.API.Resource, err)
	}
	return err
}

func isStatus(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status)
}

func (s *stream) add(e event) { s.events = append(s.events, e) }

// protobuf reads a length, and a WatchEvent of that many bytes.
func (s *stream) protobuf() error {
	var length [4]byte
	if _, err := io.ReadFull(s.in, length[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxFrame {
		return fmt.Errorf("an event of %d bytes is more than %d", n, maxFrame)
	}
	if uint32(cap(s.frame)) < n || cap(s.frame) > 1<<20 && n < 1<<16 {
		s.frame = make([]byte, n)
	}
	s.frame = s.frame[:n]
	if _, err := io.ReadFull(s.in, s.frame); err != nil {
		return cutOff(err)
	}
	kind, object, err := wireEvent(s.frame)
	if err != nil {
		return err
	}
	return s.typed(watch.EventType(kind), object)
}

// cutOff is the error of a stream that ends within an event.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// protobufPrefix stands before every object.
var protobufPrefix = []byte("k8s\x00")

// wireEvent takes a WatchEvent apart, whose object is an Unknown in a RawExtension, without copying.
func wireEvent(frame []byte) (kind string, object []byte, err error) {
	err = fields(frame, func(n protowire.Number, value []byte) {
		switch n {
		case 1:
			kind = string(value)
		case 2:
			object = value
		}
	})
	for _, n := range []protowire.Number{1, 2} { // RawExtension.raw, Unknown.raw
		if err != nil {
			return "", nil, err
		}
		inner := object
		if n == 2 {
			var ok bool
			if inner, ok = bytes.CutPrefix(object, protobufPrefix); !ok {
				return "", nil, errors.New("the object of an event is no protobuf")
			}
		}
		object = nil
		err = fields(inner, func(at protowire.Number, value []byte) {
			if at == n {
				object = value
			}
		})
	}
	return kind, object, err
}

// fields visits the fields of a message that are bytes.
func fields(message []byte, visit func(protowire.Number, []byte)) error {
	for len(message) > 0 {
		number, wire, n := protowire.ConsumeTag(message)
		if n < 0 {
			return fmt.Errorf("read an event: %w", protowire.ParseError(n))
		}
		message = message[n:]
		if wire != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, wire, message); n < 0 {
				return fmt.Errorf("read an event: %w", protowire.ParseError(n))
			}
			message = message[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return fmt.Errorf("read an event: %w", protowire.ParseError(n))
		}
		message = message[n:]
		visit(number, value)
	}
	return nil
}

// typed makes an event of a built-in object.
func (s *stream) typed(kind watch.EventType, raw []byte) error {
	if kind == watch.Error {
		var status metav1.Status
		if err := status.Unmarshal(raw); err != nil {
			return fmt.Errorf("read error of the watch: %w", err)
		}
		return apierrors.FromObject(&status)
	}
	gvk := s.feed.query.API.GVK()
	var writers []metav1.ManagedFieldsEntry
	if gvk.Kind != "Secret" { // of which it is read who wrote which key
		writers = hideManaged(raw)
	}
	var parts wireParts
	if settledKinds[gvk.GroupKind()] && kind != watch.Bookmark {
		parts = partsOf(raw)
		if old := s.feed.settledAs(&parts); old != nil {
			return s.renewed(kind, &parts, old, writers)
		}
	}
	o, err := s.object(gvk)
	if err != nil {
		return err
	}
	known := hidePodSpec(raw, gvk.GroupKind(), s.feed.decoder.Known)
	if err := o.Unmarshal(raw); err != nil {
		return fmt.Errorf("read object: %w", err)
	}
	m := o.GetObjectMeta()
	if writers != nil {
		m.SetManagedFields(writers)
	}
	e := event{kind: kind, version: m.GetResourceVersion()}
	if kind == watch.Bookmark {
		e.listed = m.GetAnnotations()[initialEventsEnd] == "true"
		s.add(e)
		return nil
	}
	if e.object, err = s.feed.decoder.TypedWith(o, gvk, known); err != nil {
		return err
	}
	if w, ok := e.object.(*model.Workload); ok {
		w.Settled = parts.settled
	}
	s.add(e)
	return nil
}

// wired is a built-in object with its wire form.
type wired interface {
	runtime.Object
	metav1.ObjectMetaAccessor
	Unmarshal([]byte) error
	Reset()
}

func newObject(gvk schema.GroupVersionKind) (wired, error) {
	o, err := clientscheme.Scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	w, ok := o.(wired)
	if !ok {
		return nil, fmt.Errorf("%T has no wire form", o)
	}
	return w, nil
}

// passing are kinds of which there are many, and whose records keep nothing that lies in the decoded object itself.
var passing = map[schema.GroupKind]bool{
	{Group: "apps", Kind: "Deployment"}: true, {Group: "apps", Kind: "ReplicaSet"}: true, {Kind: "Pod"}: true,
}

// object is an empty object of the kind. That of a passing one is the same again.
func (s *stream) object(gvk schema.GroupVersionKind) (wired, error) {
	if !passing[gvk.GroupKind()] {
		return newObject(gvk)
	}
	if s.again == nil {
		var err error
		if s.again, err = newObject(gvk); err != nil {
			return nil, err
		}
	}
	s.again.Reset()
	return s.again, nil
}

// renewed makes an event of a workload of which nothing but the status is new.
func (s *stream) renewed(kind watch.EventType, parts *wireParts, old *model.Workload, writers []metav1.ManagedFieldsEntry) error {
	o, err := s.object(s.feed.query.API.GVK())
	if err != nil {
		return err
	}
	parts.hide()
	if err := o.Unmarshal(parts.object); err != nil {
		return fmt.Errorf("read object: %w", err)
	}
	m := o.GetObjectMeta()
	m.SetManagedFields(writers)
	s.add(event{kind: kind, version: m.GetResourceVersion(), object: s.feed.decoder.Renewed(o, old)})
	return nil
}

// line reads one line: an event as JSON.
func (s *stream) line() error {
	line, err := s.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		s.frame = append(s.frame[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) && len(s.frame) <= maxFrame {
			line, err = s.in.ReadSlice('\n')
			s.frame = append(s.frame, line...)
		}
		if len(s.frame) > maxFrame {
			return fmt.Errorf("an event is more than %d bytes", maxFrame)
		}
		line = s.frame
	}
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return err
	}
	if kind, object, ok := jsonEvent(line); ok && err == nil {
		return s.raw(kind, object)
	}
	var raw struct {
		Type   watch.EventType `json:"type"`
		Object json.RawMessage `json:"object"`
	}
	if bad := json.Unmarshal(line, &raw); bad != nil {
		if err != nil {
			return cutOff(err)
		}
		return bad
	}
	return s.raw(raw.Type, raw.Object)
}

// jsonEvent takes an event apart that is written as API servers do; ok is false for every other one. What the object
// is worth shows when it is read.
func jsonEvent(line []byte) (kind watch.EventType, object []byte, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"type":"`))
	if !ok || !bytes.HasSuffix(rest, []byte("}")) {
		return "", nil, false
	}
	at := bytes.IndexByte(rest, '"')
	if at < 0 {
		return "", nil, false
	}
	kind = watch.EventType(rest[:at])
	object, ok = bytes.CutPrefix(rest[at:len(rest)-1], []byte(`","object":`))
	return kind, object, ok
}

// raw makes events of one object, or of the rows of a Table.
func (s *stream) raw(kind watch.EventType, object []byte) error {
	switch kind {
	case watch.Error:
		var status metav1.Status
		if err := json.Unmarshal(object, &status); err != nil {
			return fmt.Errorf("read error of the watch: %w", err)
		}
		return apierrors.FromObject(&status)
	case watch.Bookmark:
		e, err := s.feed.bookmark(object)
		if err != nil {
			return err
		}
		s.add(e)
		return nil
	}
	objects, err := s.feed.records(object)
	if err != nil {
		return nil // one object that nobody can name is no reason to lose the others
	}
	for _, o := range objects {
		s.add(event{kind: kind, object: o, version: o.Head().ResourceVersion})
	}
	return nil
}
