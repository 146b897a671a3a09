// Package architecture holds the test of the project's structure: which part may import which, what lies at the top
// of the repository, and what its go.mod must not contain.
//
// Its one rule: it has no code besides that test.
package architecture
