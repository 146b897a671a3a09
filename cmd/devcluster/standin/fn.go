package standin

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fn is the API of an Fn server.
type Fn struct {
	mu      sync.Mutex
	token   string
	objects map[string]map[string]object // apps, fns, triggers: id to object
	next    int
	now     func() time.Time
}

// NewFn reads the samples. With a token every request must carry it, as behind an authenticating proxy: Fn itself asks for nothing.
func NewFn(samples fs.FS, token string) (*Fn, error) {
	found, err := readSamples(samples)
	if err != nil {
		return nil, err
	}
	f := &Fn{token: token, objects: map[string]map[string]object{"apps": {}, "fns": {}, "triggers": {}}, now: time.Now}
	for kind, objects := range found {
		if f.objects[kind] == nil {
			return nil, fmt.Errorf("REST samples of fn: unknown kind %q", kind)
		}
		for _, o := range objects {
			if text(o, "id") == "" || text(o, "name") == "" {
				return nil, fmt.Errorf("REST samples of fn: an object of %s has no id or name", kind)
			}
			f.objects[kind][text(o, "id")] = o
		}
	}
	return f, nil
}

// Handler returns the routes of the server.
func (f *Fn) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, object{"goto": "https://github.com/fnproject/fn", "hello": "world!"})
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, object{"version": "0.3.753"})
	})
	for kind := range f.objects {
		mux.Handle("GET /v2/"+kind, f.guard(func(w http.ResponseWriter, r *http.Request) { f.list(w, r, kind) }))
		mux.Handle("POST /v2/"+kind, f.guard(func(w http.ResponseWriter, r *http.Request) { f.create(w, r, kind) }))
		mux.Handle("/v2/"+kind+"/{id}", f.guard(func(w http.ResponseWriter, r *http.Request) { f.one(w, r, kind) }))
	}
	mux.Handle("/v2/fns/{id}/calls", f.guard(func(w http.ResponseWriter, _ *http.Request) {
		refuseFn(w, http.StatusGone, "The calls API has been removed")
	}))
	mux.Handle("POST /invoke/{id}", f.guard(f.invoke))
	return mux
}

func refuseFn(w http.ResponseWriter, status int, message string) {
	answer(w, status, object{"message": message})
}

func (f *Fn) guard(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.token != "" && r.Header.Get("Authorization") != "Bearer "+f.token {
			refuseFn(w, http.StatusUnauthorized, "Unauthorized")
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		next(w, r)
	})
}

// pageSize follows the server: 30 unless asked, never more than 100.
func pageSize(asked string) int {
	size, err := strconv.Atoi(asked)
	if err != nil || size <= 0 {
		return 30
	}
	return min(size, 100)
}

// list pages by name. Over all apps the name is not unique, and so functions get lost between pages, as they do on the real server.
func (f *Fn) list(w http.ResponseWriter, r *http.Request, kind string) {
	query := r.URL.Query()
	if kind == "triggers" && query.Get("app_id") == "" {
		refuseFn(w, http.StatusBadRequest, "Invalid app ID")
		return
	}
	after, err := base64.RawURLEncoding.DecodeString(query.Get("cursor"))
	if err != nil {
		refuseFn(w, http.StatusBadRequest, "Invalid cursor")
		return
	}
	items := []object{}
	for _, o := range f.objects[kind] {
		matches := text(o, "name") > string(after)
		for _, key := range []string{"app_id", "fn_id", "name"} {
			matches = matches && (query.Get(key) == "" || query.Get(key) == text(o, key))
		}
		if matches {
			items = append(items, f.view(r, kind, o))
		}
	}
	sort.Slice(items, func(i, j int) bool {
		if text(items[i], "name") != text(items[j], "name") {
			return text(items[i], "name") < text(items[j], "name")
		}
		return text(items[i], "id") < text(items[j], "id")
	})
	cursor, size := "", pageSize(query.Get("per_page"))
	if len(items) >= size {
		items = items[:size]
		cursor = base64.RawURLEncoding.EncodeToString([]byte(text(items[size-1], "name")))
	}
	answer(w, http.StatusOK, object{"items": items, "next_cursor": cursor})
}

