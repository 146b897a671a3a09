package tunnel

import (
	"net"
	"strconv"
	"time"
)

var _ net.Conn = (*Conn)(nil)

// address is an end of a connection.
type address string

func (a address) Network() string { return "pod" }
func (a address) String() string  { return string(a) }

// LocalAddr is this end.
func (c *Conn) LocalAddr() net.Addr { return address("fn9s") }

// RemoteAddr is the port of the pod.
func (c *Conn) RemoteAddr() net.Addr {
	return address(c.tunnel.Pod.Namespace + "/" + c.tunnel.Pod.Name + ":" + strconv.Itoa(c.port))
}

// SetDeadline keeps none.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline keeps none.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline keeps none.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
