package openwhisk

import (
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// The labels that the invoker puts on action pods.
const (
	actionPodLabel = "user-action-pod"
	actionLabel    = "openwhisk/action"
	namespaceLabel = "openwhisk/namespace"
	releaseLabel   = "release"
	invokerLabel   = "invoker"
)

const (
	maxPodName   = 63
	bucketLength = 12
	systemSpace  = "whisk.system"
	healthAction = "invokerhealthtestaction"
)

// keysOfActionPod names the action of the pod: by its labels, else by a guess from its name. A pod that waits for an
// action, or only tests the invoker, belongs to the platform.
func keysOfActionPod(p *model.Pod) []model.FunctionKey {
	tenant, action := p.Labels.Get(namespaceLabel), p.Labels.Get(actionLabel)
	if isIdlePod(p) {
		return []model.FunctionKey{key(platformKind, p.Namespace, p.Labels.Get(releaseLabel))}
	}
	if tenant != "" && action != "" {
		return []model.FunctionKey{actionKey(p.Namespace, tenant+"/"+action)}
	}
	guess, cut := guessOfPod(p)
	keys := []model.FunctionKey{guessKey(p.Namespace, guess)}
	if cut && len(guess) >= bucketLength {
		keys = append(keys, key(bucketKind, p.Namespace, guess[:bucketLength]))
	}
	return keys
}

// isIdlePod reports whether the pod runs no action of a tenant.
func isIdlePod(p *model.Pod) bool {
	if isHealthTest(p) {
		return true
	}
	if p.Labels.Get(namespaceLabel) != "" && p.Labels.Get(actionLabel) != "" {
		return false
	}
	rest, _ := restOfName(p)
	_, waiting := prewarmedKind(rest)
	return waiting
}

// guessOfPod is the action that the pod's name looks like; the whole name when it has no known form.
func guessOfPod(p *model.Pod) (guess string, cut bool) {
	rest, cut := restOfName(p)
	if rest == "" {
		return p.Name, false
	}
	return slashed(rest), cut
}

// isHealthTest recognises the action by which the platform tests its invokers.
func isHealthTest(p *model.Pod) bool {
	if p.Labels.Get(namespaceLabel) == systemSpace {
		return strings.HasPrefix(strings.ToLower(p.Labels.Get(actionLabel)), healthAction)
	}
	return strings.Contains(p.Name, "-"+flat(systemSpace)+"-"+healthAction)
}

// prewarmedKind reads `prewarm-nodejs20`. A pod that took an action keeps the name, but has labels then.
func prewarmedKind(rest string) (string, bool) {
	if rest == "prewarm" {
		return "", true
	}
	return strings.CutPrefix(rest, "prewarm-")
}

// restOfName returns what follows the counter in the name of an action pod:
// `wsk` + invoker's name + invoker's number + `-` + counter + `-` + rest. cut says that the name had to be cut.
func restOfName(p *model.Pod) (rest string, cut bool) {
	name, ok := strings.CutPrefix(p.Name, "wsk")
	if !ok {
		return "", false
	}
	cut = len(p.Name) >= maxPodName-1
	if after, ok := strings.CutPrefix(name, p.Labels.Get(releaseLabel)+"-invoker-"); ok {
		name = after
	}
	parts := strings.Split(name, "-")
	number := strings.TrimPrefix(p.Labels.Get(invokerLabel), "invoker")
	for i := 1; i < len(parts)-1; i++ {
		if digits(parts[i]) && endsWithNumber(parts[i-1], number) {
			return strings.Join(parts[i+1:], "-"), cut
		}
	}
	return "", cut
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// endsWithNumber compares with the invoker's number, or with any number when it is not known.
func endsWithNumber(s, number string) bool {
	if digits(number) {
		return strings.HasSuffix(s, number)
	}
	return s != "" && digits(s[len(s)-1:])
}

// flat writes a name as the invoker does in pod names: letters, digits and `_` stay, `_` becomes `-`.
func flat(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '_':
			b.WriteByte('-')
		}
	}
	return b.String()
}

// slashed puts the slash where it most likely was: after the first part.
func slashed(rest string) string { return strings.Replace(rest, "-", "/", 1) }

// guessOfAction is what a pod's name would look like for the action NS[/PKG]/NAME.
func guessOfAction(name string) string {
	tenant, rest, ok := strings.Cut(name, "/")
	if !ok {
		return ""
	}
	if _, action, packaged := strings.Cut(rest, "/"); packaged {
		rest = action
	}
	return strings.TrimRight(slashed(flat(tenant)+"-"+flat(rest)), "-")
}

// labelled reports whether the invoker can put the labels of the action on a pod: a package, a blank or an `@` in
// the name make a value that the API server refuses.
func labelled(name string) bool {
	tenant, action, _ := strings.Cut(name, "/")
	return labelValue(tenant) && labelValue(action)
}

func labelValue(s string) bool {
	if s == "" || len(s) > 63 || !alphanumeric(s[0]) || !alphanumeric(s[len(s)-1]) {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && !strings.ContainsRune("-_.", rune(s[i])) {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
