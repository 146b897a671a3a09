package standin

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"sort"
	"strings"
)

type object = map[string]any

// bodyLimit bounds what a client may send.
const bodyLimit = 8 << 20

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}

func readBody(w http.ResponseWriter, r *http.Request) (object, error) {
	body := object{}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit)).Decode(&body); err != nil {
		return nil, fmt.Errorf("invalid JSON: %w", err)
	}
	return body, nil
}

// readSamples reads the JSON files of a folder: the objects in each, by the first word of the file's name ("apps", "actions").
func readSamples(files fs.FS) (map[string][]object, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list the REST samples: %w", err)
	}
	sort.Strings(names)
	found := map[string][]object{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read REST sample %s: %w", name, err)
		}
		objects, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("read REST sample %s: %w", name, err)
		}
		word, _, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".json"), "-")
		word = strings.TrimSuffix(word, "s") + "s"
		found[word] = append(found[word], objects...)
	}
	return found, nil
}

// parse accepts a list, an object with items, or one object.
func parse(data []byte) ([]object, error) {
	var list []object
	if json.Unmarshal(data, &list) == nil {
		return list, nil
	}
	var page struct{ Items []object }
	if err := json.Unmarshal(data, &page); err != nil {
		return nil, err
	}
	if page.Items != nil {
		return page.Items, nil
	}
	var one object
	if err := json.Unmarshal(data, &one); err != nil {
		return nil, err
	}
	if _, isPage := one["items"]; isPage {
		return nil, nil
	}
	return []object{one}, nil
}

func text(o object, key string) string {
	value, _ := o[key].(string)
	return value
}

func fields(o object, key string) object {
	value, _ := o[key].(object)
	return value
}

// clone copies an object, so that an answer never shares memory with the store.
func clone(o object) object {
	data, err := json.Marshal(o)
	if err != nil {
		return object{}
	}
	copied := object{}
	if json.Unmarshal(data, &copied) != nil {
		return object{}
	}
	return copied
}
