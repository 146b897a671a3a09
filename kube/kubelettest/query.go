package kubelettest

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Query is what the API server asks a kubelet for.
type Query struct {
	Follow, Timestamps, Previous bool
	Since                        time.Time // lines before it are left out; zero: none are
	Tail                         int       // last lines; negative: all
}

func parse(v url.Values) (Query, error) {
	q := Query{Follow: v.Get("follow") == "true", Timestamps: v.Get("timestamps") == "true", Previous: v.Get("previous") == "true", Tail: -1}
	var err error
	if text := v.Get("sinceTime"); text != "" {
		if q.Since, err = time.Parse(time.RFC3339, text); err != nil {
			return q, fmt.Errorf("sinceTime: %w", err)
		}
	}
	if text := v.Get("sinceSeconds"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return q, fmt.Errorf("sinceSeconds: %w", err)
		}
		q.Since = time.Now().Add(-time.Duration(n) * time.Second)
	}
	if text := v.Get("tailLines"); text != "" {
		if q.Tail, err = strconv.Atoi(text); err != nil {
			return q, fmt.Errorf("tailLines: %w", err)
		}
	}
	return q, nil
}

// stampForm is how a kubelet writes times.
const stampForm = "2006-01-02T15:04:05.000000000Z07:00"

func appendLine(to []byte, q Query, at time.Time, text []byte) []byte {
	if q.Timestamps {
		to = at.UTC().AppendFormat(to, stampForm)
		to = append(to, ' ')
	}
	return append(append(to, text...), '\n')
}
