package framework

import "github.com/fn9s/fn9s/security/snapshot"

var eventingKinds []snapshot.Kind
