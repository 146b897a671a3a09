// Package logs follows the logs of functions: all containers of all their pods as one stream, merged by time.
//
// Its one rule: a line that the server gave is delivered exactly once, or a notice says how many were not. The reader is
// slowed before anything is lost: a feed reads no further than its reader takes.
package logs

import (
	"context"
	"errors"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// Options say what is read.
type Options struct {
	// Since is how far back the first lines lie; zero: no bound by time. SinceTime, where set, wins.
	Since     time.Duration
	SinceTime time.Time
	// Tail is how many last lines of each container come first; negative: all of them.
	Tail int
	// Previous reads the container before this one, and nothing of this one.
	Previous bool
	// Follow stays at the end and takes up pods that join. Without it the feed ends.
	Follow bool
	// Containers and Builds say which containers are read: a regular expression over their names (empty: all but those
	// that Excluded matches), and whether what built the function is read too.
	Containers, Excluded string
	Builds               bool
	// Matching lists the functions that are wanted now: those that were not there when the feed was opened are taken up. It is
	// asked several times a second while the feed follows. Nil: there come none.
	Matching func() []model.FunctionID
	// Streams is how many containers are read at once at most; zero: 200. A notice says how many are left out.
	Streams int
}

// Source is one container whose lines are in a feed. Its ID counts from 0 within the feed and is never given again.
type Source struct {
	ID                      int
	Function                model.FunctionID
	Namespace, Pod          string
	Container               string
	Role                    model.Role
	Shared                  bool // serves other functions too
	Previous                bool
	Activation, Application bool // not a pod: an OpenWhisk activation, an application's log of Fn
	// Kept is the kind of the object of the name of Pod that keeps the lines; empty: it is a pod.
	Kept string
}

// Line is one line of a log, without its end of line. Text is as the container wrote it: it may hold anything and is
// cleaned before it is drawn. It must not be changed, and it is a part of up to 64 KiB that were read at once: who keeps
// lines for longer than their batch copies it.
type Line struct {
	Time   time.Time // of the server, to the nanosecond
	Source int
	Text   []byte
	// Cut is how many bytes of an overlong line were left out at its end.
	Cut int
}

// NoticeKind is what happened to a feed.
type NoticeKind string

// The kinds of notices.
const (
	Joined  NoticeKind = "joined"  // a container's log is read from now on
	Left    NoticeKind = "left"    // a container ended: Text says how
	Lost    NoticeKind = "lost"    // N lines (or at least one, where N is 0) cannot be had any more: Text says why
	Broken  NoticeKind = "broken"  // the connection broke; it is tried again at Retry
	Resumed NoticeKind = "resumed" // reading went on where it had stopped
	Waiting NoticeKind = "waiting" // the function has no pods: its next invocation is waited for
	Denied  NoticeKind = "denied"  // the operator may not read it: Text says what is missing
	Failed  NoticeKind = "failed"  // it cannot be read: Text says why
)

// Notice is what happened to a feed, or to one source of it.
type Notice struct {
	Kind     NoticeKind
	Time     time.Time
	Source   int // -1: the feed, or a function as a whole
	Function model.FunctionID
	N        int
	Retry    time.Time
	Text     string
}

// Batch is what came since the last one: lines in the order in which they are to be shown, merged by time as far as the
// sources told theirs. Sources are those that are new; they are told before their first line.
type Batch struct {
	Sources []Source
	Lines   []Line
	Notices []Notice

	spent []*chunk
}

// ErrEnd says that a feed has nothing more to give.
var ErrEnd = errors.New("end of the logs")

// Feed is an open stream of logs. Its reader decides the pace.
type Feed interface {
	// Next waits for something to tell. The batch is the reader's. ErrEnd: the end; other errors end the feed, too.
	Next(ctx context.Context) (Batch, error)
	// Older reads at most n lines of every source that lie before what it gave first, in their order, and says whether
	// there may be more before them.
	Older(ctx context.Context, n int) (Batch, bool, error)
	Close()
}

// Opener opens feeds. It does not wait for the network.
type Opener interface {
	Open(functions []model.FunctionID, o Options) (Feed, error)
	// OpenPod follows a pod that is of no function, or all pods of a workload.
	OpenPod(context string, ref model.Ref, o Options) (Feed, error)
}
