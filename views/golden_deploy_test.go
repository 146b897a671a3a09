package views

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

const pinned = "registry.example.com/shop/crop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// deployFrames are the states of the form: how the shop is arranged, and what is pressed.
var deployFrames = map[string]shopFrame{
	"choose": {script: making("")},
	"choose refused": {arrange: func(s *viewtest.Shop) {
		s.NotServed = map[string]string{"knative": "prod-eu does not serve serving.knative.dev"}
	}, script: making("")},
	"choose denied":    {arrange: func(s *viewtest.Shop) { s.Refused = "prod-eu has not told its APIs yet" }, script: func(_ *testing.T, c *console, _ *viewtest.Shop) { c.press("+") }},
	"empty":            {script: making("plain")},
	"empty all":        {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("new plain")(c) }},
	"typing":           {script: written("crop", "")},
	"filled":           {script: written("crop", pinned)},
	"filled knative":   {script: filledKnative},
	"filled openwhisk": {script: filledOpenWhisk},
	"problems": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		written("Crop It", "shop/crop it")(t, c, s)
		c.press("esc", "M")
	}},
	"computing":       {script: computing},
	"computing again": {script: computingAgain},
	"not computed": {arrange: func(s *viewtest.Shop) {
		s.ProspectErr = errors.New("read what is around: dial tcp 10.0.0.1:6443: i/o timeout")
	}, script: making("plain")},
	"old": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		written("crop", pinned)(t, c, s)
		c.now = c.now.Add(42 * time.Second)
		c.send(tickMsg{})
	}},
	"secret value": {script: withVariable("DB_PASSWORD=" + newValue)},
	"defaults": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		written("crop", pinned)(t, c, s)
		c.press("esc", "G", "k", "k", "k")
	}},
	"given up": {script: givenUp},
	"objects": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		written("crop", pinned)(t, c, s)
		c.press("esc", "tab", "ctrl+d")
	}},
	"read-only": {arrange: func(s *viewtest.Shop) { s.ReadOnlyMode = true }, script: func(t *testing.T, c *console, s *viewtest.Shop) {
		written("crop", pinned)(t, c, s)
		c.press("esc", "G")
	}},
	"framework": {script: picked("framework")},
	"namespace": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("new plain")(c); c.press("enter") }},
	"trigger":   {script: withTrigger},
	"export": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		written("crop", pinned)(t, c, s)
		c.press("esc", "E")
	}},
	"plan": {script: func(t *testing.T, c *console, s *viewtest.Shop) {
		written("crop", pinned)(t, c, s)
		c.press("esc", "M")
	}},
	"file":         {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("new")(c); c.press("G", "enter") }},
	"file broken":  {script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("new /nowhere/stack.yml")(c) }},
	"file several": {arrange: several, script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("new ./stack.yml")(c) }},
	"file one":     {arrange: several, script: func(_ *testing.T, c *console, _ *viewtest.Shop) { command("new ./stack.yml")(c); c.press("enter") }},
	"copy":         {script: pressed("crunch-events", "N")},
	"reading": {script: func(_ *testing.T, c *console, _ *viewtest.Shop) {
		c.press(":").write("new ./stack.yml").held(keyOf("enter"))
	}},
}

// making opens the form in the namespace payments.
func making(framework string) func(*testing.T, *console, *viewtest.Shop) {
	return func(_ *testing.T, c *console, _ *viewtest.Shop) {
		command("ns payments")(c)
		command("new " + framework)(c)
	}
}

// written types a name, and an image.
func written(name, image string) func(*testing.T, *console, *viewtest.Shop) {
	return func(t *testing.T, c *console, s *viewtest.Shop) {
		making("plain")(t, c, s)
		c.write(name)
		if image != "" {
			c.press("tab").send(tea.PasteMsg{Content: image})
		}
	}
}

func filledKnative(t *testing.T, c *console, s *viewtest.Shop) {
	making("knative")(t, c, s)
	c.write("crop").press("tab").send(tea.PasteMsg{Content: pinned})
	c.press("esc")
}

// filledOpenWhisk asks for an action that only a connector makes, with a credential among its parameters.
func filledOpenWhisk(_ *testing.T, c *console, _ *viewtest.Shop) {
	command("ns openwhisk")(c)
	command("new openwhisk")(c)
	c.write("crop").press("esc").to("Image ").press("enter").write("shop/crop:3").press("esc")
	c.to("+ a variable").press("enter").write("DB_PASSWORD=" + newValue).press("esc")
	c.to("connector").press("enter").write("main").press("esc").to("tenant").press("enter").write("guest").press("esc")
}

func computing(t *testing.T, c *console, s *viewtest.Shop) {
	command("ns payments")(c)
	c.press(":").write("new plain").held(keyOf("enter"))
}

func computingAgain(t *testing.T, c *console, s *viewtest.Shop) {
	written("crop", pinned[:len(pinned)-1])(t, c, s)
	c.now = c.now.Add(3 * time.Second)
	c.held(keyOf("f"))
}

func withVariable(variable string) func(*testing.T, *console, *viewtest.Shop) {
	return func(t *testing.T, c *console, s *viewtest.Shop) {
		written("crop", pinned)(t, c, s)
		c.press("esc").to("+ a variable").press("enter").write(variable)
	}
}

func givenUp(t *testing.T, c *console, s *viewtest.Shop) {
	written("crop", pinned)(t, c, s)
	c.press("esc").to("non-root").press("space").to("seccomp").press("space")
}

func picked(field string) func(*testing.T, *console, *viewtest.Shop) {
	return func(t *testing.T, c *console, s *viewtest.Shop) {
		making("plain")(t, c, s)
		c.press("esc", "g", "enter")
	}
}

func withTrigger(t *testing.T, c *console, s *viewtest.Shop) {
	written("crop", pinned)(t, c, s)
	c.press("esc").to("+ a trigger").press("enter").write("http").press("enter").write("crop.example.com")
}

func several(s *viewtest.Shop) {
	image := func(name string) plan.DeployRequest {
		return plan.DeployRequest{Framework: "plain", Namespace: "payments", Name: name, Source: plan.Source{Image: "registry.example.com/shop/" + name + ":1"}}
	}
	s.FoundIn = map[string]*screen.Found{"./stack.yml": {From: "./stack.yml", Requests: []plan.DeployRequest{image("crop"), image("resize"), image("stamp")},
		Notes: []string{"stack.yml:7: functions.crop.build_args: nothing is built here"}}}
}

// to takes the cursor down to a line.
func (c *console) to(words string) *console {
	c.t.Helper()
	for range 80 {
		if strings.Contains(c.under(), words) {
			return c
		}
		c.press("j")
	}
	c.t.Fatalf("no line of %q:\n%s", words, c.text())
	return c
}

func TestDeployFrames(t *testing.T) {
	t.Parallel()
	drawShop(t, deployFrames)
}
