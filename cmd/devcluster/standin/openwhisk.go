package standin

import (
	"fmt"
	"io/fs"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// OpenWhisk is the API of an OpenWhisk controller.
type OpenWhisk struct {
	mu      sync.Mutex
	keys    map[string]string            // "UUID:KEY" to the namespace of the tenant
	objects map[string]map[string]object // actions, packages, triggers, rules, activations: "NS/PKG/NAME" or id to object
	fed     map[string]string            // trigger, "NS/NAME", to the feed that sends its events
	next    int
	now     func() time.Time
}

// NewOpenWhisk reads the samples. An action that appears twice, in a list and in full, is kept in full.
func NewOpenWhisk(samples fs.FS, keys map[string]string) (*OpenWhisk, error) {
	found, err := readSamples(samples)
	if err != nil {
		return nil, err
	}
	o := &OpenWhisk{keys: keys, now: time.Now, fed: map[string]string{}, objects: map[string]map[string]object{
		"actions": {}, "packages": {}, "triggers": {}, "rules": {}, "activations": {}}}
	for kind, objects := range found {
		if o.objects[kind] == nil {
			return nil, fmt.Errorf("REST samples of openwhisk: unknown kind %q", kind)
		}
		for _, sample := range objects {
			key := text(sample, "namespace") + "/" + text(sample, "name")
			if kind == "activations" {
				key = text(sample, "activationId")
			}
			o.objects[kind][key] = mergeDeep(o.objects[kind][key], sample)
			if feed := annotation(sample, "feed"); kind == "triggers" && feed != "" {
				o.fed[key] = strings.TrimPrefix(feed, "/")
			}
		}
	}
	return o, nil
}

func mergeDeep(into, from object) object {
	if into == nil {
		into = object{}
	}
	for key, value := range from {
		if inner, ok := value.(object); ok && fields(into, key) != nil {
			into[key] = mergeDeep(fields(into, key), inner)
			continue
		}
		into[key] = value
	}
	return into
}

// Handler returns the routes of the server.
func (o *OpenWhisk) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1", o.info)
	mux.HandleFunc("GET /api/v1/{$}", o.info)
	mux.HandleFunc("GET /api/v1/namespaces", func(w http.ResponseWriter, r *http.Request) {
		if tenant, ok := o.tenant(w, r); ok {
			answer(w, http.StatusOK, []string{tenant})
		}
	})
	mux.HandleFunc("/api/v1/namespaces/{namespace}/{kind}", o.serve)
	mux.HandleFunc("/api/v1/namespaces/{namespace}/{kind}/{rest...}", o.serve)
	return mux
}

func (o *OpenWhisk) info(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, object{
		"api_paths": []string{"/api/v1"}, "build": "2024-04-10T09:15:00Z", "buildno": "20240410a", "description": "OpenWhisk",
		"limits":  object{"actions_per_minute": 60, "concurrent_actions": 30, "sequence_length": 50, "triggers_per_minute": 60},
		"support": object{"github": "https://github.com/apache/openwhisk/issues", "slack": "http://slack.openwhisk.org"},
	})
}

func (o *OpenWhisk) tenant(w http.ResponseWriter, r *http.Request) (string, bool) {
	user, password, _ := r.BasicAuth()
	tenant, ok := o.keys[user+":"+password]
	if !ok {
		o.refuse(w, http.StatusUnauthorized, "The supplied authentication is invalid.")
	}
	return tenant, ok
}

func (o *OpenWhisk) refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, object{"error": message, "code": fmt.Sprintf("fn9s%08d", o.now().UnixNano()%1e8)})
}

const absent = "The requested resource does not exist."

