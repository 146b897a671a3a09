package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// function is what a template may call, with how many values it takes at least and at most; below zero: any number.
type function struct {
	least, most int
	call        func(r *run, args []any) (any, error)
}

// functions are those of stern, and of Go's own those that cannot call anything.
var functions = map[string]function{
	"json":                {1, 1, marshal},
	"parseJSON":           {1, 1, func(_ *run, a []any) (any, error) { return object(a[0]) }},
	"tryParseJSON":        {1, 1, tryParse},
	"extractJSONParts":    {1, -1, extract},
	"tryExtractJSONParts": {1, -1, tryExtract},
	"extjson":             {1, 1, extended},
	"prettyJSON":          {1, 1, pretty},
	"toRFC3339Nano":       {1, 1, func(_ *run, a []any) (any, error) { return stamp(a[0], time.RFC3339Nano, nil) }},
	"toUTC":               {1, 1, toUTC},
	"toTimestamp":         {2, 3, toTimestamp},
	"color":               {2, 2, colorOf},
	"levelColor":          {1, 1, levelColor},
	"bunyanLevelColor":    {1, 1, bunyanLevelColor},
	"colorBlack":          inColor("30"), "colorRed": inColor("31"), "colorGreen": inColor("32"), "colorYellow": inColor("33"),
	"colorBlue": inColor("34"), "colorMagenta": inColor("35"), "colorCyan": inColor("36"), "colorWhite": inColor("37"),
	"printf":  {1, -1, printf},
	"print":   {0, -1, func(_ *run, a []any) (any, error) { return fmt.Sprint(shown(a)...), nil }},
	"println": {0, -1, func(_ *run, a []any) (any, error) { return fmt.Sprintln(shown(a)...), nil }},
	"and":     {1, -1, func(_ *run, a []any) (any, error) { return first(a, false), nil }},
	"or":      {1, -1, func(_ *run, a []any) (any, error) { return first(a, true), nil }},
	"not":     {1, 1, func(_ *run, a []any) (any, error) { return !truth(a[0]), nil }},
	"eq":      {2, -1, equals},
	"ne":      {2, 2, func(_ *run, a []any) (any, error) { return !equal(a[0], a[1]), nil }},
	"lt":      ordered(func(o int) bool { return o < 0 }), "le": ordered(func(o int) bool { return o <= 0 }),
	"gt": ordered(func(o int) bool { return o > 0 }), "ge": ordered(func(o int) bool { return o >= 0 }),
	"len":   {1, 1, length},
	"index": {1, -1, index},
}

func marshal(r *run, a []any) (any, error) {
	v := a[0]
	if l, ok := v.(*Line); ok {
		v = struct {
			Message   string `json:"message"`
			Namespace string `json:"namespace"`
			Pod       string `json:"podName"`
			Container string `json:"containerName"`
		}{l.Message, l.Namespace, l.Pod, l.Container}
	}
	raw, err := json.Marshal(v)
	return string(raw), err
}

// object reads a JSON object; its numbers stay as they were written.
func object(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, errors.New("only a text can be read as JSON")
	}
	var o map[string]any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		return nil, errors.New("it is no JSON object")
	}
	return o, nil
}

func tryParse(_ *run, a []any) (any, error) {
	o, err := object(a[0])
	if err != nil {
		return nil, nil
	}
	return o, nil
}

func extract(_ *run, a []any) (any, error) {
	o, err := object(a[0])
	if err != nil {
		return nil, err
	}
	parts := make([]string, 0, len(a)-1)
	for _, key := range a[1:] {
		parts = append(parts, fmt.Sprint(o.(map[string]any)[show(key)]))
	}
	return strings.Join(parts, ", "), nil
}

func tryExtract(r *run, a []any) (any, error) {
	if parts, err := extract(r, a); err == nil {
		return parts, nil
	}
	return a[0], nil
}

func extended(r *run, a []any) (any, error) {
	if s, ok := a[0].(string); ok && json.Valid([]byte(s)) {
		return strings.TrimSuffix(s, "\n"), nil
	}
	return marshal(r, a)
}

func pretty(_ *run, a []any) (any, error) {
	v := a[0]
	if s, ok := v.(string); ok {
		o, err := object(s)
		if err != nil {
			return s, nil
		}
		v = o
	}
	if _, ok := v.(map[string]any); !ok {
		return show(v), nil
	}
	raw, err := json.MarshalIndent(v, "", "  ")
	return string(raw), err
}

