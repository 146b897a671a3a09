package network

import "github.com/fn9s/fn9s/security/reach"

// policyKinds are what the controls of network policies read.
var policyKinds = reach.Kinds()
