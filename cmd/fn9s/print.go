package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/ui/text"
)

// checkFormat refuses an output format that the command does not have.
func checkFormat(format string, known ...string) error {
	if format == "" || slices.Contains(known, format) {
		return nil
	}
	return usageError("-o %q: use one of %s", format, strings.Join(known, ", "))
}

// printJSON prints a document. Characters that a terminal would obey, or not show, are escaped.
func printJSON(w io.Writer, document any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return write(w, escape(b.String()))
}

// printLine prints a document as one line of JSON.
func printLine(w io.Writer, document any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return write(w, escape(b.String()))
}

// escape writes what a terminal would obey, or not show, as JSON does it.
func escape(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r):
			out.WriteRune(r)
		case r > 0xffff:
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// printYAML prints a document. YAML would show some of the characters that JSON escapes, so they are taken out.
func printYAML(w io.Writer, document any) error {
	raw, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("print YAML: %w", err)
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		return fmt.Errorf("print YAML: %w", err)
	}
	if raw, err = json.Marshal(cleanTree(tree)); err != nil {
		return fmt.Errorf("print YAML: %w", err)
	}
	out, err := yaml.JSONToYAML(raw)
	if err != nil {
		return fmt.Errorf("print YAML: %w", err)
	}
	return write(w, string(out))
}

func cleanTree(v any) any {
	switch v := v.(type) {
	case string:
		return text.CleanMultiline(v)
	case []any:
		for i := range v {
			v[i] = cleanTree(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = cleanTree(v[k])
		}
	}
	return v
}

func write(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// cell is one cell of a printed table.
type cell struct {
	text  string
	right bool
	paint func(string) string // nil: as it is
}

// printTable prints rows in columns, three spaces apart, as kubectl does.
func printTable(w io.Writer, rows [][]cell) error {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], text.Width(c.text))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, c := range row {
			pad := text.Spaces(widths[i] - text.Width(c.text))
			if c.right {
				b.WriteString(pad)
			}
			if c.paint != nil {
				b.WriteString(c.paint(c.text))
			} else {
				b.WriteString(c.text)
			}
			if i == len(row)-1 {
				break
			}
			if !c.right {
				b.WriteString(pad)
			}
			b.WriteString("   ")
		}
		b.WriteByte('\n')
	}
	return write(w, b.String())
}

// printCSV prints records as RFC 4180 asks. A spreadsheet would run a text that begins like a formula: such a text
// gets an apostrophe in front.
func printCSV(w io.Writer, records [][]string) error {
	c := csv.NewWriter(w)
	for _, record := range records {
		safe := make([]string, len(record))
		for i, s := range record {
			safe[i] = text.Clean(s)
			if safe[i] != "" && strings.ContainsRune("=+-@", rune(safe[i][0])) {
				safe[i] = "'" + safe[i]
			}
		}
		if err := c.Write(safe); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
