package table

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// function is the row of these tests: what a functions screen would show.
type function struct {
	namespace, name           string
	framework, runtime        string
	ready, want               int
	triggers, exposure, state string
	secrets, blast            int
	grade                     string
	cpu, mem                  int
	created                   time.Time
	image                     string
}

type key struct{ namespace, name string }

var clock = time.Date(2026, 8, 14, 12, 0, 0, 0, time.UTC)

func keyOf(f *function) key { return key{f.namespace, f.name} }

func compareKeys(a, b key) int {
	return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
}

func textColumn(id, title string, priority int, get func(*function) string) Column[*function] {
	return Column[*function]{
		ID: id, Title: title, Priority: priority,
		Cell:    func(f *function, _ time.Time) Cell { return Cell{Text: get(f)} },
		Compare: func(a, b *function) int { return cmp.Compare(get(a), get(b)) },
	}
}

func numberColumn(id, title string, priority int, unit string, get func(*function) int) Column[*function] {
	return Column[*function]{
		ID: id, Title: title, Priority: priority, Align: text.Right, DescFirst: true,
		Cell: func(f *function, _ time.Time) Cell {
			if get(f) == 0 {
				return Cell{Text: "–", Role: themes.Muted}
			}
			return Cell{Text: fmt.Sprintf("%d%s", get(f), unit)}
		},
		Compare: func(a, b *function) int { return cmp.Compare(get(a), get(b)) },
	}
}

func functionColumns() []Column[*function] {
	name := textColumn("name", "NAME", 100, func(f *function) string { return f.name })
	name.Frozen, name.Flex, name.Min = true, 1, 16
	ready := textColumn("ready", "READY", 90, nil)
	ready.Cell = func(f *function, _ time.Time) Cell {
		if f.want == 0 {
			return Cell{Text: "idle", Role: themes.StateIdle}
		}
		role := themes.StateReady
		if f.ready < f.want {
			role = themes.StateFailed
		}
		return Cell{Text: fmt.Sprintf("%d/%d", f.ready, f.want), Role: role}
	}
	ready.Compare = func(a, b *function) int { return cmp.Compare(a.ready-a.want, b.ready-b.want) }
	exposed := textColumn("exposed", "EXPOSED", 90, func(f *function) string { return f.exposure })
	exposed.Cell = func(f *function, _ time.Time) Cell {
		return Cell{Text: f.exposure, Role: themes.Exposure(f.exposure)}
	}
	blast := numberColumn("blast", "BLAST", 50, "", func(f *function) int { return f.blast })
	grade := textColumn("grade", "GRADE", 90, func(f *function) string { return f.grade })
	grade.Cell = func(f *function, _ time.Time) Cell {
		c := Cell{Text: f.grade, Role: themes.Grade(f.grade)}
		if f.state == "failed" {
			c.Badge, c.BadgeRole = "new", themes.Badge
		}
		return c
	}
	grade.DescFirst = true
	age := Column[*function]{
		ID: "age", Title: "AGE", Priority: 20, Align: text.Right, Ages: true,
		Cell: func(f *function, now time.Time) Cell {
			return Cell{Text: text.Age(now.Sub(f.created)), Role: themes.Muted}
		},
		Compare: func(a, b *function) int { return b.created.Compare(a.created) },
	}
	image := textColumn("image", "IMAGE", 5, func(f *function) string { return f.image })
	image.Wide, image.Max = true, 60
	return []Column[*function]{
		textColumn("framework", "FRAMEWORK", 60, func(f *function) string { return f.framework }),
		name, ready,
		textColumn("runtime", "RUNTIME", 30, func(f *function) string { return f.runtime }),
		textColumn("triggers", "TRIGGERS", 35, func(f *function) string { return f.triggers }),
		exposed,
		numberColumn("secrets", "SECRETS", 25, "", func(f *function) int { return f.secrets }),
		blast, grade,
		numberColumn("cpu", "CPU", 40, "m", func(f *function) int { return f.cpu }),
		numberColumn("mem", "MEM", 40, "Mi", func(f *function) int { return f.mem }),
		age, image,
	}
}

func makeFunction(i int) *function {
	pick := func(of ...string) string { return of[i%len(of)] }
	f := &function{
		namespace: fmt.Sprintf("team-%02d", i%17),
		name:      fmt.Sprintf("%s-%05d", pick("charge-card", "refund", "resize", "mail", "thumbnail-maker"), i),
		framework: pick("openfaas", "kubeless", "knative", "fission", "nuclio", "plain", "openwhisk"),
		runtime:   pick("node20", "python3.9", "go", "java17"),
		ready:     i % 3, want: (i % 3) + (i%11)/10,
		triggers: pick("http", "cron", "http,event"), exposure: pick("private", "cluster", "internet!", "none", "namespace"),
		state: pick("ready", "ready", "failed"), secrets: i % 4, blast: i % 6, grade: pick("A", "B?", "C", "D", "F"),
		cpu: (i * 7) % 400, mem: (i * 13) % 900,
		created: clock.Add(-time.Duration(i*i%90_000) * time.Minute),
		image:   fmt.Sprintf("registry.example.com/team/fn:%d", i),
	}
	return f
}

func makeFunctions(n int) []*function {
	out := make([]*function, n)
	for i := range out {
		out[i] = makeFunction(i)
	}
	return out
}

func newTable(w, h int, theme string) *Table[key, *function] {
	th, err := themes.ByName(theme)
	if err != nil {
		panic(err)
	}
	t := New(Config[key, *function]{
		Key: keyOf, CompareKeys: compareKeys, Columns: functionColumns(), SortBy: "name", Noun: "functions",
		RowRole: func(f *function) themes.Role {
			if f.state == "opaque" {
				return themes.StateOpaque
			}
			return themes.Text
		},
	}, th)
	t.SetSize(w, h)
	t.SetNow(clock)
	return t
}

func filledTable(n, w, h int) *Table[key, *function] {
	t := newTable(w, h, "default")
	t.Apply(makeFunctions(n), nil)
	t.SetReady()
	return t
}

func names(rows []*function) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.name
	}
	return strings.Join(out, " ")
}
