package change

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

const (
	// mostKept is what the values of one Secret may have in bytes: the API server refuses more.
	mostKept = 1 << 20
	// packedFrom is the size from which old values are compressed: code is large, and shrinks well.
	packedFrom = 16 << 10
	// mostUnpacked bounds what a damaged backup can grow to.
	mostUnpacked = 64 << 20
)

// pack writes old values as one value of a Secret.
func pack(old map[string]any) ([]byte, error) {
	raw, err := json.Marshal(old)
	if err != nil || len(raw) < packedFrom {
		return raw, err
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// unpack reads what pack wrote.
func unpack(packed []byte) (object, error) {
	if !bytes.HasPrefix(packed, []byte{0x1f, 0x8b}) {
		return parseObject(packed)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, mostUnpacked+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > mostUnpacked {
		return nil, fmt.Errorf("it has more than %d MiB", mostUnpacked>>20)
	}
	return parseObject(raw)
}

// losing are the secret values that the step takes away or replaces, by their paths.
func (s *Step) losing() map[string]any {
	all := map[string]any{}
	for i := range s.touches {
		if t := &s.touches[i]; t.secret && t.hadOld {
			all[t.path.String()] = t.old
		}
	}
	return all
}

// fit says of the steps whose old values have no room in the Secret of their namespace that they cannot be undone. Those
// that come first have it.
func (p *Plan) fit() error {
	used := map[string]int{}
	for _, s := range p.Steps {
		if s.Blocked != "" || s.Lasting != "" || !s.secret() {
			continue
		}
		packed, err := pack(s.losing())
		if err != nil {
			return fmt.Errorf("measure old values of %s: %w", s.Ref, err)
		}
		n := used[s.Ref.Namespace] + len(packed)
		if n > mostKept {
			s.Lasting = fmt.Sprintf("the old value cannot be kept: with what this change keeps besides it has %d KiB, and a Secret holds %d", n>>10, mostKept>>10)
			if len(packed) > mostKept {
				s.Lasting = fmt.Sprintf("the old value cannot be kept: it has %d KiB compressed, and a Secret holds %d", len(packed)>>10, mostKept>>10)
			}
			continue
		}
		used[s.Ref.Namespace] = n
	}
	return nil
}
