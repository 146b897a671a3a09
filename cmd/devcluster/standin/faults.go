// Package standin serves the REST APIs of Fn and OpenWhisk from sample data, because their servers cannot run in the test cluster.
// Rule: paging, merging, credentials and refusals are those of the real servers; only the functions themselves do not run.
package standin

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Fault is how the next requests fail.
type Fault struct {
	Framework string `json:"framework,omitempty"` // fn or openwhisk; empty: both
	Path      string `json:"path,omitempty"`      // only requests whose path begins so
	Status    int    `json:"status,omitempty"`    // answer with this status
	DelayMs   int    `json:"delayMs,omitempty"`   // wait before the answer
	Cut       bool   `json:"cut,omitempty"`       // close the connection in the middle of the answer
	Count     int    `json:"count,omitempty"`     // so many requests; 0: until DELETE
}

// Faults decides which requests fail. The zero value lets all pass.
type Faults struct {
	mu     sync.Mutex
	active []Fault
}

// ServeHTTP is the admin endpoint: POST adds a fault, DELETE removes all, GET lists them.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch r.Method {
	case http.MethodPost:
		var fault Fault
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&fault); err != nil {
			answer(w, http.StatusBadRequest, object{"error": err.Error()})
			return
		}
		f.active = append(f.active, fault)
	case http.MethodDelete:
		f.active = nil
	case http.MethodGet:
	default:
		answer(w, http.StatusMethodNotAllowed, object{"error": "use GET, POST or DELETE"})
		return
	}
	answer(w, http.StatusOK, object{"faults": append([]Fault{}, f.active...)})
}

// Wrap makes the requests to a framework's server fail as was asked.
func (f *Faults) Wrap(framework string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, failing := f.take(framework, r.URL.Path)
		if !failing {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(time.Duration(fault.DelayMs) * time.Millisecond):
		}
		if fault.Cut {
			w.Header().Set("Content-Length", "4096")
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"items":[`))
			_ = http.NewResponseController(w).Flush() // a client repeats a request of which nothing came back
			panic(http.ErrAbortHandler)               // the server closes the connection without a word
		}
		if fault.Status != 0 {
			if fault.Status == http.StatusTooManyRequests || fault.Status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "1")
			}
			answer(w, fault.Status, object{"message": "injected fault", "error": "injected fault"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (f *Faults) take(framework, path string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n, fault := range f.active {
		if fault.Framework != "" && fault.Framework != framework || !strings.HasPrefix(path, fault.Path) {
			continue
		}
		if fault.Count > 0 {
			f.active[n].Count--
			if f.active[n].Count == 0 {
				f.active = append(f.active[:n:n], f.active[n+1:]...)
			}
		}
		return fault, true
	}
	return Fault{}, false
}
