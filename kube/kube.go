// Package kube holds all that talks to an API: clients, the store, the board and the framework adapters.
//
// Its one rule: it knows no terminal. What it learns it offers as immutable values with their age.
package kube
