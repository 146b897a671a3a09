package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestTheManualNamesEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	root := newRoot(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}, t.TempDir())
	page := manual(root)
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if c.HasParent() && c.IsAvailableCommand() {
			assert.Contains(t, page, ".SS "+roff(c.CommandPath()))
		}
		each := func(f *pflag.Flag) {
			if !f.Hidden {
				assert.Contains(t, page, roff("--"+f.Name), c.CommandPath())
			}
		}
		c.LocalNonPersistentFlags().VisitAll(each)
		c.PersistentFlags().VisitAll(each)
		for _, below := range c.Commands() {
			check(below)
		}
	}
	check(root)
	for line := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(line, ".") {
			assert.Regexp(t, `^\.(TH|SH|SS|PP|TP|B|I|nf|fi)( |$)`, line)
		}
	}
	if groff, err := exec.LookPath("groff"); err == nil {
		c := exec.CommandContext(t.Context(), groff, "-man", "-ww", "-Tutf8")
		c.Stdin = strings.NewReader(page)
		var said bytes.Buffer
		c.Stderr = &said
		require.NoError(t, c.Run())
		assert.Empty(t, said.String())
	}
}

func TestTextInTheManualIsNoRequest(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `\&.so /etc/passwd`+"\n"+`\&'x \e\-\-y`, roff(".so /etc/passwd\n'x \\--y\x1b[2J"))
}
