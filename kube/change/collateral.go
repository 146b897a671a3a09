package change

import "slices"

// collateral finds what the server changes in the spec beside what it was told to: defaults that follow from a field, as
// serviceAccount does from serviceAccountName. They belong to the step: without them nothing could be taken back whole.
func collateral(live, mine, after object) []touch {
	var all []touch
	var walk func(path fieldPath, was, planned, is any)
	walk = func(path fieldPath, was, planned, is any) {
		if equal(planned, is) {
			return
		}
		switch planned := planned.(type) {
		case map[string]any:
			m, ok := is.(map[string]any)
			if !ok {
				return
			}
			for _, k := range keysOf(planned, m) {
				before, had := child(was, k)
				p, meant := child(planned, k)
				now, there := child(m, k)
				at := append(path[:len(path):len(path)], keyElement(k))
				switch {
				case meant && there && !isScalar(p):
					walk(at, before, p, now)
				case (meant || there) && !(meant && there && equal(p, now)):
					all = append(all, touch{path: at, old: clone(before), hadOld: had, now: clone(now), hasNow: there})
				}
			}
		case []any:
			list, _ := is.([]any)
			for _, e := range planned {
				name, ok := child(e, "name")
				s, text := name.(string)
				if !ok || !text {
					return
				}
				part := named(s)
				at, err := pick(list, part)
				if at < 0 || err != nil {
					continue
				}
				before, _ := was.([]any)
				var old any
				if i, err := pick(before, part); i >= 0 && err == nil {
					old = before[i]
				}
				walk(append(path[:len(path):len(path)], part), old, e, list[at])
			}
		}
	}
	walk(fieldPath{keyElement("spec")}, live["spec"], mine["spec"], after["spec"])
	return all
}

// alone reports whether nobody else can have written the spec between the reading of the object and this answer: what is
// different in it then comes from this step. A generation counts the writes to a spec.
func (s *Step) alone(after object) bool {
	if text(s.live, "metadata", "resourceVersion") == text(after, "metadata", "resourceVersion") || s.grew {
		return true // a dry run on what was read, or a patch that tested the version
	}
	was, is := generation(s.live), generation(after)
	ours := slices.ContainsFunc(s.touches, func(t touch) bool { return t.path[0].key == "spec" })
	return was > 0 && (is == was || ours && is == was+1)
}

func generation(o object) int64 {
	v, _ := lookup(o, fieldPath{keyElement("metadata"), keyElement("generation")})
	switch n := v.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func keysOf(a, b map[string]any) []string {
	var keys []string
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
