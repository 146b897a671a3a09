package main

import (
	"strings"

	"github.com/fn9s/fn9s/cmd/screenshots/svg"
	"github.com/fn9s/fn9s/cmd/terminal"
)

// scene is what somebody looks at, and which keys lead there.
type scene struct {
	name       string
	cols, rows int
	args       []string
	env        []string
	png        bool   // for the README
	dark       bool   // is drawn on a dark background only
	as         string // operator; empty: admin
	cut        bool   // the connection is cut when the list is complete
	steps      []step
}

// step is keys, text or both, and what the screen then shows.
type step struct {
	key  string
	text string
	see  []string
}

// picture is a scene on a light or a dark background.
type picture struct {
	*scene
	light bool
}

func pictures(of []scene) (all []picture) {
	for i := range of {
		all = append(all, picture{scene: &of[i]})
		if !of[i].dark {
			all = append(all, picture{scene: &of[i], light: true})
		}
	}
	return all
}

// file is the name of the picture without its ending.
func (p picture) file() string {
	if p.light {
		return p.name + "-light"
	}
	return p.name
}

func (p picture) draw(screen *terminal.Screen) []byte {
	if p.light {
		return svg.Draw(screen, &svg.Light)
	}
	return svg.Draw(screen, &svg.Dark)
}

// play presses the keys of a scene, each when the one before has shown its effect.
func (c *scene) play(t *terminal.Terminal) error {
	for _, s := range c.steps {
		if err := s.play(t); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) play(t *terminal.Terminal) error {
	if s.key != "" {
		if err := t.Send(s.key); err != nil {
			return err
		}
	}
	see := s.see
	if s.text != "" {
		prompt := func(now *terminal.Screen) bool { return strings.HasPrefix(now.Line(now.Rows-1), s.key) }
		if _, err := t.WaitFor("prompt", patience, prompt); err != nil {
			return err
		}
		if err := t.Type(s.text); err != nil {
			return err
		}
		see = append(see[:len(see):len(see)], s.key+s.text)
	}
	_, err := t.WaitText(patience, see...)
	return err
}

// about looks at one function, by the key of a screen.
func about(name, key string, see ...string) []step {
	return []step{{key: "/", text: name}, {key: "enter", see: []string{"filter: " + name}}, {key: key, see: see}}
}

func command(line string, see ...string) []step {
	return []step{{key: ":", text: line}, {key: "enter", see: see}}
}

// then are steps and more of them.
func then(steps []step, more ...step) []step { return append(steps[:len(steps):len(steps)], more...) }
