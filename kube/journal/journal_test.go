package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func opened(t *testing.T) *Journal {
	t.Helper()
	return In(filepath.Join(t.TempDir(), "journal"), func() time.Time { return noon })
}

var here = Cluster{Context: "prod", Server: "https://one", CAHash: "ca", UID: "u1"}

// write writes a change of one step; an outcome of "" leaves it without an end.
func write(t *testing.T, j *Journal, id, undoes string, o Outcome) {
	t.Helper()
	require.NoError(t, j.Begin(&Change{ID: id, Time: noon, Cluster: here, Operator: "ann", Undoes: undoes, Functions: []string{}}))
	require.NoError(t, j.Intend(id, &Step{Number: 1, Verb: "patch", Object: Object{"v1", "ConfigMap", "ns", "c"}, Touches: []Touch{
		{Path: "data.a", Old: &Value{JSON: json.RawMessage(`"1"`)}, New: &Value{JSON: json.RawMessage(`null`)}}}}))
	if o == "" {
		return
	}
	require.NoError(t, j.Result(id, 1, nil, o, "because"))
	require.NoError(t, j.End(id, o, ""))
}

func read(t *testing.T, j *Journal) *Book {
	t.Helper()
	b, err := j.Read()
	require.NoError(t, err)
	return b
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	j := opened(t)
	assert.Empty(t, read(t, j).Entries, "no journal is an empty one")
	write(t, j, "one", "", Applied)
	write(t, j, "two", "", "")
	b := read(t, j)
	require.Len(t, b.Entries, 2)
	assert.True(t, b.Entries[0].Ended)
	assert.Equal(t, Applied, b.Entries[0].Outcome)
	assert.Equal(t, "because", b.Entries[0].Steps[0].Reason)
	assert.Equal(t, json.RawMessage(`null`), b.Entries[0].Steps[0].Touches[0].New.JSON, "null is a value, and not nothing")
	assert.False(t, b.Entries[1].Ended)
	assert.Equal(t, Begun, b.Entries[1].Steps[0].Outcome, "an intent without a result may have happened")
	assert.True(t, b.Entries[1].Did())
	info, err := os.Stat(j.Path())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// TestATornLineCostsNothingButItself cuts the file at every byte and goes on writing.
func TestATornLineCostsNothingButItself(t *testing.T) {
	t.Parallel()
	j := opened(t)
	write(t, j, "one", "", Applied)
	whole, err := os.ReadFile(j.Path())
	require.NoError(t, err)
	for cut := range len(whole) {
		require.NoError(t, os.WriteFile(j.Path(), whole[:cut], 0o600))
		require.NoError(t, j.Begin(&Change{ID: "next", Cluster: here, Operator: "ann"}))
		b := read(t, j)
		require.LessOrEqual(t, b.Torn, 1, "cut at %d", cut)
		require.Equal(t, "next", b.Entries[len(b.Entries)-1].ID, "cut at %d: what is written after a crash is read", cut)
	}
}

func TestWhatIsUndone(t *testing.T) {
	t.Parallel()
	j := opened(t)
	write(t, j, "one", "", Applied)
	write(t, j, "two", "", Applied)
	assert.Equal(t, "two", read(t, j).Newest(here, "ann").ID)
	write(t, j, "undo-two", "two", Applied)
	assert.Equal(t, "undo-two", read(t, j).Undone("two"))
	assert.Equal(t, "one", read(t, j).Newest(here, "ann").ID, "called again, the one before")
	write(t, j, "redo-two", "undo-two", Applied)
	assert.Empty(t, read(t, j).Undone("two"))
	assert.Equal(t, "two", read(t, j).Newest(here, "ann").ID, "it is in force again")
	write(t, j, "failed-undo", "two", Conflict)
	write(t, j, "crashed-undo", "two", "")
	assert.Empty(t, read(t, j).Undone("two"), "an undo that did not end undid nothing for sure")
	assert.Nil(t, read(t, j).Newest(here, "bob"), "another operator")
	assert.Nil(t, read(t, j).Newest(Cluster{UID: "u2"}, "ann"), "another cluster")
	assert.NotNil(t, read(t, j).Newest(Cluster{Server: "https://new-address", UID: "u1"}, "ann"), "the same cluster at another address")
	assert.NotNil(t, read(t, j).Newest(Cluster{Server: "https://one", CAHash: "ca"}, "ann"), "the uid may not be read")
	write(t, j, "none", "", Skipped)
	assert.Equal(t, "two", read(t, j).Newest(here, "ann").ID, "what changed nothing is not taken back")
}

func TestChangesAreFoundByTheBeginningOfTheirIDs(t *testing.T) {
	t.Parallel()
	b := &Book{Entries: []*Entry{{Change: Change{ID: "ab1"}}, {Change: Change{ID: "ab2"}}, {Change: Change{ID: "ab"}}, {Change: Change{ID: "c"}}}}
	for id, want := range map[string]string{"ab": "ab", "ab1": "ab1", "c": "c"} {
		e, err := b.Find(id)
		require.NoError(t, err)
		assert.Equal(t, want, e.ID)
	}
	for _, id := range []string{"a", "", "x"} {
		_, err := b.Find(id)
		assert.Error(t, err, id)
	}
}

func TestANewerFN9sIsLeftAlone(t *testing.T) {
	t.Parallel()
	j := opened(t)
	write(t, j, "one", "", Applied)
	f, err := os.OpenFile(j.Path(), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"v":2,"type":"novelty","id":"one"}` + "\n" + `{"v":2,"type":"change","id":"two"}` + "\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	b := read(t, j)
	require.Len(t, b.Entries, 2)
	assert.True(t, b.Entries[0].Newer)
	assert.True(t, b.Entries[1].Newer)
	assert.Nil(t, b.Newest(here, "ann"))
}

func TestSeveralProgramsWriteAtOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var all sync.WaitGroup
	const writers, each = 4, 20
	for w := range writers {
		j := In(folder, time.Now) // each has its own lock, as programs have
		all.Go(func() {
			for i := range each {
				assert.NoError(t, j.Begin(&Change{ID: fmt.Sprintf("%d-%d", w, i), Title: strings.Repeat("x", 9000)}))
			}
		})
	}
	all.Wait()
	b := read(t, In(folder, time.Now))
	assert.Len(t, b.Entries, writers*each)
	assert.Zero(t, b.Torn)
}

func TestAHugeLineIsSkipped(t *testing.T) {
	t.Parallel()
	text := `{"v":1,"type":"change","id":"` + strings.Repeat("x", maxLine) + "\"}\n" + `{"v":1,"type":"change","id":"a","change":{"id":"a"}}` + "\n"
	b, err := readFrom(strings.NewReader(text))
	require.NoError(t, err)
	assert.Equal(t, 1, b.Torn)
	assert.Len(t, b.Entries, 1)
	assert.Error(t, opened(t).Begin(&Change{ID: "x", Title: strings.Repeat("x", maxLine)}))
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"v":1,"type":"change","id":"a","change":{"id":"a"}}` + "\n" + `{"v":1,"type":"intent","id":"a","step":{"number":1}}` + "\n" + `{"v":1,"type":"result","id":"a","number":1,"outcome":"applied"}`))
	f.Add([]byte(`{"v":1,"type":"change","id":"a","change":{"id":"a","undoes":"a"}}` + "\n\n" + `{"v":9,"id":"b"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := readFrom(bytes.NewReader(data))
		require.NoError(t, err, "nothing in a file is an error of reading it")
		for _, e := range b.Entries {
			b.Undone(e.ID)
		}
		b.Newest(here, "ann")
	})
}

func TestWhatAnUndoMadeAnewIsKnown(t *testing.T) {
	t.Parallel()
	j := opened(t)
	object := Object{APIVersion: "v1", Kind: "ServiceAccount", Namespace: "ns", Name: "a"}
	step := func(id, undoes, verb, uid string) {
		require.NoError(t, j.Begin(&Change{ID: id, Cluster: here, Operator: "ann", Undoes: undoes}))
		s := &Step{Number: 1, Verb: verb, Object: object, UID: uid}
		require.NoError(t, j.Intend(id, s))
		require.NoError(t, j.Result(id, 1, s, Applied, ""))
		require.NoError(t, j.End(id, Applied, ""))
	}
	step("made", "", "create", "u1")
	step("gone", "", "delete", "u1")
	step("back", "gone", "create", "u2")
	step("other", "", "create", "u3")
	b := read(t, j)
	s := &b.Entries[0].Steps[0]
	assert.True(t, b.Remade(s, "u2"))
	assert.False(t, b.Remade(s, "u3"), "that was no undo")
	assert.False(t, b.Remade(s, "u4"))
	assert.False(t, b.Remade(s, ""))
	s.Object.Name = "b"
	assert.False(t, b.Remade(s, "u2"), "that is another object")
}