func (f *Fn) one(w http.ResponseWriter, r *http.Request, kind string) {
	id := r.PathValue("id")
	stored, ok := f.objects[kind][id]
	if !ok {
		refuseFn(w, http.StatusNotFound, title(kind)+" not found")
		return
	}
	switch r.Method {
	case http.MethodGet:
		answer(w, http.StatusOK, f.view(r, kind, stored))
	case http.MethodPut:
		f.update(w, r, kind, stored)
	case http.MethodDelete:
		f.remove(kind, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		refuseFn(w, http.StatusMethodNotAllowed, "Method not allowed")
	}
}

// view is the object as the server tells it: with the endpoints, which are not stored.
func (f *Fn) view(r *http.Request, kind string, stored object) object {
	o := clone(stored)
	annotations := fields(o, "annotations")
	if annotations == nil {
		annotations = object{}
	}
	key, value := "", ""
	switch kind {
	case "fns":
		key, value = "fnproject.io/fn/invokeEndpoint", "http://"+r.Host+"/invoke/"+text(o, "id")
	case "triggers":
		app := text(f.objects["apps"][text(o, "app_id")], "name")
		key, value = "fnproject.io/trigger/httpEndpoint", "http://"+r.Host+"/t/"+app+text(o, "source")
	default:
		return o
	}
	if annotations[key] == nil { // samples may carry the one of FN_PUBLIC_LB_URL
		annotations[key] = value
	}
	o["annotations"] = annotations
	return o
}

func (f *Fn) create(w http.ResponseWriter, r *http.Request, kind string) {
	o, err := readBody(w, r)
	if err != nil {
		refuseFn(w, http.StatusBadRequest, "Invalid JSON")
		return
	}
	if message := f.invalid(kind, o); message != "" {
		refuseFn(w, http.StatusBadRequest, message)
		return
	}
	if kind != "apps" && f.objects["apps"][text(o, "app_id")] == nil {
		refuseFn(w, http.StatusNotFound, "App not found")
		return
	}
	for _, other := range f.objects[kind] {
		if text(other, "name") == text(o, "name") && text(other, "app_id") == text(o, "app_id") {
			refuseFn(w, http.StatusConflict, title(kind)+" already exists")
			return
		}
	}
	f.next++
	o["id"] = fmt.Sprintf("01KA%-4s%018d", strings.ToUpper(kind[:2])+"00", f.next)
	if kind == "fns" {
		for key, value := range map[string]float64{"memory": 128, "timeout": 30, "idle_timeout": 30} {
			if number(o, key) == 0 {
				o[key] = value
			}
		}
	}
	o["created_at"], o["updated_at"] = f.stamp(), f.stamp()
	f.objects[kind][text(o, "id")] = o
	answer(w, http.StatusOK, f.view(r, kind, o))
}

func (f *Fn) stamp() string { return f.now().UTC().Format("2006-01-02T15:04:05.000Z") }

func (f *Fn) invalid(kind string, o object) string {
	switch {
	case text(o, "name") == "":
		return "Missing " + strings.ToLower(title(kind)) + " name"
	case kind == "fns" && text(o, "image") == "":
		return "Missing image on Fn"
	case kind == "triggers" && text(o, "type") != "http":
		return "Trigger Type is not supported"
	case kind == "triggers" && !strings.HasPrefix(text(o, "source"), "/"):
		return "Missing leading slash in Trigger Source"
	}
	return limits(kind, o)
}

func limits(kind string, o object) string {
	if kind != "fns" {
		return ""
	}
	for key, most := range map[string]float64{"memory": 8192, "timeout": 300, "idle_timeout": 3600} {
		if number(o, key) < 0 || number(o, key) > most {
			return fmt.Sprintf("%s value is out of range, should be between 0 and %v", key, most)
		}
	}
	return ""
}

// update merges: absent and zero fields stay, config and annotations merge by key, and an empty string deletes a key of config.
func (f *Fn) update(w http.ResponseWriter, r *http.Request, kind string, stored object) {
	change, err := readBody(w, r)
	if err != nil {
		refuseFn(w, http.StatusBadRequest, "Invalid JSON")
		return
	}
	if name := text(change, "name"); name != "" && name != text(stored, "name") {
		refuseFn(w, http.StatusBadRequest, title(kind)+" name cannot be changed")
		return
	}
	if message := limits(kind, change); message != "" {
		refuseFn(w, http.StatusBadRequest, message)
		return
	}
	merged := clone(stored)
	for key, value := range change {
		switch key {
		case "config", "annotations":
			merged[key] = mergeKeys(fields(merged, key), fields(change, key), key == "config")
		case "id", "app_id", "fn_id", "created_at", "updated_at":
		default:
			if value != nil && value != "" && value != float64(0) {
				merged[key] = value
			}
		}
	}
	merged["updated_at"] = f.stamp()
	f.objects[kind][text(stored, "id")] = merged
	answer(w, http.StatusOK, f.view(r, kind, merged))
}

func mergeKeys(into, from object, emptyDeletes bool) object {
	if into == nil {
		into = object{}
	}
	for key, value := range from {
		if emptyDeletes && value == "" {
			delete(into, key)
			continue
		}
		into[key] = value
	}
	return into
}

// remove takes what belongs to the object with it, as the server does in one transaction.
func (f *Fn) remove(kind, id string) {
	delete(f.objects[kind], id)
	owner := map[string]string{"apps": "app_id", "fns": "fn_id"}[kind]
	if owner == "" {
		return
	}
	for _, objects := range f.objects {
		for other, o := range objects {
			if text(o, owner) == id {
				delete(objects, other)
			}
		}
	}
}

func (f *Fn) invoke(w http.ResponseWriter, r *http.Request) {
	fn, ok := f.objects["fns"][r.PathValue("id")]
	if !ok {
		refuseFn(w, http.StatusNotFound, "Fn not found")
		return
	}
	f.next++
	w.Header().Set("Fn-Call-Id", fmt.Sprintf("01KACALL%018d", f.next))
	if r.Header.Get("Fn-Invoke-Type") == "detached" {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.Header().Set("Fn-Http-Status", "200")
	answer(w, http.StatusOK, object{"message": "answered by " + text(fn, "name")})
}

func number(o object, key string) float64 {
	value, _ := o[key].(float64)
	return value
}

func title(kind string) string {
	return map[string]string{"apps": "App", "fns": "Fn", "triggers": "Trigger"}[kind]
}
