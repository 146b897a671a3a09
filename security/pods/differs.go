package pods

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/workload"
)

// named says in a word what a row is about.
var named = [...]string{
	privileged: "privileged", hostPath: "folders of the node", hostNamespaces: "the node's namespaces",
	socket: "the runtime's socket", capabilities: "capabilities", root: "user", escalation: "privilege escalation",
	writable: "root filesystem", seccomp: "seccomp", profiles: "AppArmor or SELinux", proc: "kernel settings",
	shared: "process namespace", hostProcess: "HostProcess", lowUID: "user id", device: "devices",
	controlPlane: "placement",
}

// compared are the rows by which a running pod may be weaker than its template. What depends on the version of the
// standards, and what the scheduler adds, is not among them.
var compared = []row{
	privileged, hostPath, hostNamespaces, socket, capabilities, root, escalation, writable, seccomp, profiles, shared,
	hostProcess, device,
}

// podsDiffer compares running pods with their templates.
func podsDiffer(e *check.Eval) {
	if len(e.F.Pods) == 0 {
		e.NA("no pod of it runs")
		return
	}
	j := judgedOf.Get(e.Reader, e.F.Key)
	if !j.templates() {
		e.NA("its pods have no template")
		return
	}
	var declared [controlPlane + 1]check.Severity
	var seen [controlPlane + 1]bool
	var names []string
	for _, it := range j.issues {
		if !j.view.Specs[it.spec].Live {
			declared[it.row], seen[it.row] = max(declared[it.row], it.severity), true
		}
	}
	for i := range j.view.Specs {
		if !j.view.Specs[i].Live {
			names = append(names, containers(&j.view.Specs[i])...)
		}
	}
	for _, it := range j.issues {
		s := &j.view.Specs[it.spec]
		if !s.Live || !slices.Contains(compared, it.row) || it.kind == workload.Ephemeral && it.container != "" ||
			seen[it.row] && it.severity <= declared[it.row] {
			continue
		}
		declared[it.row], seen[it.row] = it.severity, true
		message := "the running pod is weaker than its template: " + named[it.row]
		added := slices.DeleteFunc(containers(s), func(n string) bool { return slices.Contains(names, n) })
		if len(added) > 0 {
			message += "; not in the template: container " + strings.Join(added, ", ")
		}
		e.Fail(it.at(s), message)
	}
	oldPods(e)
}

func containers(s *workload.Spec) []string {
	var names []string
	for _, c := range s.Containers() {
		names = append(names, c.Name)
	}
	return names
}

// oldPods reports a rollout that does not go on: what was fixed in the template is not in force.
func oldPods(e *check.Eval) {
	for _, ref := range e.F.Workloads {
		w, ok := e.Get(ref.Ref).(*model.Workload)
		if !ok || ref.Role != model.Run || w.Kind != "Deployment" || w.Updated >= w.Desired || w.Ready <= w.Updated {
			continue
		}
		progress, known := w.Condition("Progressing")
		switch {
		case w.Paused:
			e.Fail(check.At{Object: w.Ref, Path: "spec.paused", Value: "true"},
				"pods of an older template still serve: the rollout is paused")
		case known && progress.Status == "False":
			e.Fail(check.At{Object: w.Ref, Path: "spec.template"},
				"pods of an older template still serve: the rollout is stuck ("+progress.Reason+")")
		}
	}
}
