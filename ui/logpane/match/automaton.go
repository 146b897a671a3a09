package match

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// automaton decides whether a line has a match, without saying where, in one look at each byte. Its states are made when a
// line first comes to them, as RE2 does (Russ Cox, "Regular Expression Matching in the Wild", 2010). Lines are valid UTF-8.
// One goroutine uses it.
type automaton struct {
	prog     *syntax.Prog
	anchored bool      // a match begins where the line does
	looks    bool      // some instructions depend on the characters around
	alike    [256]bool // all characters that begin with that byte mean the same

	next   []uint32 // the state behind a state and a byte
	states []state
	byKey  map[string]uint32
	wide   []wideStep
	begin  uint32

	queue, fresh set
	stack        []uint32
	key          []byte

	read int // bytes of lines that are done, since the states were thrown away last
}

// A state that stands in next is its number, times the number of bytes. What ends the quick loop has the highest bit.
const (
	unknown  uint32 = 1<<31 + iota // or a character of several bytes
	accepted                       // a match was seen
	rejected                       // no match can follow
)

const (
	// maxStates bounds what an automaton takes: a kilobyte for each.
	maxStates = 1 << 10
	// worthReading is how much is read between two times that the states are thrown away, for the automaton to be quicker
	// than the regular expression.
	worthReading = 256 << 10
	wideSteps    = 1 << 12
)

// state is the instructions that the next character is held against.
type state struct {
	pcs    []uint32
	before rune // a character like the one before; -1: the line begins
	atEnd  bool // a match is complete when the line ends here
}

// wideStep is what followed on a character of several bytes.
type wideStep struct {
	from uint32
	char rune
	to   uint32
}

func newAutomaton(prog *syntax.Prog) *automaton {
	a := &automaton{
		prog: prog, anchored: prog.StartCond()&syntax.EmptyBeginText != 0,
		queue: newSet(len(prog.Inst)), fresh: newSet(len(prog.Inst)),
	}
	a.setAlike()
	a.looks = slices.ContainsFunc(prog.Inst, func(i syntax.Inst) bool { return i.Op == syntax.InstEmptyWidth })
	a.reset()
	return a
}

// setAlike finds the bytes whose characters no instruction tells apart.
func (a *automaton) setAlike() {
	var bounds []rune // where what an instruction matches begins or ends
	for i := range a.prog.Inst {
		inst := &a.prog.Inst[i]
		if inst.Op != syntax.InstRune && inst.Op != syntax.InstRune1 {
			continue
		}
		if len(inst.Rune) == 1 {
			for r := unicode.SimpleFold(inst.Rune[0]); ; r = unicode.SimpleFold(r) {
				bounds = append(bounds, r, r+1)
				if r == inst.Rune[0] {
					break
				}
			}
			continue
		}
		for k, r := range inst.Rune {
			bounds = append(bounds, r+rune(k&1))
		}
	}
	for lead := 0xc2; lead <= 0xf4; lead++ {
		first, last := charsOf(byte(lead))
		a.alike[lead] = !slices.ContainsFunc(bounds, func(r rune) bool { return first < r && r <= last })
	}
}

// charsOf is the characters that begin with a byte in UTF-8.
func charsOf(lead byte) (first, last rune) {
	switch {
	case lead < 0xe0:
		first = rune(lead&0x1f) << 6
		return first, first + 1<<6 - 1
	case lead < 0xf0:
		first = rune(lead&0xf) << 12
		return max(first, 0x800), first + 1<<12 - 1
	}
	first = rune(lead&7) << 18
	return max(first, 0x10000), min(first+1<<18-1, unicode.MaxRune)
}

func (a *automaton) reset() {
	a.next, a.states, a.byKey, a.wide = a.next[:0], a.states[:0], map[string]uint32{}, nil
	a.read = 0
	a.fresh.clear()
	a.add(&a.fresh, uint32(a.prog.Start), 0)
	a.begin = a.intern(-1)
}

