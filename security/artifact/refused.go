package artifact

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// refusal is a reason of security for which the API server or a node refuses a pod: words of theirs, and ours.
type refusal struct {
	marks []string // one of them is in the message, in lower case
	words string
}

// The refusals, the most telling first. The texts are those of the API server, the kubelet and the common registries.
var (
	ofAPIServer = []refusal{
		{[]string{"violates podsecurity"}, "the level of pod security of the namespace refuses its pods"},
		{[]string{"exceeded quota", "failed quota"}, "a quota of the namespace refuses its pods"},
		{[]string{"admission webhook", "validatingadmissionpolicy"}, "a policy refuses its pods"},
		{[]string{"error looking up service account"}, "its ServiceAccount is not there, so that no pod is made"},
		{[]string{"forbidden"}, "the API server refuses its pods"},
	}
	ofKubelet = []refusal{
		{[]string{"secret \"", "in secret "}, "a Secret or a key of one is not there, so that the container does not start"},
		{[]string{"runasnonroot", "run as root"}, "its image runs as root, which the pod forbids"},
	}
	ofRegistry = []refusal{
		{[]string{"unauthorized", "authentication required", "authorization failed", "access denied", "401 ", "403 ", "no basic auth credentials", "denied:"}, "the registry refuses to hand out its image: the login is missing or wrong"},
		{[]string{"signature", "policy"}, "the node refuses its image: a policy on signatures"},
	}
)

func refusalOf(all []refusal, message string) (string, bool) {
	message = strings.ToLower(message)
	for _, r := range all {
		if slices.ContainsFunc(r.marks, func(m string) bool { return strings.Contains(message, m) }) {
			return r.words, true
		}
	}
	return "", false
}

// refused is AUD-06: what workloads and pods say of themselves. It asks for no events, of which a busy cluster has more
// than of all other objects together.
func refused(e *check.Eval) {
	looked := false
	for _, w := range e.F.Workloads {
		o, ok := e.Get(w.Ref).(*model.Workload)
		if !ok || w.Role != model.Run {
			continue
		}
		looked = true
		c, failed := o.Condition("ReplicaFailure")
		if !failed || c.Status != "True" {
			continue
		}
		if words, ok := refusalOf(ofAPIServer, c.Message); ok {
			e.Fail(check.At{Object: o.Ref, Path: "status.conditions[type=ReplicaFailure]", Value: c.Reason}, words+": "+cut(c.Message))
		}
	}
	var said []string
	for _, ref := range e.F.Pods {
		if p, ok := e.Get(ref).(*model.Pod); ok {
			looked = true
			said = refusedPod(e, p, said)
		}
	}
	if !looked {
		e.NA("neither a workload nor a pod of it is there")
	}
}

// refusedPod reports each reason once for a container, however many pods it keeps down.
func refusedPod(e *check.Eval, p *model.Pod, said []string) []string {
	if p.Phase == "Failed" && (p.Reason == "SysctlForbidden" || p.Reason == "AppArmor") && !slices.Contains(said, p.Reason) {
		said = append(said, p.Reason)
		e.Fail(check.At{Object: p.Ref, Path: "status.reason", Value: p.Reason}, "the node refuses its pod: "+cut(p.Message))
	}
	for i := range p.Containers {
		c := &p.Containers[i]
		if c.State != "waiting" {
			continue
		}
		var reasons []refusal
		switch c.Reason {
		case "CreateContainerConfigError", "CreateContainerError":
			reasons = ofKubelet
		case "ErrImagePull", "ImagePullBackOff", "SignatureValidationFailed":
			reasons = ofRegistry
		}
		words, ok := refusalOf(reasons, c.Message)
		if key := c.Name + "\n" + words; ok && !slices.Contains(said, key) {
			said = append(said, key)
			at := check.At{Object: p.Ref, Path: "status.containerStatuses[name=" + c.Name + "].state.waiting", Value: c.Reason}
			e.Fail(at, "container "+c.Name+": "+words+": "+cut(c.Message))
		}
	}
	return said
}

// longest is how much of somebody else's message is told.
const longest = 300

func cut(message string) string {
	if len(message) <= longest {
		return message
	}
	return strings.ToValidUTF8(message[:longest], "") + " …"
}
