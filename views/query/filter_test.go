package query

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"
)

var testColumns = Columns{
	{Name: "name", Title: "name of the function"},
	{Name: "framework", Type: Enum, Unordered: true, Values: []string{"openfaas", "knative", "plain", "unknown"}},
	{Name: "ready", Type: Ratio},
	{Name: "cpu", Type: Quantity},
	{Name: "mem", Aliases: []string{"memory"}, Type: Quantity},
	{Name: "age", Type: Duration},
	{Name: "grade", Type: Enum, Values: []string{"A", "B", "C", "D", "F"}},
	{Name: "exposure", Aliases: []string{"exposed"}, Type: Enum, Values: []string{"none", "namespace", "cluster", "node", "private", "internet"}},
	{Name: "blast", Type: Enum, Numbered: true, Values: []string{"none", "own", "near", "namespace", "beyond", "cluster"}},
	{Name: "triggers", Type: List},
	{Name: "paused", Type: Bool},
	{Name: "secrets", Type: Number},
	{Name: "image"},
}

type testRow struct {
	text   string
	fields map[string]Value
	labels map[string]string
}

func (r *testRow) Text() string              { return r.text }
func (r *testRow) Field(column int) Value    { return r.fields[testColumns[column].Name] }
func (r *testRow) Labels() map[string]string { return r.labels }

func known(text string, n float64) Value { return Value{Text: text, Num: n, Known: true} }

func chargeCard() *testRow {
	return &testRow{
		text: "charge-card openfaas 1/2 node20 http,cron internet! D Zürich 3 namespace",
		fields: map[string]Value{
			"name":      known("charge-card", 0),
			"framework": known("openfaas", 0),
			"ready":     {Text: "1/2", Num: 1, Of: 2, Known: true},
			"cpu":       known("100m", 0.1),
			"mem":       known("64Mi", 64<<20),
			"age":       known("3d", 3*86400),
			"grade":     known("D?", 3),
			"exposure":  known("internet!", 5),
			"blast":     known("3 namespace", 3),
			"triggers":  known("http,cron", 0),
			"paused":    known("no", 0),
			"secrets":   known("3", 3),
			"image":     known("ghcr.io/acme/charge:1.2", 0),
		},
		labels: map[string]string{"app": "Checkout", "tier": "prod", "app.kubernetes.io/name": "charge"},
	}
}

// matches says for filters whether they match the row of chargeCard.
var matches = map[string]bool{
	"":                                  true,
	"charge":                            true,
	"CHARGE":                            false, // smart case: an upper-case letter asks for itself
	"charge openfaas":                   true,
	"charge knative":                    false,
	`"card openfaas"`:                   true,
	`"card  openfaas"`:                  false,
	"!knative":                          true,
	"!charge":                           false,
	`!"3 namespace"`:                    false,
	"zürich":                            true,
	"ZÜRICH":                            false,
	"~chgcd":                            true,
	"~cgc20":                            false, // the letters are in different cells
	"~Chgcd":                            false,
	"~zrch":                             true,
	"~zürc":                             true,
	"/charge-(card|box)/":               true,
	"/^charge.*D/":                      true,
	"/CHARGE/":                          false,
	`/\S+!/`:                            true,
	"!/refund/":                         true,
	"-l app=Checkout":                   true,
	"-l app=checkout":                   false,
	"-l app=Checkout,tier!=dev":         true,
	"-l tier in (dev, prod),app charge": true,
	"-l tier notin (dev,prod)":          false,
	"-l app.kubernetes.io/name charge":  true,
	"-l !gone charge":                   true,
	`-l "app = Checkout" charge`:        true,
	"name=charge-card":                  true,
	"name=charge*":                      true,
	"name=*card,refund":                 true,
	"name=refund,charge-card":           true,
	`name="charge*"`:                    false,
	"name!=refund*":                     true,
	"name~arge":                         true,
	"name ~ arge":                       true,
	"name~/^charge-\\w+$/":              true,
	"framework=OpenFaaS":                true,
	"framework!=openfaas":               false,
	"ready=1/2":                         true,
	"ready=1":                           true,
	"ready<2":                           true,
	"ready<100%":                        true,
	"ready>=50%":                        true,
	"ready>1/2":                         false,
	"ready=50%":                         true,
	"cpu=100m":                          true,
	"cpu=0.1":                           true,
	"cpu=100000000n":                    true,
	"cpu>99m":                           true,
	"cpu>100m":                          false,
	"cpu>=100m":                         true,
	"mem<=64Mi":                         true,
	"memory>64M":                        true,
	"age>2h":                            true,
	"age<2h":                            false,
	"age=3d":                            true,
	"age>2d23h":                         true,
	"grade>=D":                          true,
	"grade>=c":                          true,
	"grade = D":                         true,
	"grade=D?":                          true,
	"grade=D!":                          false,
	"grade>=F":                          false,
	"grade=D,F":                         true,
	"!grade>=D":                         false,
	"exposed=internet":                  true,
	"exposed=internet!":                 true,
	"exposed>cluster":                   true,
	"blast>=3":                          true,
	"blast=namespace":                   true,
	"blast>beyond":                      false,
	`blast="3 namespace"`:               true,
	"triggers=http":                     true,
	"triggers=queue":                    false,
	"triggers!=queue":                   true,
	"triggers!=cron":                    false,
	"paused=no":                         true,
	"paused=true":                       false,
	"secrets>2":                         true,
	"image~acme grade>=D charge -l tier=prod": true,
}

