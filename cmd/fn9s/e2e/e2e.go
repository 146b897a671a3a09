// Package e2e holds the test of the whole program: the real binary in a pseudo-terminal, against a real API server.
//
// Its one rule: it knows of fn9s what an operator knows: keys go in, and what is on the screen counts.
package e2e
