package security

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// AddException writes an accepted risk behind those of a file. What the file holds stays as it is, comments and order
// included. A file that it could only change by writing it anew is refused.
func AddException(file string, data []byte, e *snapshot.Exception, now time.Time) ([]byte, error) {
	if strings.TrimSpace(e.Reason) == "" {
		return nil, errors.New("an accepted risk needs a reason")
	}
	before, wrong := ParseExceptions(file, data, now)
	column, err := entryColumn(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	entry, err := exceptionText(e, column)
	if err != nil {
		return nil, err
	}
	out := bytes.Clone(data)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	out = append(out, entry...)
	// The file is the operator's: what was written must say what was meant, and nothing else may say anything else.
	after, problems := ParseExceptions(file, out, now)
	if len(problems) > len(wrong) {
		return nil, problems[len(problems)-1]
	}
	if len(after) != len(before)+1 || !sameException(&after[len(before)], e) {
		return nil, fmt.Errorf("%s is written in a way that fn9s does not continue: add this by hand:\n%s", file, entry)
	}
	for i := range before {
		if !sameException(&after[i], &before[i]) {
			return nil, fmt.Errorf("%s is written in a way that fn9s does not continue: add this by hand:\n%s", file, entry)
		}
	}
	return out, nil
}

func sameException(a, b *snapshot.Exception) bool {
	return a.Control == b.Control && a.Reason == strings.TrimSpace(b.Reason) && a.Owner == b.Owner && a.Until.Equal(b.Until) &&
		strings.Join(a.Functions, "\n") == strings.Join(b.Functions, "\n")
}

// entryColumn is how far the entries of the file are indented.
func entryColumn(data []byte) (int, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return 0, fmt.Errorf("read exceptions: %w", err)
	}
	if len(root.Content) == 0 || root.Content[0].Tag == "!!null" && strings.TrimSpace(root.Content[0].Value) == "" {
		return 0, nil
	}
	list := root.Content[0]
	if list.Kind != yaml.SequenceNode {
		return 0, errors.New("it holds no list of exceptions")
	}
	if list.Style&yaml.FlowStyle != 0 {
		return 0, errors.New("it holds its list in brackets: write one entry a line, each behind a dash, and fn9s can add to it")
	}
	return list.Column - 1, nil
}

// exceptionText is the entry as it stands in the file.
func exceptionText(e *snapshot.Exception, indent int) ([]byte, error) {
	functions := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, f := range e.Functions {
		functions.Content = append(functions.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.SingleQuotedStyle, Value: f})
	}
	entry := &yaml.Node{Kind: yaml.MappingNode}
	put := func(key string, value *yaml.Node) {
		entry.Content = append(entry.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	}
	word := func(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }
	put("control", word(e.Control))
	put("functions", functions)
	put("reason", word(strings.Join(strings.Fields(e.Reason), " ")))
	if e.Owner != "" {
		put("owner", word(e.Owner))
	}
	put("until", &yaml.Node{Kind: yaml.ScalarNode, Value: e.Until.AddDate(0, 0, -1).Format(day)})
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{entry}}); err != nil {
		return nil, fmt.Errorf("write exception: %w", err)
	}
	lines := strings.SplitAfter(out.String(), "\n")
	var b strings.Builder
	for _, l := range lines {
		if l != "" {
			b.WriteString(strings.Repeat(" ", indent) + l)
		}
	}
	return []byte(b.String()), nil
}

// ExceptionGlob is the pattern that names one function and no other.
func ExceptionGlob(key model.FunctionKey) string {
	literal := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)
	return literal.Replace(key.Namespace) + "/" + literal.Replace(key.Name)
}

// ExceptionEnd reads the last day of an exception, and returns the moment from which it does not count any more.
func ExceptionEnd(date string, now time.Time) (time.Time, error) {
	end, err := until(strings.TrimSpace(date), now)
	if err == nil && !now.Before(end) {
		return end, fmt.Errorf("until %s is in the past", date)
	}
	return end, err
}
