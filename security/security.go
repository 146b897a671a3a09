// Package security is the posture engine: pure functions from a snapshot of facts to findings.
//
// Its one rule: no input or output, no clock, no client. What it is not given, it does not know.
package security
