package query

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// benchRow answers by index, as a table row does.
type benchRow struct {
	text   string
	fields [13]Value
	labels map[string]string
}

func (r *benchRow) Text() string              { return r.text }
func (r *benchRow) Field(column int) Value    { return r.fields[column] }
func (r *benchRow) Labels() map[string]string { return r.labels }

func benchRows(n int) []benchRow {
	rows := make([]benchRow, n)
	for i := range rows {
		name := fmt.Sprintf("function-%05d-of-team-%03d", i, i%997)
		rows[i].text = name + " openfaas 2/2 node20 http,cron private 3 baseline 3 namespace D 12m 64Mi 4d ghcr.io/acme/charge-card:1.2.3"
		rows[i].labels = map[string]string{"app": name, "tier": "prod"}
		rows[i].fields[0] = known(name, 0)
		rows[i].fields[6] = known("D", float64(i%5))
	}
	return rows
}

func BenchmarkFilter50k(b *testing.B) {
	rows := benchRows(50_000)
	for _, text := range []string{"team-042 grade>=D", "team-042 refund", "~fnct42", "/team-0[0-9]+2/", "/team-04[0-9]+2/", "-l tier=dev", "name=*42"} {
		b.Run(text, func(b *testing.B) {
			f, err := ParseFilter(text, testColumns)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for i := range rows {
					if f.Match(&rows[i]) {
						n++
					}
				}
			}
		})
	}
}

func TestMatchingDoesNotAllocate(t *testing.T) {
	row := &benchRows(1)[0]
	for _, text := range []string{"team-000 grade>=A", "~fnct0", "-l tier=prod", "name=*42", "!zürich"} {
		f, err := ParseFilter(text, testColumns)
		require.NoError(t, err)
		require.Zero(t, testing.AllocsPerRun(100, func() { f.Match(row) }), text)
	}
}
