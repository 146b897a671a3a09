package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer bounds what is read of an answer, and maxQuery the length of a query.
	maxAnswer = 4 << 20
	maxQuery  = 8 << 10
	maxSaid   = 300
)

// placeholder is a name between braces, with nothing that PromQL would put there.
var placeholder = regexp.MustCompile(`\{([a-z]+)(:re)?\}`)

// Fill puts values into a query. They are escaped so that they stay within whatever quotes they stand in.
func Fill(query string, values map[string]string) (string, error) {
	var missing []string
	filled := placeholder.ReplaceAllStringFunc(query, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		v, ok := values[m[1]]
		switch {
		case !ok:
			missing = append(missing, p)
			return ""
		case m[2] != "":
			v = regexp.QuoteMeta(v)
		}
		return escape(v)
	})
	switch {
	case len(missing) > 0:
		return "", fmt.Errorf("nothing is known for %s", strings.Join(missing, ", "))
	case len(filled) > maxQuery:
		return "", fmt.Errorf("the query is longer than %d bytes", maxQuery)
	}
	return filled, nil
}

// escape writes every byte that could mean something as a number.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_./", c) >= 0
		if plain {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// Client asks one Prometheus.
type Client struct {
	Base      *url.URL
	Transport http.RoundTripper
	// Token is sent with every question; nil: none is needed.
	Token func(context.Context) (string, error)
}

// answer is what every question is answered with.
type answer struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   struct {
		Type   string `json:"resultType"`
		Result []struct {
			Value  sample   `json:"value"`
			Values []sample `json:"values"`
		} `json:"result"`
	} `json:"data"`
}

// sample is a moment and a value, `[1435781430.781, "1"]`.
type sample struct{ Point }

// UnmarshalJSON reads the pair.
func (s *sample) UnmarshalJSON(raw []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil {
		return err
	}
	var at float64
	var value string
	if len(pair) != 2 || json.Unmarshal(pair[0], &at) != nil || json.Unmarshal(pair[1], &value) != nil || math.Abs(at) > 1e11 {
		return errors.New("a sample is no pair of a time and a value")
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return errors.New("a sample has no number")
	}
	s.Time, s.Value = time.UnixMilli(int64(at*1000)).UTC(), v
	return nil
}

// Instant returns the newest value of a query that gives one series. It is not known where there is none.
func (c *Client) Instant(ctx context.Context, query string, at time.Time) (p Point, known bool, err error) {
	a, err := c.ask(ctx, "query", url.Values{"query": {query}, "time": {stamp(at)}})
	if err != nil || len(a.Data.Result) == 0 {
		return Point{}, false, err
	}
	p = a.Data.Result[0].Value.Point
	return p, !math.IsNaN(p.Value), nil
}

// Range returns the values of a query that gives one series, a step apart. Those that are no numbers are left out.
func (c *Client) Range(ctx context.Context, query string, from, to time.Time, step time.Duration) ([]Point, error) {
	a, err := c.ask(ctx, "query_range", url.Values{
		"query": {query}, "start": {stamp(from)}, "end": {stamp(to)}, "step": {strconv.Itoa(int(max(step.Seconds(), 1)))},
	})
	if err != nil {
		return nil, err
	}
	if n := len(a.Data.Result); n > 1 {
		return nil, fmt.Errorf("the query gives %d series instead of one: sum them", n)
	}
	points := []Point{}
	for _, r := range a.Data.Result {
		for _, s := range r.Values {
			if !math.IsNaN(s.Value) && !math.IsInf(s.Value, 0) {
				points = append(points, s.Point)
			}
		}
	}
	return points, nil
}

func stamp(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }

func (c *Client) ask(ctx context.Context, what string, params url.Values) (*answer, error) {
	u := c.Base.JoinPath("api/v1", what)
	u.RawQuery = params.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask Prometheus: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if c.Token != nil {
		token, err := c.Token(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the token of Prometheus: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	// Without a client of its own there are no redirects: a token goes nowhere else.
	got, err := c.Transport.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("ask Prometheus: %w", err)
	}
	defer func() { _ = got.Body.Close() }()
	return read(got)
}

func read(got *http.Response) (*answer, error) {
	raw, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read what Prometheus says: %w", err)
	case len(raw) > maxAnswer:
		return nil, fmt.Errorf("prometheus says more than %d MiB", maxAnswer>>20)
	}
	var a answer
	err = json.Unmarshal(raw, &a)
	switch {
	case a.Status == "error" && a.Error != "":
		return nil, fmt.Errorf("prometheus says: %s", shortened(a.Error))
	case got.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("prometheus answers %s", got.Status)
	case err != nil:
		return nil, fmt.Errorf("this is no answer of Prometheus: %w", err)
	case a.Status != "success":
		return nil, errors.New("this is no answer of Prometheus")
	}
	return &a, nil
}

func shortened(s string) string {
	if len(s) > maxSaid {
		return strings.ToValidUTF8(s[:maxSaid], "") + "…"
	}
	return s
}
