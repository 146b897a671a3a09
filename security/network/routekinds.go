package network

import "github.com/fn9s/fn9s/security/expose"

// routeKinds are what the controls of Services and routes read.
var routeKinds = expose.Kinds()
