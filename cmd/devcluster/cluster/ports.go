package cluster

import (
	"fmt"
	"hash/fnv"
	"net"
	"strconv"
)

// Ports are the loopback ports of a cluster.
type Ports struct {
	Etcd              int `json:"etcd"`
	EtcdPeer          int `json:"etcdPeer"`
	APIServer         int `json:"apiServer"`
	ControllerManager int `json:"controllerManager"`
	Scheduler         int `json:"scheduler"`
	Kwok              int `json:"kwok"`
	MetricsServer     int `json:"metricsServer"`
	Fn                int `json:"fn"`
	OpenWhisk         int `json:"openwhisk"`
	Prometheus        int `json:"prometheus"`
}

const (
	firstPort  = 20000 // below the ports that systems give to outgoing connections
	blockSize  = 10
	blockCount = 1000
)

// choosePorts takes the first free block of ports, beginning at one that depends on the name, so that a cluster mostly keeps its address.
func choosePorts(name string) (Ports, error) {
	hash := fnv.New32a()
	hash.Write([]byte(name))
	start := int(hash.Sum32() % blockCount)
	for n := range blockCount {
		ports := block(firstPort + (start+n)%blockCount*blockSize)
		if ports.free() {
			return ports, nil
		}
	}
	return Ports{}, fmt.Errorf("no free block of ports between %d and %d on 127.0.0.1", firstPort, firstPort+blockSize*blockCount)
}

func block(base int) Ports {
	return Ports{
		Etcd: base, EtcdPeer: base + 1, APIServer: base + 2, ControllerManager: base + 3, Scheduler: base + 4,
		Kwok: base + 5, MetricsServer: base + 6, Fn: base + 7, OpenWhisk: base + 8, Prometheus: base + 9,
	}
}

func (p Ports) free() bool {
	for _, port := range p.all() {
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			return false
		}
		listener.Close()
	}
	return true
}

func (p Ports) all() []int {
	return []int{p.Etcd, p.EtcdPeer, p.APIServer, p.ControllerManager, p.Scheduler, p.Kwok, p.MetricsServer, p.Fn, p.OpenWhisk, p.Prometheus}
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
