package match

// lane is a line that an automaton is in.
type lane struct {
	line []byte
	at   int
	s    uint32
	i    int // number of the line
	busy bool
}

// lanes is how many lines an automaton reads side by side: a processor waits for the table after each byte of one, and can
// look up the others' meanwhile.
const lanes = 4

// feed hands out the lines, and takes what is known of them.
type feed struct {
	n     int
	next  int
	line  func(i int) []byte
	found func(i int)
}

func (f *feed) begin(l *lane, s uint32) {
	if f.next == f.n {
		l.busy = false
		return
	}
	*l = lane{line: f.line(f.next), s: s, i: f.next, busy: true}
	f.next++
}

// run tells which lines of a feed have a match. It is not ok when the automaton is of no use for these lines: what is left
// are then the lines that are busy, and those behind.
func (a *automaton) run(f *feed) (busy [lanes]lane, ok bool) {
	var l [lanes]lane
	for i := range l {
		f.begin(&l[i], a.begin)
	}
	for l[0].busy && l[1].busy && l[2].busy && l[3].busy {
		a.abreast(&l)
		for i := range l {
			a.advance(&l[i], f)
		}
		if len(a.states) > maxStates && !a.renew(&l) {
			return l, false
		}
	}
	for i := range l {
		for l[i].busy {
			a.advance(&l[i], f)
			if len(a.states) > maxStates && !a.renew(&l) {
				return l, false
			}
		}
	}
	return l, true
}

// matches reports whether one line has a match. It is not ok as run is not.
func (a *automaton) matches(line []byte) (found, ok bool) {
	s := a.begin
	for at := 0; at < len(line); {
		var size int
		if s, size = a.slow(s, line[at:]); s&unknown != 0 {
			a.read += len(line)
			return s == accepted, true
		}
		at += size
		if len(a.states) > maxStates {
			if a.read < worthReading {
				return false, false
			}
			a.reset()
			s, at = a.begin, 0
		}
	}
	a.read += len(line)
	return a.states[s>>8].atEnd, true
}

// renew throws the states away, and begins the lines anew. It does not when too little was read since the last time.
func (a *automaton) renew(l *[lanes]lane) bool {
	if a.read < worthReading {
		return false
	}
	a.reset()
	for i := range l {
		l[i].at, l[i].s = 0, a.begin
	}
	return true
}

// abreast reads all lines until one of them ends, or the table does not say.
func (a *automaton) abreast(l *[lanes]lane) {
	n := len(l[0].line) - l[0].at
	for i := range l {
		n = min(n, len(l[i].line)-l[i].at)
	}
	next := a.next
	l0, l1, l2, l3 := l[0].line[l[0].at:][:n], l[1].line[l[1].at:][:n], l[2].line[l[2].at:][:n], l[3].line[l[3].at:][:n]
	s0, s1, s2, s3 := l[0].s, l[1].s, l[2].s, l[3].s
	k := 0
	for ; k < n; k++ {
		t0, t1, t2, t3 := next[s0|uint32(l0[k])], next[s1|uint32(l1[k])], next[s2|uint32(l2[k])], next[s3|uint32(l3[k])]
		if (t0|t1|t2|t3)&unknown != 0 {
			break
		}
		s0, s1, s2, s3 = t0, t1, t2, t3
	}
	l[0].s, l[1].s, l[2].s, l[3].s = s0, s1, s2, s3
	for i := range l {
		l[i].at += k
	}
}

// alone is how many characters of a line are read at once behind one of several bytes: there will be more of them.
const alone = 64

// advance reads what the table does not say about a line. Where that ends it, the next one begins.
func (a *automaton) advance(l *lane, f *feed) {
	s := l.s
	for n := 1; n > 0 && l.at < len(l.line) && len(a.states) <= maxStates; n-- {
		var size int
		if s, size = a.slow(s, l.line[l.at:]); s&unknown != 0 {
			break
		}
		l.s, l.at = s, l.at+size
		if size > 1 {
			n = max(n, alone)
		}
	}
	switch {
	case s&unknown == 0 && l.at < len(l.line):
		return
	case s == accepted || s&unknown == 0 && a.states[s>>8].atEnd:
		f.found(l.i)
	}
	a.read += len(l.line)
	f.begin(l, a.begin)
}
