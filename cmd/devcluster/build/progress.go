package build

import (
	"bytes"
	"strings"
	"sync"
)

// packageCounter reads the output of "go build -v", which names each package when it starts to compile it.
type packageCounter struct {
	mu       sync.Mutex
	packages int
	last     string
	output   []byte
	line     []byte
}

func (p *packageCounter) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output = append(p.output, data...)
	if len(p.output) > 2*tailLimit {
		p.output = append([]byte(nil), p.output[len(p.output)-tailLimit:]...)
	}
	p.line = append(p.line, data...)
	for {
		end := bytes.IndexByte(p.line, '\n')
		if end < 0 {
			return len(data), nil
		}
		text := strings.TrimSpace(string(p.line[:end]))
		p.line = p.line[end+1:]
		if text != "" && !strings.ContainsAny(text, " :#") {
			p.packages++
			p.last = text
		}
	}
}

func (p *packageCounter) progress() (int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == "" {
		return p.packages, "loading modules"
	}
	return p.packages, p.last
}

func (p *packageCounter) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return lastBytes(p.output)
}
