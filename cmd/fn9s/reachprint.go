package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

func (c *reachCommand) print(r *snapshot.Reader, q reach.Question) error {
	switch c.output {
	case "json":
		return c.printJSON(r, q)
	case "csv":
		return c.printCSV(r, q)
	case "dot":
		return c.printDOT(r, q)
	}
	return c.printTable(r, q)
}

// endText names an endpoint for readers.
func endText(e *reach.Endpoint) string {
	switch {
	case e.Entry:
		return "ingress-controller"
	case e.Workload.Name != "":
		return clean(e.Workload.Kind + " " + e.Workload.Namespace + "/" + e.Workload.Name)
	}
	return e.Range.String()
}

func policyNames(by []model.Ref) string {
	var out []string
	for _, b := range by {
		out = append(out, clean(b.String()))
	}
	return strings.Join(out, ", ")
}

// printTable prints the certain connections, then the others.
func (c *reachCommand) printTable(r *snapshot.Reader, q reach.Question) error {
	row := func(words ...string) []cell {
		var line []cell
		for _, w := range words {
			line = append(line, cell{text: w})
		}
		return line
	}
	titles := row("SOURCE", "DESTINATION", "PORTS")
	if c.explain {
		titles = append(titles, cell{text: "BY"})
	}
	lines := [][]cell{titles}
	open := [][]cell{append(titles[:len(titles):len(titles)], cell{text: "REASON"})}
	texts := map[*reach.Endpoint]string{}
	text := func(e *reach.Endpoint) string {
		if texts[e] == "" {
			texts[e] = endText(e)
		}
		return texts[e]
	}
	reach.Connections(r, q, func(k reach.Connection) bool {
		line := row(text(k.Source), text(k.Destination), k.Ports.String())
		if c.explain {
			line = append(line, cell{text: policyNames(k.By)})
		}
		if k.Certain {
			lines = append(lines, line)
		} else {
			open = append(open, append(line, cell{text: clean(k.Reason)}))
		}
		return true
	})
	if len(lines) == 1 && len(open) == 1 {
		_, err := fmt.Fprintln(c.app.ErrOut, "No connection is allowed.")
		return err
	}
	if err := printTable(c.app.Out, lines); err != nil || len(open) == 1 {
		return err
	}
	if err := write(c.app.Out, "\nLeft open:\n"); err != nil {
		return err
	}
	return printTable(c.app.Out, open)
}

func (c *reachCommand) printCSV(r *snapshot.Reader, q reach.Question) error {
	records := [][]string{{"source", "destination", "ports", "certain", "by", "reason"}}
	reach.Connections(r, q, func(k reach.Connection) bool {
		certain := "yes"
		if !k.Certain {
			certain = "no"
		}
		records = append(records, []string{endText(k.Source), endText(k.Destination), k.Ports.String(), certain, policyNames(k.By), k.Reason})
		return true
	})
	return printCSV(c.app.Out, records)
}

// printDOT draws the certain connections with lines, the others with dashes.
func (c *reachCommand) printDOT(r *snapshot.Reader, q reach.Question) error {
	w := bufio.NewWriterSize(c.app.Out, 64<<10)
	_, _ = w.WriteString("digraph reach {\n\trankdir=LR;\n\tnode [shape=box];\n")
	reach.Connections(r, q, func(k reach.Connection) bool {
		style := ""
		if !k.Certain {
			style = ", style=dashed"
		}
		label := k.Ports.String()
		if c.explain && len(k.By) > 0 {
			label += " by " + policyNames(k.By)
		}
		_, err := fmt.Fprintf(w, "\t%s -> %s [label=%s%s];\n", quoted(endText(k.Source)), quoted(endText(k.Destination)), quoted(label), style)
		return err == nil
	})
	_, _ = w.WriteString("}\n") // Flush returns the first error
	return flush(w)
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func flush(w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// connectionWriter writes connections one by one: there may be a million of them.
type connectionWriter struct {
	*bufio.Writer
	ends  map[*reach.Endpoint]string
	ports map[string]string
	first bool
}

func (c *reachCommand) printJSON(r *snapshot.Reader, q reach.Question) error {
	w := &connectionWriter{Writer: bufio.NewWriterSize(c.app.Out, 256<<10), ends: map[*reach.Endpoint]string{}, ports: map[string]string{}}
	_, _ = w.WriteString(`{"connections": [`)
	w.first = true
	var open []reach.Connection
	reach.Connections(r, q, func(k reach.Connection) bool {
		if !k.Certain {
			open = append(open, k)
			return true
		}
		return w.connection(&k, c.explain)
	})
	_, _ = w.WriteString("\n],\n\"uncertain\": [")
	w.first = true
	for i := range open {
		w.connection(&open[i], c.explain)
	}
	_, _ = w.WriteString("\n]}\n")
	return flush(w.Writer)
}

// connection writes one connection, and reports whether it could.
func (w *connectionWriter) connection(k *reach.Connection, explain bool) bool {
	comma := ",\n"
	if w.first {
		comma, w.first = "\n", false
	}
	for _, s := range []string{comma, `  {"src": `, w.end(k.Source), `, "dst": `, w.end(k.Destination), `, "conns": `, w.conns(k.Ports)} {
		_, _ = w.WriteString(s)
	}
	if !k.Certain {
		_, _ = w.WriteString(`, "reason": ` + jsonText(k.Reason))
	}
	if explain {
		by := make([]jsonEnd, 0, len(k.By))
		for _, b := range k.By {
			by = append(by, jsonEnd{Kind: b.Kind, Namespace: b.Namespace, Name: b.Name})
		}
		_, _ = w.WriteString(`, "by": ` + jsonText(by))
	}
	_, err := w.WriteString("}")
	return err == nil
}

// jsonEnd is an endpoint in the document.
type jsonEnd struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Range     string `json:"range,omitempty"`
}

func (w *connectionWriter) end(e *reach.Endpoint) string {
	text, ok := w.ends[e]
	if !ok {
		one := jsonEnd{Kind: e.Workload.Kind, Namespace: e.Workload.Namespace, Name: e.Workload.Name}
		switch {
		case e.Entry:
			one = jsonEnd{Kind: "special", Name: "ingress-controller"}
		case e.Workload.Name == "":
			one = jsonEnd{Kind: "ip", Range: e.Range.String()}
		}
		text = jsonText(one)
		w.ends[e] = text
	}
	return text
}

// conns writes ports as `"all"` or as lists by protocol.
func (w *connectionWriter) conns(p reach.Ports) string {
	if p.All() {
		return `"all"`
	}
	key := p.String()
	text, ok := w.ports[key]
	if !ok {
		lists := map[string][]string{}
		for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP, reach.SCTP} {
			if l := p.Lists(protocol); len(l) > 0 {
				lists[protocol.String()] = l
			}
		}
		text = jsonText(lists)
		w.ports[key] = text
	}
	return text
}

// jsonText writes a value in one line.
func jsonText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return escape(string(raw))
}
