package columns

import (
	"math"
	"strconv"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/query"
)

// What the pods of a function use. It is drawn only where it can be measured.
var (
	cpuColumn = usageColumn(Column{ID: "cpu", Title: "CPU", About: "CPU that its pods use", Priority: 10, Min: 4, Max: 7,
		Kind: query.Quantity, Cell: usageCell(func(u *metrics.Usage) string { return CPU(u.Amount) })},
		func(u *metrics.Usage) (float64, bool) { return float64(u.Millicores()) / 1000, true })
	memoryColumn = usageColumn(Column{ID: "mem", Title: "MEM", About: "memory that its pods use", Priority: 10, Min: 4, Max: 8,
		Aliases: []string{"memory"}, Kind: query.Quantity, Cell: usageCell(func(u *metrics.Usage) string { return Memory(u.Amount) })},
		func(u *metrics.Usage) (float64, bool) { return float64(u.Mebibytes() << 20), true })

	cpuRequestColumn = shareColumn("cpu/r", "%CPU/R", "CPU that its pods use, of what they request", "cpu-request", 18,
		func(u *metrics.Usage) (int64, int64) { return u.CPU, u.Request.CPU }, math.MaxFloat64)
	cpuLimitColumn = shareColumn("cpu/l", "%CPU/L", "CPU that its pods use, of their limit", "cpu-limit", 12,
		func(u *metrics.Usage) (int64, int64) { return u.CPU, u.Limit.CPU }, nearLimit)
	memoryLimitColumn = shareColumn("mem/l", "%MEM/L", "memory that its pods use, of their limit", "mem-limit", 12,
		func(u *metrics.Usage) (int64, int64) { return u.Memory, u.Limit.Memory }, nearLimit)

	cpuSparkColumn    = sparkColumn("cpu-history", "CPU 10 MIN", "CPU of the last ten minutes", 11, func(u *metrics.Usage) metrics.Spark { return u.CPUSpark })
	memorySparkColumn = sparkColumn("mem-history", "MEM 10 MIN", "memory of the last ten minutes", 18, func(u *metrics.Usage) metrics.Spark { return u.MemorySpark })
)

// nearLimit is from how many percent of a limit on a cell warns.
const nearLimit = 90

func usageColumn(c Column, value func(*metrics.Usage) (float64, bool)) Column {
	c.Right, c.WorstFirst, c.Live = true, true, true
	c.When = func(s Scope) bool { return s.Usage }
	if c.Role == nil {
		c.Role = func(r *board.Row) themes.Role { return usageRole(r, themes.Text) }
	}
	c.Number = func(r *board.Row, _ time.Time) (n, of float64, known bool) {
		if r.Usage != nil {
			n, known = value(r.Usage)
		}
		return n, 0, known
	}
	c.Rank = func(r *board.Row) float64 {
		if n, _, known := c.Number(r, time.Time{}); known {
			return n
		}
		return -1
	}
	return c
}

func usageRole(r *board.Row, role themes.Role) themes.Role {
	switch {
	case r.Usage == nil:
		return themes.Muted
	case r.Usage.Stale:
		return themes.Stale
	}
	return role
}

func usageCell(text func(*metrics.Usage) string) func(*board.Row, time.Time) string {
	return func(r *board.Row, _ time.Time) string {
		if r.Usage == nil {
			return ""
		}
		return text(r.Usage)
	}
}

// shareColumn is a percentage of what is requested or allowed. It warns from a value on.
func shareColumn(id, title, about, alias string, priority int, of func(*metrics.Usage) (used, all int64), warns float64) Column {
	share := func(u *metrics.Usage) (float64, bool) {
		used, all := of(u)
		if all <= 0 {
			return 0, false
		}
		return math.Round(100 * float64(used) / float64(all)), true
	}
	return usageColumn(Column{ID: id, Title: title, About: about, Wide: true, Priority: priority, Min: 4, Max: 6, Kind: query.Number,
		Aliases: []string{alias},
		Cell: usageCell(func(u *metrics.Usage) string {
			n, ok := share(u)
			if !ok {
				return ""
			}
			return strconv.Itoa(int(n)) + "%"
		}),
		Role: func(r *board.Row) themes.Role {
			if r.Usage != nil {
				if n, ok := share(r.Usage); ok && n >= warns {
					return usageRole(r, themes.Warning)
				}
			}
			return usageRole(r, themes.Text)
		}}, share)
}

func sparkColumn(id, title, about string, priority int, of func(*metrics.Usage) metrics.Spark) Column {
	c := usageColumn(Column{ID: id, Title: title, About: about, Wide: true, Priority: priority, Min: metrics.Bars, Max: metrics.Bars,
		Role: func(r *board.Row) themes.Role { return usageRole(r, themes.Series1) },
		Cell: usageCell(func(u *metrics.Usage) string { return Bars(of(u)) })},
		func(u *metrics.Usage) (float64, bool) { return 0, false })
	c.Right, c.Number, c.Rank = false, nil, nil
	return c
}

var bars = [...]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// Bars draws a short history; empty when nothing of it was measured.
func Bars(s metrics.Spark) string {
	if s == (metrics.Spark{}) {
		return ""
	}
	b := make([]byte, 0, 3*len(s))
	for _, h := range s {
		b = append(b, bars[min(int(h), len(bars)-1)]...)
	}
	return string(b)
}

// CPU writes an amount of CPU as kubectl does: 12m.
func CPU(a metrics.Amount) string { return strconv.FormatInt(a.Millicores(), 10) + "m" }

// Memory writes an amount of memory in MiB as kubectl does, and what is more than ten thousand of them in GiB.
func Memory(a metrics.Amount) string {
	if m := a.Mebibytes(); m < 10_000 {
		return strconv.FormatInt(m, 10) + "Mi"
	}
	return strconv.FormatFloat(float64(a.Memory)/(1<<30), 'f', 1, 64) + "Gi"
}
