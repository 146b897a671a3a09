package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/terminal"
)

const (
	gallery = "../../screenshots"
	// surrender is how long nothing changes on a screen that is not going to be the picture.
	surrender = 40 * time.Second
)

var update = flag.Bool("update", false, "draw the pictures of the samples anew")

// console is the program under test: FN9S_BIN, or built from this work tree.
func console(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("FN9S_BIN"); given != "" {
		return given
	}
	path := filepath.Join(t.TempDir(), "fn9s")
	out, err := exec.Command("go", "build", "-o", path, "../fn9s").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// The pictures that are checked in are what the console draws.
func TestPicturesAreWhatTheConsoleDraws(t *testing.T) {
	s := &studio{fn9s: console(t), out: gallery}
	if *update {
		s.png = "rsvg-convert"
	}
	t.Run("all", func(t *testing.T) { // the console that was built stays until they are done
		for _, p := range pictures(samples) {
			t.Run(p.file(), func(t *testing.T) {
				t.Parallel()
				if *update {
					require.NoError(t, s.renew(t.Context(), &p))
					return
				}
				s.compare(t, &p)
			})
		}
	})
}

func (s *studio) compare(t *testing.T, p *picture) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join(s.out, p.file()+".svg"))
	require.NoError(t, err)
	term, leave, err := s.demo(p)
	require.NoError(t, err)
	defer leave()
	for now := term.Screen(); !bytes.Equal(p.draw(now), want); {
		shown := p.draw(now)
		now, err = term.WaitFor("change", surrender, func(s *terminal.Screen) bool { return !bytes.Equal(p.draw(s), shown) })
		if err != nil {
			t.Fatalf("the picture that is checked in is not drawn: %v\n%s\n%s", err, differences(want, shown),
				"If this is what it is to look like: go test ./cmd/screenshots -update, or make screenshots.")
		}
	}
}

// differences are the first lines in which two drawings differ.
func differences(want, got []byte) string {
	const most = 6
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	var out []string
	for i := 0; i < max(len(a), len(b)) && len(out) < most; i++ {
		was, is := "", ""
		if i < len(a) {
			was = a[i]
		}
		if i < len(b) {
			is = b[i]
		}
		if was != is {
			out = append(out, fmt.Sprintf("line %d: checked in %s\n        drawn now  %s", i+1, was, is))
		}
	}
	return strings.Join(out, "\n")
}

// A PNG is made from the drawing beside it, and nothing lies among the pictures that no scene draws.
func TestPicturesAreAllOfScenes(t *testing.T) {
	cluster := filepath.Join(gallery, "cluster")
	want := map[string]bool{cluster: true, filepath.Join(cluster, tour.name+".cast"): true}
	for folder, scenes := range map[string][]scene{gallery: samples, cluster: live} {
		for _, p := range pictures(scenes) {
			base := filepath.Join(folder, p.file())
			want[base+".svg"] = true
			drawing, err := os.ReadFile(base + ".svg")
			require.NoError(t, err)
			if !p.png {
				continue
			}
			want[base+".png"] = true
			picture, err := os.ReadFile(base + ".png")
			require.NoError(t, err)
			assert.NoError(t, made(picture, drawing), "%s.png: make screenshots draws it anew", base)
			assert.LessOrEqual(t, len(picture), maxPNG, base)
		}
	}
	for _, pattern := range []string{"*", "cluster/*"} {
		found, err := filepath.Glob(filepath.Join(gallery, pattern))
		require.NoError(t, err)
		for _, path := range found {
			assert.True(t, want[path], "no scene draws %s", path)
		}
	}
}

// The recording can be played, and ends where the tour does.
func TestTheRecordingPlays(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(gallery, "cluster", tour.name+".cast"))
	require.NoError(t, err)
	head, events, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	assert.Contains(t, head, fmt.Sprintf(`{"version":2,"width":%d,"height":%d,`, tour.cols, tour.rows))
	dir, last := t.TempDir(), 0.0
	var all strings.Builder
	for line := range strings.Lines(events) {
		var event [3]any
		require.NoError(t, json.Unmarshal([]byte(line), &event))
		require.GreaterOrEqual(t, event[0].(float64), last, "time goes on")
		last = event[0].(float64)
		all.WriteString(event[2].(string))
	}
	path := filepath.Join(dir, "written")
	require.NoError(t, os.WriteFile(path, []byte(all.String()), 0o600))
	term, err := terminal.Start(terminal.Options{Args: []string{"sh", "-c", `stty raw -echo; cat "$0"; exec cat`, path}, Cols: tour.cols, Rows: tour.rows})
	require.NoError(t, err)
	defer term.Close()
	_, err = term.WaitText(patience, tour.steps[len(tour.steps)-1].see...)
	assert.NoError(t, err)
}

var shown = regexp.MustCompile(`screenshots/[\w./-]*\.\w+`)

func TestTheReadmeShowsPicturesThatExist(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	names := shown.FindAllString(string(readme), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		assert.FileExists(t, filepath.Join("../..", name))
	}
}

func TestScenesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range append(pictures(samples), pictures(live)...) {
		assert.False(t, seen[p.file()], p.file())
		seen[p.file()] = true
		assert.True(t, p.cols >= 80 && p.rows >= 24, p.name)
	}
}
