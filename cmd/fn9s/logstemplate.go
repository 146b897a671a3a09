package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/fn9s/fn9s/kube/stream/logs"
)

const (
	// mostExpanded is how much a template makes of one line at most.
	mostExpanded = 1 << 20
	// mostComplaints is how many different failures of a template are told.
	mostComplaints = 20
)

// lineTemplate prints lines as the operator wants them.
type lineTemplate struct {
	made    *template.Template
	colored bool
	out     boundedText
}

// templateLine is what a template has of a line: the names are stern's where they mean the same.
type templateLine struct {
	Message, Namespace, PodName, ContainerName string
	PodColor, ContainerColor                   string
	Context, Framework, Function               string
	Time                                       time.Time
}

// boundedText takes text up to a bound.
type boundedText struct{ bytes.Buffer }

var errTooLong = errors.New("it makes too much of one line")

func (b *boundedText) Write(p []byte) (int, error) {
	if b.Len()+len(p) > mostExpanded {
		return 0, errTooLong
	}
	return b.Buffer.Write(p)
}

func parseTemplate(text string, colored bool) (*lineTemplate, error) {
	made, err := template.New("line").Option("missingkey=zero").Funcs(templateWords(colored)).Parse(text)
	if err != nil {
		return nil, err
	}
	return &lineTemplate{made: made, colored: colored}, nil
}

// expand makes the text of a line. Whatever comes out of a line goes through the same cleaning as a line itself: JSON can hold
// control sequences that a template brings to light.
func (t *lineTemplate) expand(s *printed, l *logs.Line) (string, error) {
	message := string(l.Text)
	if l.Cut > 0 {
		message += fmt.Sprintf("… (%d more bytes)", l.Cut)
	}
	hue := hues[hash(s.Namespace+"/"+s.Pod)%len(hues)]
	t.out.Reset()
	err := t.made.Execute(&t.out, templateLine{Message: message, Namespace: s.Namespace, PodName: s.Pod, ContainerName: s.Container,
		PodColor: hue, ContainerColor: hue, Context: s.Function.Context, Framework: s.Function.Framework, Function: s.Function.Name, Time: l.Time})
	if err != nil {
		return "", err
	}
	parts := strings.Split(t.out.String(), "\n")
	for i, part := range parts {
		if t.colored {
			parts[i] = cleanColored(part)
		} else {
			parts[i] = clean(part)
		}
	}
	return strings.Join(parts, "\n"), nil
}

// templateWords are the functions of templates: none of them reads or does anything besides.
func templateWords(colored bool) template.FuncMap {
	paint := func(hue, text string) string {
		if !colored {
			return text
		}
		return hue + text + plainText
	}
	words := template.FuncMap{
		"json": func(v any) (string, error) { raw, err := json.Marshal(v); return string(raw), err },
		"parseJSON": func(text string) (map[string]any, error) {
			var m map[string]any
			err := json.Unmarshal([]byte(text), &m)
			return m, err
		},
		"tryParseJSON": func(text string) map[string]any {
			var m map[string]any
			if json.Unmarshal([]byte(text), &m) != nil {
				return nil
			}
			return m
		},
		"prettyJSON": func(v any) (string, error) {
			if text, ok := v.(string); ok {
				var out bytes.Buffer
				if json.Indent(&out, []byte(text), "", "  ") != nil {
					return text, nil
				}
				return out.String(), nil
			}
			raw, err := json.MarshalIndent(v, "", "  ")
			return string(raw), err
		},
		"color":      func(hue string, v any) string { return paint(hue, fmt.Sprint(v)) },
		"levelColor": func(v any) string { return paint(levelHue(fmt.Sprint(v)), fmt.Sprint(v)) },
		"toRFC3339Nano": func(v any) (string, error) {
			at, err := momentOf(v)
			return at.Format(time.RFC3339Nano), err
		},
		"toUTC": func(v any) (time.Time, error) {
			at, err := momentOf(v)
			return at.UTC(), err
		},
		"toTimestamp": func(v any, layout string, zone ...string) (string, error) {
			at, err := momentOf(v)
			if err == nil && len(zone) > 0 {
				var where *time.Location
				if where, err = time.LoadLocation(zone[0]); err == nil {
					at = at.In(where)
				}
			}
			return at.Format(layout), err
		},
	}
	for i, name := range []string{"Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White"} {
		hue := fmt.Sprintf("\x1b[%dm", 30+i)
		words["color"+name] = func(v any) string { return paint(hue, fmt.Sprint(v)) }
	}
	return words
}

func levelHue(level string) string {
	switch strings.ToLower(level) {
	case "trace", "debug":
		return "\x1b[35m"
	case "info":
		return "\x1b[34m"
	case "warn", "warning":
		return "\x1b[33m"
	case "error", "dpanic", "panic", "fatal", "critical":
		return "\x1b[31m"
	}
	return ""
}

// momentOf reads a time as logs have it: RFC 3339, or seconds since 1970.
func momentOf(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case float64:
		return time.UnixMilli(int64(v * 1000)).UTC(), nil
	case string:
		return time.Parse(time.RFC3339, v)
	}
	return time.Time{}, fmt.Errorf("%v is no time", v)
}