func stamp(v any, layout string, zone *time.Location) (any, error) {
	t, err := timeOf(v)
	if err != nil {
		return nil, err
	}
	if zone != nil {
		t = t.In(zone)
	}
	return t.Format(layout), nil
}

func toUTC(_ *run, a []any) (any, error) {
	t, err := timeOf(a[0])
	return t.UTC(), err
}

func toTimestamp(_ *run, a []any) (any, error) {
	name := ""
	if len(a) > 2 {
		name = show(a[2])
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("there is no time zone %q", name)
	}
	return stamp(a[0], show(a[1]), zone)
}

// in draws a text in a colour, where there are colours.
func (r *run) in(begin, s string) string {
	if !r.t.colored || begin == "" {
		return s
	}
	return begin + s + reset
}

func inColor(code string) function {
	return function{1, -1, func(r *run, a []any) (any, error) {
		s := show(a[0])
		var err error
		if len(a) > 1 {
			s, err = sprintf(s, a[1:])
		}
		return r.in("\x1b["+code+"m", s), err
	}}
}

func colorOf(r *run, a []any) (any, error) {
	p, ok := a[0].(paint)
	if !ok {
		return nil, errors.New("the first value is no colour: write .PodColor or .ContainerColor")
	}
	return r.in(string(p), show(a[1])), nil
}

var levels = map[string]string{"debug": "35", "info": "34", "warn": "33", "warning": "33", "error": "31", "dpanic": "31", "panic": "31",
	"fatal": "36", "critical": "36"}

func levelColor(r *run, a []any) (any, error) {
	level, ok := a[0].(string)
	if !ok {
		return "", nil
	}
	if code := levels[strings.ToLower(level)]; code != "" {
		return r.in("\x1b["+code+"m", level), nil
	}
	return level, nil
}

func bunyanLevelColor(r *run, a []any) (any, error) {
	n, ok := number(a[0])
	if !ok {
		return "", nil
	}
	code := ""
	switch {
	case n < 30:
		code = "35"
	case n < 40:
		code = "34"
	case n < 50:
		code = "33"
	case n < 60:
		code = "31"
	case n < 100:
		code = "36"
	default:
		return show(a[0]), nil
	}
	return r.in("\x1b["+code+"m", show(a[0])), nil
}

func shown(a []any) []any {
	all := make([]any, len(a))
	for i, v := range a {
		if all[i] = plain(v); v == nil {
			all[i] = show(v)
		}
	}
	return all
}

func printf(_ *run, a []any) (any, error) { return sprintf(show(a[0]), a[1:]) }

// wide finds what would make much of little.
var wide = regexp.MustCompile(`%[^%a-zA-Z]*([*]|[1-9][0-9]{3})`)

func sprintf(format string, a []any) (string, error) {
	if wide.MatchString(format) {
		return "", errors.New("a width has at most three digits")
	}
	longest := 0
	for _, v := range a {
		if s, ok := v.(string); ok {
			longest = max(longest, len(s))
		}
	}
	if strings.Count(format, "%")*longest > 16*maxValue {
		return "", errLong
	}
	return fmt.Sprintf(format, shown(a)...), nil
}

// first is the first value that is as wished, else the last.
func first(a []any, wish bool) any {
	for _, v := range a {
		if truth(v) == wish {
			return v
		}
	}
	return a[len(a)-1]
}

func equals(_ *run, a []any) (any, error) {
	for _, v := range a[1:] {
		if equal(a[0], v) {
			return true, nil
		}
	}
	return false, nil
}

func ordered(right func(order int) bool) function {
	return function{2, 2, func(_ *run, a []any) (any, error) {
		order, err := compare(a[0], a[1])
		return right(order), err
	}}
}

func length(_ *run, a []any) (any, error) {
	switch v := a[0].(type) {
	case string:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	case []any:
		return int64(len(v)), nil
	}
	return nil, errors.New("the value has no length")
}

func index(_ *run, a []any) (any, error) {
	v := a[0]
	for _, key := range a[1:] {
		switch in := v.(type) {
		case nil:
		case map[string]any:
			v = in[show(key)]
		case []any:
			n, ok := number(key)
			if !ok || n < 0 || int(n) >= len(in) || n != float64(int(n)) {
				return nil, errors.New("there is no element " + strconv.Quote(show(key)))
			}
			v = in[int(n)]
		default:
			return nil, errors.New("the value has no elements")
		}
	}
	return v, nil
}
