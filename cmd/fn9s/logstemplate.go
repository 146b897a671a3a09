package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fn9s/fn9s/cmd/fn9s/template"
	"github.com/fn9s/fn9s/kube/stream/logs"
)

// What templates know, for the help.
var (
	templateFields    = wrapWords(template.Fields(), 90)
	templateFunctions = wrapWords(template.Functions(), 118)
)

// wrapWords writes words in lines of a width.
func wrapWords(words []string, width int) string {
	var b strings.Builder
	at := 0
	for i, w := range words {
		switch {
		case i == 0:
		case at+1+len(w) > width:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(w)
		at += len(w)
	}
	return b.String()
}

// maxTemplateFile is more than a template may have: what is longer is refused by its length.
const maxTemplateFile = 1 << 17

// parseTemplate reads the template of the flags; nil: none is wanted.
func (l *logsCommand) parseTemplate(colored bool) (*template.Template, error) {
	name, text := "--template", l.template
	switch {
	case l.template == "" && l.templateFile == "":
		return nil, nil
	case l.template != "" && l.templateFile != "":
		return nil, usageError("--template and --template-file: use one of them")
	case l.output != "default":
		return nil, usageError("-o %s and %s: use one of them", l.output, name)
	case l.templateFile != "":
		file, err := os.Open(l.templateFile)
		if err != nil {
			return nil, usageError("--template-file: %v", err)
		}
		defer func() { _ = file.Close() }() // it is only read
		data, err := io.ReadAll(io.LimitReader(file, maxTemplateFile))
		if err != nil {
			return nil, usageError("--template-file: read %s: %v", l.templateFile, err)
		}
		name, text = l.templateFile, string(data)
	}
	t, err := template.Parse(name, text, colored)
	if err != nil {
		return nil, usageError("%v", err)
	}
	return t, nil
}

// byTemplate prints a line by the template. One that it fails on is told: it is not lost in silence.
func (p *linePrinter) byTemplate(s *printed, l *logs.Line) error {
	message := string(l.Text)
	if len(p.highlight) > 0 && p.colored {
		message = p.mark(clean(message))
	}
	if l.Cut > 0 {
		message += fmt.Sprintf("… (%d more bytes)", l.Cut)
	}
	if p.stamp != "" {
		message = l.Time.Local().Format(p.stamp) + " " + message
	}
	line := template.Line{Message: message, Namespace: s.Namespace, Pod: s.Pod, Container: s.Container, Context: s.Function.Context,
		Framework: s.Function.Framework, Function: s.Function.Name, Time: l.Time, ContainerColor: s.hue}
	if s.hue != "" {
		line.PodColor = s.hue + bold
	}
	out, err := p.template.Append(p.buf, &line)
	if err != nil {
		_, _ = fmt.Fprintln(p.errOut, clean(inOneLine(s.Namespace+"/"+s.Pod+" › "+s.Container, "the template fails on a line", err.Error())))
		return nil
	}
	p.buf = out
	_, err = p.out.Write(p.buf)
	return err
}
