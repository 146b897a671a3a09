package frameworks

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// RunNow says how a function that runs by its schedule is run beside it.
func RunNow(f *model.Function) string {
	return "`fn9s run " + f.Name() + " -n " + f.Key.Namespace + "` runs it at once"
}

// scheduled are the CronJobs that run the function.
func scheduled(f *model.Function) []model.Ref {
	return slices.DeleteFunc(RunWorkloads(f), func(ref model.Ref) bool { return ref.GroupKind() != CronJob })
}

const (
	// manual is how kubectl marks a Job that somebody started.
	manual = "cronjob.kubernetes.io/instantiate"
	// mostOfName leaves room for what is added to the name of a CronJob: the names of a Job's pods end in more letters.
	mostOfName = 52
)

// StartJobs runs what runs by a schedule at once, as `kubectl create job --from` does.
func StartJobs(f *model.Function, live plan.Live) plan.Answer {
	var all []plan.Answer
	for _, ref := range scheduled(f) {
		o := live.Object(ref)
		template, _ := plan.Lookup(o, "spec.jobTemplate")
		job, _ := template.(map[string]any)
		spec, _ := job["spec"].(map[string]any)
		if spec == nil {
			all = append(all, plan.Answer{None: ref.String() + " is not there, or may not be read"})
			continue
		}
		all = append(all, plan.Answer{Effect: plan.AtOnce, Edits: []plan.Edit{startJob(ref, o, job, spec)}})
	}
	return Join(all...)
}

func startJob(ref model.Ref, cron, job, spec map[string]any) plan.Edit {
	annotations := map[string]any{manual: "manual"}
	meta, _ := job["metadata"].(map[string]any)
	given, _ := meta["annotations"].(map[string]any)
	for k, v := range given {
		annotations[k] = v
	}
	made := map[string]any{"annotations": annotations, "ownerReferences": []any{map[string]any{
		"apiVersion": "batch/v1", "kind": CronJob.Kind, "name": ref.Name, "uid": plan.Text(cron, "metadata.uid"), "controller": true,
	}}}
	if labels, ok := meta["labels"].(map[string]any); ok && len(labels) > 0 {
		made["labels"] = labels
	}
	name := ref.Name[:min(len(ref.Name), mostOfName)] + "-" + rand.String(5)
	return plan.Edit{
		Verb: plan.Create, Object: model.Ref{Group: Job.Group, Kind: Job.Kind, Namespace: ref.Namespace, Name: name}, APIVersion: "batch/v1", Why: string(plan.Running),
		New: map[string]any{"apiVersion": "batch/v1", "kind": Job.Kind, "metadata": made, "spec": spec},
	}
}