// serve finds the tenant and the object that a path names.
func (o *OpenWhisk) serve(w http.ResponseWriter, r *http.Request) {
	tenant, ok := o.tenant(w, r)
	if !ok {
		return
	}
	namespace, feed := r.PathValue("namespace"), strings.Join([]string{r.PathValue("namespace"), r.PathValue("rest")}, "/")
	if r.Method == http.MethodPost && r.PathValue("kind") == "actions" && feeds[feed] != "" {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.feed(w, r, feed)
		return
	}
	if namespace != "_" && namespace != tenant {
		o.refuse(w, http.StatusForbidden, "The supplied authentication is not authorized to access this resource.")
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	kind, rest := r.PathValue("kind"), r.PathValue("rest")
	switch {
	case kind == "limits" && rest == "":
		answer(w, http.StatusOK, object{"invocationsPerMinute": 60, "concurrentInvocations": 30, "firesPerMinute": 60})
	case o.objects[kind] == nil:
		o.refuse(w, http.StatusNotFound, absent)
	case rest == "" || strings.HasSuffix(rest, "/") && kind == "actions":
		o.list(w, r, kind, tenant, strings.TrimSuffix(rest, "/"))
	case kind == "activations":
		o.activation(w, tenant, rest)
	default:
		o.one(w, r, kind, tenant, rest)
	}
}

// list follows the controller: 30 unless asked, 0 means the most, more than 200 is refused; newest first.
func (o *OpenWhisk) list(w http.ResponseWriter, r *http.Request, kind, tenant, pkg string) {
	if r.Method != http.MethodGet {
		o.refuse(w, http.StatusMethodNotAllowed, "HTTP method not allowed")
		return
	}
	limit, errLimit := queryNumber(r, "limit", 30)
	skip, errSkip := queryNumber(r, "skip", 0)
	if errLimit != nil || errSkip != nil || limit > 200 {
		o.refuse(w, http.StatusBadRequest, fmt.Sprintf("The value '%d' is not in the range of 0 to 200 for list results.", limit))
		return
	}
	if limit == 0 {
		limit = 200
	}
	items := o.choose(r, kind, tenant, pkg)
	if r.URL.Query().Get("count") == "true" {
		answer(w, http.StatusOK, object{kind: len(items)})
		return
	}
	items = items[min(skip, len(items)):]
	answer(w, http.StatusOK, items[:min(limit, len(items))])
}

func queryNumber(r *http.Request, key string, otherwise int) (int, error) {
	value := r.URL.Query().Get(key)
	if value == "" {
		return otherwise, nil
	}
	parsed, err := strconv.Atoi(value)
	if err == nil && parsed < 0 {
		err = strconv.ErrRange
	}
	return parsed, err
}

func (o *OpenWhisk) choose(r *http.Request, kind, tenant, pkg string) []object {
	items := []object{}
	for _, stored := range o.objects[kind] {
		namespace := text(stored, "namespace")
		root, _, _ := strings.Cut(namespace, "/")
		if root != tenant || pkg != "" && namespace != tenant+"/"+pkg {
			continue
		}
		if kind == "activations" && !activationWanted(r, stored) {
			continue
		}
		items = append(items, summary(kind, stored))
	}
	when := "updated"
	if kind == "activations" {
		when = "start"
	}
	sort.Slice(items, func(i, j int) bool {
		if number(items[i], when) != number(items[j], when) {
			return number(items[i], when) > number(items[j], when)
		}
		return text(items[i], "namespace")+text(items[i], "name") < text(items[j], "namespace")+text(items[j], "name")
	})
	return items
}

func activationWanted(r *http.Request, activation object) bool {
	since, _ := queryNumber(r, "since", 0)
	upto, _ := queryNumber(r, "upto", 0)
	start := int(number(activation, "start"))
	name := r.URL.Query().Get("name")
	return start >= since && (upto == 0 || start <= upto) && (name == "" || strings.HasSuffix(name, text(activation, "name")))
}

// summary is what a list tells of an object: of an action neither kind nor parameters.
func summary(kind string, stored object) object {
	o := clone(stored)
	if kind == "actions" {
		delete(o, "parameters")
		binary, _ := fields(o, "exec")["binary"].(bool)
		o["exec"] = object{"binary": binary}
	}
	return o
}

func (o *OpenWhisk) one(w http.ResponseWriter, r *http.Request, kind, tenant, rest string) {
	key := tenant + "/" + rest
	stored, ok := o.objects[kind][key]
	if !ok && r.Method != http.MethodPut {
		o.refuse(w, http.StatusNotFound, absent)
		return
	}
	switch r.Method {
	case http.MethodGet:
		full := clone(stored)
		if exec := fields(full, "exec"); exec != nil && r.URL.Query().Get("code") == "false" {
			delete(exec, "code")
		}
		answer(w, http.StatusOK, full)
	case http.MethodPut:
		o.put(w, r, kind, key, stored)
	case http.MethodDelete:
		delete(o.objects[kind], key)
		answer(w, http.StatusOK, stored)
	case http.MethodPost:
		o.post(w, r, kind, stored)
	default:
		o.refuse(w, http.StatusMethodNotAllowed, "HTTP method not allowed")
	}
}

func activationID(n int) string { return fmt.Sprintf("%032x", n) }

// annotation is the text of an annotation.
func annotation(o object, key string) string {
	entries, _ := o["annotations"].([]any)
	for _, entry := range entries {
		if pair, ok := entry.(object); ok && pair["key"] == key {
			return text(pair, "value")
		}
	}
	return ""
}

// post invokes an action, fires a trigger, or switches a rule on or off.
func (o *OpenWhisk) post(w http.ResponseWriter, r *http.Request, kind string, stored object) {
	o.next++
	id := activationID(o.next)
	w.Header().Set("x-openwhisk-activation-id", id)
	if kind == "rules" {
		body, err := readBody(w, r)
		if err != nil {
			o.refuse(w, http.StatusBadRequest, "The request content was malformed.")
			return
		}
		stored["status"] = text(body, "status")
		answer(w, http.StatusOK, object{})
		return
	}
	if kind == "actions" && r.URL.Query().Get("blocking") == "true" {
		result := object{"payload": "answered by " + text(stored, "name")}
		if r.URL.Query().Get("result") != "true" {
			result = object{"activationId": id, "response": object{"status": "success", "success": true, "result": result}}
		}
		answer(w, http.StatusOK, result)
		return
	}
	answer(w, http.StatusAccepted, object{"activationId": id})
}

func (o *OpenWhisk) activation(w http.ResponseWriter, tenant, rest string) {
	id, part, _ := strings.Cut(rest, "/")
	stored, ok := o.objects["activations"][id]
	if root, _, _ := strings.Cut(text(stored, "namespace"), "/"); !ok || root != tenant {
		o.refuse(w, http.StatusNotFound, absent)
		return
	}
	switch part {
	case "":
		answer(w, http.StatusOK, stored)
	case "logs":
		answer(w, http.StatusOK, object{"logs": stored["logs"]})
	case "result":
		answer(w, http.StatusOK, fields(stored, "response"))
	default:
		o.refuse(w, http.StatusNotFound, absent)
	}
}