func TestFilterMatches(t *testing.T) {
	t.Parallel()
	for filter, want := range matches {
		f, err := ParseFilter(filter, testColumns)
		if assert.NoError(t, err, filter) {
			assert.Equal(t, want, f.Match(chargeCard()), filter)
		}
	}
}

func TestUnknownIsNeitherGoodNorBad(t *testing.T) {
	t.Parallel()
	row := &testRow{text: "opaque", fields: map[string]Value{}}
	for filter, want := range map[string]bool{
		"grade>=A": false, "grade<=F": false, "grade=A": false, "grade!=A": true, "grade=unknown": true,
		"grade!=unknown": false, "cpu=-": true, "cpu<1": false, "name~o": false, "name!=x": true,
		"framework=unknown": false, // here it is a value, and this cell has none
	} {
		f, err := ParseFilter(filter, testColumns)
		require.NoError(t, err, filter)
		assert.Equal(t, want, f.Match(row), filter)
	}
}

func TestScaledToZeroHasNoReadyFraction(t *testing.T) {
	t.Parallel()
	idle := &testRow{fields: map[string]Value{"ready": {Text: "idle", Known: true}}}
	for filter, want := range map[string]bool{"ready<100%": false, "ready=0": true, "ready=idle": true, "ready=1/2": false} {
		f, err := ParseFilter(filter, testColumns)
		require.NoError(t, err, filter)
		assert.Equal(t, want, f.Match(idle), filter)
	}
}

func TestFilterErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		filter, msg string
		pos, end    int
	}{
		{`team=pay`, `unknown column "team": label? use -l team=pay`, 0, 4},
		{`charge team != pay`, `unknown column "team": label? use -l team!=pay`, 7, 11},
		{`app.kubernetes.io/name=x`, `unknown column "app.kubernetes.io/name": label? use -l app.kubernetes.io/name=x`, 0, 22},
		{`grade>=Q`, `grade is one of A, B, C, D, F`, 7, 8},
		{`cpu>lots`, `"lots" is not a quantity: write 500m, 2 or 64Mi`, 4, 8},
		{`age<soon`, `"soon" is not a duration: write 90s, 2h or 3d`, 4, 8},
		{`ready=1/x`, `"1/x" is not a ready ratio: write 1/2, 50% or a count`, 6, 9},
		{`paused=maybe`, `"maybe" is not yes or no`, 7, 12},
		{`name>a`, `name has no order: use =, != or ~`, 4, 5},
		{`framework>=openfaas`, `framework has no order: use =, != or ~`, 9, 11},
		{`ready>idle`, `"idle" has no order: use = or !=`, 6, 10},
		{`grade>=unknown`, `"unknown" has no order: use = or !=`, 7, 14},
		{`grade>=`, `a value is missing: write grade>=F`, 5, 7},
		{`grade=,`, `a value is missing: write grade=F`, 6, 7},
		{`=x`, `a column is missing before "=x"`, 0, 2},
		{`grade=!A`, `'!' after =: write such a value in quotes`, 6, 7},
		{`a !`, `nothing follows the !: write !word`, 2, 3},
		{`~`, `nothing follows the ~: write ~word`, 0, 1},
		{`"open`, `the quote is not closed`, 0, 5},
		{`""`, `the quotes are empty`, 0, 2},
		{`/open`, `the /pattern/ is not closed; to look for a slash write it in quotes`, 0, 5},
		{`//`, `the pattern is empty`, 0, 2},
		{`a /(b/`, "not a pattern: missing closing ): `(b`", 2, 6},
		{`-l`, `a label selector is missing: write -l app=web`, 0, 2},
		{`-l a in (b`, `the ( of the label selector is not closed`, 8, 10},
	} {
		_, err := ParseFilter(c.filter, testColumns)
		var e *Error
		if assert.True(t, errors.As(err, &e), c.filter) {
			assert.Equal(t, c.msg, e.Msg, c.filter)
			assert.Equal(t, [2]int{c.pos, c.end}, [2]int{e.Pos, e.End}, c.filter)
		}
	}
	_, err := ParseFilter("-l a==b==c", testColumns)
	require.ErrorContains(t, err, "not a label selector: ")
	_, err = ParseFilter(strings.Repeat("a ", maxTerms+1), testColumns)
	require.ErrorContains(t, err, "more than 64 terms")
	_, err = ParseFilter(strings.Repeat("a", maxInput+1), testColumns)
	require.ErrorContains(t, err, "longer than 4096 bytes")
}

