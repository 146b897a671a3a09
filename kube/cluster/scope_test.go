package cluster

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestScopesMayHoldStars(t *testing.T) {
	cases := []struct {
		scope     []string
		namespace string
		in        bool
	}{
		{nil, "payments", true},
		{[]string{"payments"}, "payments", true},
		{[]string{"payments"}, "payments-eu", false},
		{[]string{"pay*"}, "payments", true},
		{[]string{"*-eu"}, "payments-eu", true},
		{[]string{"a", "*ment*"}, "payments", true},
		{[]string{"a*b*c"}, "a-b-c", true},
		{[]string{"a*b*c"}, "acb", false},
		{[]string{"aa*a"}, "aa", false},
		{[]string{"*"}, "", true},
	}
	for _, tc := range cases {
		assert.Equal(t, tc.in, InScope(tc.scope, tc.namespace), "%q in %q", tc.namespace, tc.scope)
	}
}
