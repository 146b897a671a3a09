package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// print writes the report in every format that was asked for.
func (s *scanCommand) print(r *report.Report, outputs []output) error {
	for _, o := range outputs {
		err := s.write(o, func(w io.Writer, terminal bool) error { return s.format(w, r, o.format, terminal) })
		if err != nil {
			return err
		}
	}
	return nil
}

// write has an output written to where it goes.
func (s *scanCommand) write(o output, print func(w io.Writer, terminal bool) error) error {
	if o.file == "" {
		if err := print(s.app.Out, true); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
		return nil
	}
	if err := save(o.file, func(w io.Writer) error { return print(w, false) }); err != nil {
		return withCode(exitUsage, fmt.Errorf("write %s: %w", o.file, err))
	}
	return nil
}

// save writes beside the file and renames, so that a report is whole or not there.
func save(file string, print func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".fn9s-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = print(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	return err
}

func (s *scanCommand) format(w io.Writer, r *report.Report, format string, terminal bool) error {
	switch format {
	case "json":
		return report.JSON(w, r)
	case "sarif":
		return report.SARIF(w, r, s.baseline != "")
	case "junit":
		return report.JUnit(w, r)
	case "openreports":
		return report.Objects(w, r, report.OpenReports)
	case "policyreport":
		return report.Objects(w, r, report.PolicyReport)
	case "markdown":
		return report.Markdown(w, r)
	case "html":
		return report.HTML(w, r)
	}
	style := &report.Style{Width: text.Width, Wide: format == "wide"}
	if theme, colored := s.app.colors(); colored && terminal {
		style.Paint = paintReport(theme)
	}
	return report.Table(w, r, style)
}

func paintReport(theme themes.Theme) func(report.Role, string, string) string {
	return func(role report.Role, word, s string) string {
		switch role {
		case report.GradeRole:
			return theme.Render(themes.Grade(word), s)
		case report.SeverityRole:
			return theme.Render(themes.Severity(word), s)
		case report.Heading:
			return theme.Render(themes.ColumnHeader, s)
		case report.Faint:
			return theme.Render(themes.Muted, s)
		}
		return s
	}
}
