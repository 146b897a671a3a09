package board

import "github.com/fn9s/fn9s/security/model"

// showGroup gives what several functions claim to one of them.
func (a *assembler) showGroup(group []model.FunctionKey, out changes) {
	for _, key := range group {
		a.show(key, a.built[key], out)
	}
}
