// Package scale holds the test of many functions: it loads a cluster with a thousand of them, and runs without the
// race detector, which would measure itself.
//
// Its one rule: what is promised for ten thousand is measured by `make figures`; here a thousand must simply work.
package scale
