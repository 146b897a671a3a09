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
				part := pickElement([]pair{{"name", s}})
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
