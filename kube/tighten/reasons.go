package tighten

import (
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// reasons are said where nothing in the cluster tells what should be there instead.
var reasons = map[check.Intent]struct {
	why  string
	next check.Intent
}{
	check.FixPullSecret:      {"which credentials open the registry, nothing in the cluster says", check.FixCreateSecret},
	check.FixRouteHost:       {"which host is its own, nothing in the cluster says", check.FixCloseRoute},
	check.FixConfigToSecret:  {"what reads the ConfigMap must read a Secret instead: its code, or the platform's setting", check.FixRotateSecret},
	check.FixSecretToFile:    {"its code reads the variable: it must read a file first", check.FixRotateSecret},
	check.FixNarrowMount:     {"which keys its code reads cannot be seen", check.FixReview},
	check.FixCreateSecret:    {"the value is not known here: it is given when the Secret is made", check.FixReview},
	check.FixRotateSecret:    {"a new value has to come from whoever issues it", check.FixReview},
	check.FixRestart:         {"nothing is wrong with what it is made of: restart it", ""},
	check.FixRestrictReaders: {"which of the readers need it cannot be seen: minimal-role of each reader tells, with an audit log", check.FixMinimalRole},
	check.FixNoDevice:        {"a device is what it computes with", check.FixReview},
	check.FixPinSource:       {"which commit or checksum is meant, whoever releases it says", check.FixReview},
	check.FixPlatformSetting: {"it is a setting of the whole platform: what installed that must change it", check.FixReview},
	check.FixUpgrade:         {"it takes another version of the platform or the image", check.FixReview},
}

func (q *asked) reason() plan.Answer {
	if r, ok := reasons[q.Intent]; ok {
		return q.None(r.why, r.next)
	}
	return q.None("a person decides", "")
}