func TestErrorsCarryNoControlSequences(t *testing.T) {
	t.Parallel()
	for _, hostile := range []string{"\x1b]0;owned\a=x", "a\x1b[2J=b", "-l a=\x1b[2J", "/(\x1b[2J/", "cpu>\x1b[2J", "grade=\u202eA"} {
		_, err := ParseFilter(hostile, testColumns)
		if err != nil {
			assert.NotContains(t, err.Error(), "\x1b", "%q", hostile)
			assert.NotContains(t, err.Error(), "\u202e", "%q", hostile)
		}
	}
}

func TestFilterPrintsCanonically(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  charge   grade >= D ":           "charge grade>=D",
		"exposed==internet":                "exposure=internet",
		`"charge"`:                         "charge",
		`"two words" !"=x"`:                `"two words" !"=x"`,
		"-l tier in (b,a) x":               "-l tier in (a,b) x",
		`image="a,b"`:                      `image="a,b"`,
		"image=a,b":                        "image=a,b",
		"MEMORY>1Gi":                       "mem>1Gi",
		"name=~/^a b$/ !~xy !/z/":          "name~/^a b$/ !~xy !/z/",
		"--selector=app=web":               "-l app=web",
		`"he said \"no\"" "back\\slash"`:   `"he said \"no\"" "back\\slash"`,
		`"-l" "@x"`:                        `"-l" "@x"`,
		"http://acme.io/x?y=1 sha256:0123": `"http://acme.io/x?y=1" sha256:0123`,
	} {
		f, err := ParseFilter(in, testColumns)
		require.NoError(t, err, in)
		assert.Equal(t, want, f.String(), in)
	}
}

func TestSelectorsOfAFilterAreOneForTheServer(t *testing.T) {
	t.Parallel()
	f, err := ParseFilter("-l app=web charge -l tier!=dev", testColumns)
	require.NoError(t, err)
	assert.Equal(t, "app=web,tier!=dev", f.Selector().String())
	g, err := ParseFilter("grade>=D", testColumns)
	require.NoError(t, err)
	assert.Equal(t, "-l app=web charge -l tier!=dev grade>=D", f.And(g).String())
	assert.True(t, Filter{}.Match(chargeCard()))
}

func TestQuantitiesAgreeWithKubernetes(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0", "1", "1.5", "500m", "12345678n", "7u", "3k", "2M", "64Mi", "1Gi", "1.5Gi", "2Ti", "1e3", "1E6", "2E", ".5", "-1"} {
		got, ok := ParseQuantity(s)
		want := resource.MustParse(s)
		assert.True(t, ok, s)
		assert.InEpsilon(t, want.AsApproximateFloat64()+10, got+10, 1e-9, s)
	}
	for _, s := range []string{"", "Mi", "5 Mi", "1Zi", "0x10", "inf", "nan", "--1", "1e999"} {
		_, ok := ParseQuantity(s)
		assert.False(t, ok, s)
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]float64{"0": 0, "90s": 90, "2h": 7200, "3d": 259200, "1h30m": 5400, "2w": 1209600, "1.5h": 5400, "500ms": 0.5} {
		got, ok := ParseDuration(s)
		assert.True(t, ok, s)
		assert.InDelta(t, want, got, 1e-9, s)
	}
	for _, s := range []string{"", "5", "h", "2h5", "1..5h", "-2h", "2 h", "1q"} {
		_, ok := ParseDuration(s)
		assert.False(t, ok, s)
	}
}