// add puts into a set what an instruction leads to without a character. What depends on the characters around stays as it
// is, unless it is among what holds. It reports whether a match is complete.
func (a *automaton) add(to *set, pc uint32, holds syntax.EmptyOp) (match bool) {
	a.stack = append(a.stack[:0], pc)
	for len(a.stack) > 0 {
		pc := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		if !to.insert(pc) {
			continue
		}
		switch inst := &a.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			a.stack = append(a.stack, inst.Arg, inst.Out)
		case syntax.InstCapture, syntax.InstNop:
			a.stack = append(a.stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^holds == 0 {
				a.stack = append(a.stack, inst.Out)
			}
		case syntax.InstMatch:
			match = true
		}
	}
	return match
}

// settle puts into the queue what a state is with that character next; -1: the line ends.
func (a *automaton) settle(s *state, next rune) (match bool) {
	holds := syntax.EmptyOpContext(s.before, next)
	a.queue.clear()
	for _, pc := range s.pcs {
		match = a.add(&a.queue, pc, holds) || match
	}
	return match
}

// step is the state behind a character.
func (a *automaton) step(from uint32, char rune) uint32 {
	s := &a.states[from>>8]
	if a.settle(s, char) {
		return accepted
	}
	a.fresh.clear()
	match := false
	for _, pc := range a.queue.dense {
		switch inst := &a.prog.Inst[pc]; inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(char) {
				match = a.add(&a.fresh, inst.Out, 0) || match
			}
		}
	}
	if match {
		return accepted
	}
	if !a.anchored {
		a.add(&a.fresh, uint32(a.prog.Start), 0)
	}
	if len(a.fresh.dense) == 0 {
		return rejected
	}
	return a.intern(a.before(char))
}

// before is a character that means the same as one before others.
func (a *automaton) before(char rune) rune {
	switch {
	case !a.looks:
		return ' '
	case char == '\n':
		return char
	case syntax.IsWordChar(char):
		return 'a'
	}
	return ' '
}

// intern finds or makes the state of what is fresh.
func (a *automaton) intern(before rune) uint32 {
	a.key = binary.LittleEndian.AppendUint32(a.key[:0], uint32(before))
	slices.Sort(a.fresh.dense)
	var pcs []uint32
	for _, pc := range a.fresh.dense {
		switch a.prog.Inst[pc].Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL, syntax.InstEmptyWidth:
			a.key = binary.LittleEndian.AppendUint32(a.key, pc)
			pcs = append(pcs, pc)
		}
	}
	if s, ok := a.byKey[string(a.key)]; ok {
		return s
	}
	id := uint32(len(a.states)) << 8
	s := state{pcs: pcs, before: before}
	s.atEnd = a.settle(&s, -1)
	a.states = append(a.states, s)
	a.byKey[string(a.key)] = id
	for range 1 << 8 {
		a.next = append(a.next, unknown)
	}
	return id
}

// slow is the state behind the character at a place of a line, where the table does not say, and the bytes it has.
func (a *automaton) slow(from uint32, line []byte) (to uint32, size int) {
	if to = a.next[from|uint32(line[0])]; to != unknown {
		return to, 1
	}
	char, size := utf8.DecodeRune(line)
	switch {
	case size == 1 && !utf8.RuneStart(line[0]):
		to = from // what its first byte led to
	case size == 1 || a.alike[line[0]]:
		to = a.step(from, char)
	default:
		return a.known(from, char), size
	}
	a.next[from|uint32(line[0])] = to
	return to, 1
}

// known is step, which it spares for what was asked before.
func (a *automaton) known(from uint32, char rune) uint32 {
	if a.wide == nil {
		a.wide = make([]wideStep, wideSteps)
	}
	known := &a.wide[(from>>3^uint32(char))%wideSteps]
	if known.char != char || known.from != from {
		*known = wideStep{from: from, char: char, to: a.step(from, char)}
	}
	return known.to
}

// set is a set of instructions that is emptied at once.
type set struct {
	dense []uint32
	place []uint32 // in dense, if it is there
}

func newSet(n int) set { return set{place: make([]uint32, n)} }

func (s *set) clear() { s.dense = s.dense[:0] }

func (s *set) insert(pc uint32) bool {
	if at := s.place[pc]; int(at) < len(s.dense) && s.dense[at] == pc {
		return false
	}
	s.place[pc] = uint32(len(s.dense))
	s.dense = append(s.dense, pc)
	return true
}
