// Package forward leads ports of this machine to pods of functions, and goes on with another pod when one is gone.
//
// Its one rule: a forward keeps its local ports until it is stopped. Pods come and go behind them.
package forward

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
)

// Loopback is where forwards listen unless told otherwise.
const Loopback = "127.0.0.1"

// Port is a port of this machine and the one of the pod that it leads to. Local 0: any that is free.
type Port struct{ Local, Remote int }

// String is `8080→80`.
func (p Port) String() string { return strconv.Itoa(p.Local) + "→" + strconv.Itoa(p.Remote) }

// ParsePort reads `LOCAL:REMOTE`, `REMOTE` or `:REMOTE`. Named finds the number of a port by its name.
func ParsePort(text string, named func(string) (int, bool)) (Port, error) {
	local, remote, both := strings.Cut(text, ":")
	if !both {
		local, remote = "", text
	}
	number := func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > 65535 {
			return 0, fmt.Errorf("port %q: write [LOCAL:]REMOTE, with numbers up to 65535", text)
		}
		return n, nil
	}
	var p Port
	n, err := number(remote)
	if err != nil {
		if named == nil {
			return p, err
		}
		found, ok := named(remote)
		if !ok {
			return p, fmt.Errorf("port %q: no container of the function has a port of that name", remote)
		}
		n, err = found, nil
	}
	if n == 0 {
		return p, fmt.Errorf("port %q: there is no port 0 to lead to", text)
	}
	p.Remote = n
	switch {
	case !both:
		p.Local = n
	case local != "":
		p.Local, err = number(local)
	}
	return p, err
}

// Target is what a forward leads to.
type Target struct {
	Context  string
	Title    string
	Function model.FunctionID
	Pod      model.Ref // of no function, or one pod of it alone; zero: any pod of the function
}

// Finder finds the pod that a target is now, and the connection that leads to it. It does not take time.
type Finder interface {
	Find(t Target) (*client.Client, *model.Pod, error)
	// Runs reports whether that pod of the target still runs.
	Runs(t Target, pod model.Ref) bool
}

// State is how a forward is.
type State string

// The states.
const (
	Connecting State = "connecting"
	Active     State = "active"
	Waiting    State = "waiting" // there is no way now; it is tried again
	Stopped    State = "stopped"
)

// Forward is one forward at one moment.
type Forward struct {
	ID      string
	Target  Target
	Address string
	Ports   []Port
	Pod     string // that it leads to now; empty while there is none
	State   State
	Reason  string // why it waits
	Since   time.Time
	Moved   int // how often it went on with another pod
	Open    int // connections at this moment
	Total   int
	In, Out int64 // bytes to the pod, and from it
}

// URL is what to type into a browser for a port.
func (f *Forward) URL(p Port) string { return net.JoinHostPort(f.Address, strconv.Itoa(p.Local)) }

// Notice is something that happened to a forward.
type Notice struct {
	Forward Forward
	Bad     bool
	Text    string
}

// Options are what a desk works with.
type Options struct {
	Finder Finder
	// Notify is told what happens. It must not block.
	Notify func(Notice)
	Now    func() time.Time
}

// Desk keeps forwards. It is safe for concurrent use.
type Desk struct {
	o    Options
	mu   sync.Mutex
	next int
	all  []*line
	work sync.WaitGroup
}

// New makes a desk. Close must be called.
func New(o Options) *Desk {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Notify == nil {
		o.Notify = func(Notice) {}
	}
	return &Desk{o: o}
}

// ErrNoPorts says that no port was named.
var ErrNoPorts = errors.New("name a port")

// Open listens, and leads what comes to a pod of the target. It does not wait for the pod: the state says how it goes.
func (d *Desk) Open(t Target, address string, ports []Port) (Forward, error) {
	if len(ports) == 0 {
		return Forward{}, ErrNoPorts
	}
	if address == "" || address == "localhost" {
		address = Loopback
	}
	if net.ParseIP(address) == nil {
		return Forward{}, fmt.Errorf("address %q: write an IP address of this machine", address)
	}
	listeners, bound, err := listen(address, ports)
	if err != nil {
		return Forward{}, err
	}
	d.mu.Lock()
	d.next++
	l := newLine(d, Forward{
		ID: strconv.Itoa(d.next), Target: t, Address: address, Ports: bound, State: Connecting, Since: d.o.Now(),
	}, listeners)
	d.all = append(d.all, l)
	d.mu.Unlock()
	l.start()
	return l.state(), nil
}

// listen takes all ports, or none.
func listen(address string, ports []Port) (listeners []net.Listener, bound []Port, err error) {
	for _, p := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(p.Local)))
		if err != nil {
			for _, o := range listeners {
				_ = o.Close()
			}
			switch {
			case errors.Is(err, syscall.EADDRINUSE):
				err = fmt.Errorf("port %d of %s is in use: choose another one, or :%d for any that is free", p.Local, address, p.Remote)
			case errors.Is(err, syscall.EACCES):
				err = fmt.Errorf("port %d of %s is for administrators: choose one above 1023", p.Local, address)
			default:
				err = fmt.Errorf("listen on port %d of %s: %w", p.Local, address, err)
			}
			return nil, nil, err
		}
		if a, ok := l.Addr().(*net.TCPAddr); ok {
			p.Local = a.Port
		}
		listeners, bound = append(listeners, l), append(bound, p)
	}
	return listeners, bound, nil
}

// List returns the forwards in the order in which they were opened.
func (d *Desk) List() []Forward {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Forward, 0, len(d.all))
	for _, l := range d.all {
		all = append(all, l.state())
	}
	return all
}

// Stop ends a forward and its connections, and forgets it.
func (d *Desk) Stop(id string) {
	d.mu.Lock()
	i := slices.IndexFunc(d.all, func(l *line) bool { return l.id == id })
	var l *line
	if i >= 0 {
		l = d.all[i]
		d.all = slices.Delete(d.all, i, i+1)
	}
	d.mu.Unlock()
	if l != nil {
		l.stop()
	}
}

// Wait returns once a forward is active, or tells why it is not, within the time that done gives.
func (d *Desk) Wait(id string, done <-chan struct{}) (Forward, error) {
	d.mu.Lock()
	i := slices.IndexFunc(d.all, func(l *line) bool { return l.id == id })
	var l *line
	if i >= 0 {
		l = d.all[i]
	}
	d.mu.Unlock()
	if l == nil {
		return Forward{}, fmt.Errorf("there is no forward %s", id)
	}
	select {
	case <-l.tried:
	case <-done:
	}
	f := l.state()
	if f.State == Active {
		return f, nil
	}
	return f, l.why()
}

// Close ends all forwards, and waits for them.
func (d *Desk) Close() {
	for _, f := range d.List() {
		d.Stop(f.ID)
	}
	d.work.Wait()
}
