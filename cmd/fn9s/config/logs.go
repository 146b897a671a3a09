package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/ui/logpane"
)

// maxRing bounds the memory that lines may take.
const maxRing = 16 << 30

// logs reads how logs are shown.
func (d *decoder) logs(n *yaml.Node) {
	o := &d.config.Console.Logs
	var f struct {
		Tail, Context *int
		Builds, Wrap  bool
	}
	if n != nil {
		if err := n.Decode(&f); err != nil {
			d.note(n, true, "logs: the defaults count: %v", err)
			return
		}
	}
	o.Wrap, o.Builds = f.Wrap, f.Builds
	if f.Tail != nil {
		o.Tail = *f.Tail
	}
	if f.Context != nil {
		if o.Around = *f.Context; o.Around == 0 {
			o.Around = -1
		}
	}
	if v := value(n, "timestamps"); v != nil {
		o.Stamps = logpane.Stamps(slices.Index(stampWords, v.Value))
	}
	if v := value(n, "since"); v != nil {
		if err := v.Decode(&o.Since); err != nil {
			d.note(v, true, "logs.since: %v", err)
		}
	}
	if v := value(n, "exclude"); v != nil {
		var err error
		if o.Exclude, err = regexp.Compile(v.Value); err != nil {
			o.Exclude = nil
			d.note(v, true, "logs.exclude: %s is no regular expression: %v", quote(v.Value), err)
		}
	}
	if v := value(n, "ring"); v != nil {
		if o.Ring = sizeOf(v.Value); o.Ring > maxRing {
			o.Ring = maxRing
			d.note(v, false, "logs.ring: 16GiB is the most that is kept")
		}
	}
}

// sizeOf reads a size that was checked: 64MiB.
func sizeOf(s string) int {
	number := strings.TrimRight(s, "MGiB")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	if strings.HasPrefix(s[len(number):], "G") {
		return n << 30
	}
	return n << 20
}
