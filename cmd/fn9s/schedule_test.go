package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestAScheduleIsDeployedChangedPausedAndTakenBack goes through what an operator does with a function that is a CronJob.
func TestAScheduleIsDeployedChangedPausedAndTakenBack(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	u.own()
	do := func(words ...string) {
		t.Helper()
		r := u.run(append(words, "-n", u.namespace, "--yes", "--wait=false", "--override", "*")...)
		require.Equal(t, exitDone, r.code, "%v\n%s\n%s", words, r.out, r.err)
	}
	live := func() batchv1.CronJobSpec {
		t.Helper()
		o, err := u.api.BatchV1().CronJobs(u.namespace).Get(t.Context(), "nightly", metav1.GetOptions{})
		require.NoError(t, err)
		return o.Spec
	}
	nightly := []string{"deploy", "plain", "nightly", "--image", "registry.example.com/batch/nightly:1"}
	do(append(nightly, "--schedule", "0 2 * * *", "--timezone", "Europe/Berlin")...)
	assert.Equal(t, "0 2 * * *", live().Schedule)
	before := live()
	assert.Contains(t, u.run("get", "nightly", "-n", u.namespace, "-o", "json").out, "0 2 * * *", "it is seen")

	do(append(nightly, "--schedule", "30 3 * * 1-5", "--timezone", "Europe/Berlin")...)
	assert.Equal(t, "30 3 * * 1-5", live().Schedule)
	assert.Equal(t, before.JobTemplate, live().JobTemplate, "nothing else is different")

	do("pause", "nightly")
	assert.True(t, *live().Suspend)
	r := u.run("pause", "nightly", "-n", u.namespace, "--yes")
	assert.Contains(t, r.out+r.err, "othing", "it is paused already")
	do("resume", "nightly")
	assert.False(t, *live().Suspend)
	do("undo") // of the resume
	assert.True(t, *live().Suspend)
	for range 2 {
		do("undo")
	}
	assert.Equal(t, before, live(), "as before")

	do("pause", "nightly")
	do("run", "nightly") // paused or not
	jobs := func() []batchv1.Job {
		t.Helper()
		list, err := u.api.BatchV1().Jobs(u.namespace).List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		return slices.DeleteFunc(list.Items, func(j batchv1.Job) bool { return j.DeletionTimestamp != nil })
	}
	started := jobs()
	require.Len(t, started, 1)
	job := &started[0]
	cron, err := u.api.BatchV1().CronJobs(u.namespace).Get(t.Context(), "nightly", metav1.GetOptions{})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(job.Name, "nightly-"), job.Name)
	assert.Equal(t, "manual", job.Annotations["cronjob.kubernetes.io/instantiate"])
	assert.Equal(t, []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "CronJob", Name: "nightly", UID: cron.UID, Controller: new(true)}}, job.OwnerReferences)
	assert.Equal(t, cron.Spec.JobTemplate.Spec.Template.Spec, job.Spec.Template.Spec)
	do("undo") // of the run
	r = u.run("run", "nightly", "-n", u.namespace, "--yes", "--override", "*")
	assert.Contains(t, r.out, "nightly: ready: Job.batch "+u.namespace+"/nightly-", "its Job is followed until it runs\n%s", r.err)
	do("undo")
	assert.Empty(t, jobs())
	do("undo") // of the pause

	r = u.run("scale", "nightly", "3", "-n", u.namespace, "--yes")
	assert.Contains(t, r.err, "pause stops that")
	now := "fn9s run nightly -n " + u.namespace
	assert.Contains(t, u.run("restart", "nightly", "-n", u.namespace, "--yes").err, now)
	assert.Contains(t, u.run("invoke", "nightly", "-n", u.namespace).err, now)
}
