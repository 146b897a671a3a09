package workshop

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/security/model"
)

const newCanary = "n3w-cAnArY-8b2f"

// secret makes a Secret that the first function reads at its start, and waits until that is known.
func (w *world) secret(immutable bool) model.Ref {
	w.t.Helper()
	ctx := w.t.Context()
	ref := model.Ref{Kind: "Secret", Namespace: w.namespace, Name: "db"}
	_, err := w.api.CoreV1().Secrets(w.namespace).Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: ref.Name}, Immutable: &immutable,
		StringData: map[string]string{"password": canary, "user": "u"}}, metav1.CreateOptions{})
	require.NoError(w.t, err)
	live, err := w.api.AppsV1().Deployments(w.namespace).Get(ctx, "f00", metav1.GetOptions{})
	require.NoError(w.t, err)
	live.Spec.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: ref.Name}, Key: "password"}}}}
	_, err = w.api.AppsV1().Deployments(w.namespace).Update(ctx, live, metav1.UpdateOptions{FieldManager: "somebody"})
	require.NoError(w.t, err)
	require.Eventually(w.t, func() bool {
		found, err := w.Candidates(ctx, Wanted{Context: w.context, Functions: w.ids()})
		return err == nil && len(found) == 1 && found[0].Item != nil && found[0].Ref == ref
	}, time.Minute, 10*time.Millisecond)
	return ref
}

func (w *world) value(name string) string {
	w.t.Helper()
	s, err := w.api.CoreV1().Secrets(w.namespace).Get(w.t.Context(), name, metav1.GetOptions{})
	require.NoError(w.t, err)
	return string(s.Data["password"])
}

// turn makes the order that gives a Secret a new value.
func (w *world) turn(ref model.Ref, expired ...change.KeptSecret) (*Order, *rotate.Rotation, func()) {
	w.t.Helper()
	l, err := w.Outlook(w.t.Context(), w.context, ref, rotate.Options{At: time.Now()})
	require.NoError(w.t, err)
	require.NotNil(w.t, l.Rotation, l.Refused+l.Unclear)
	assert.Equal(w.t, []string{"password", "user"}, l.Stored.Keys)
	assert.Empty(w.t, l.Denied)
	values := rotate.NewValues([]*rotate.Rotation{l.Rotation}, time.Now)
	require.NoError(w.t, values.Give(l.Rotation, "password", []byte(newCanary)))
	o, letGo := (&Turn{Context: w.context, Secrets: []*rotate.Rotation{l.Rotation}, Values: values, Expired: expired}).Order()
	return o, l.Rotation, letGo
}

func TestASecretIsRotatedByItsOrderAndTakenBack(t *testing.T) {
	for name, immutable := range map[string]bool{"in place": false, "by a successor": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, kubetest.Need(t).Admin, change.Options{})
			ref := w.secret(immutable)
			o, r, letGo := w.turn(ref)
			d := w.plan(o)
			require.Len(t, d.Steps, 2, "the Secret, and its user")
			assert.Equal(t, d.Together[1], d.Together[2], "they belong together")
			assert.NotEmpty(t, d.Notes)
			id := w.start(d)
			letGo() // the form is left while the change is carried out
			j := w.ended(id)
			require.Equal(t, journal.Applied, j.Outcome, j.Reason)
			target := ref.Name
			if immutable {
				target = r.Successor.Name
			}
			assert.Equal(t, newCanary, w.value(target))
			_, err := w.Start(d, nil)
			assert.Error(t, err)
			assert.Contains(t, d.Refused(), "were wiped")
			back := w.ended(w.start(w.plan(&Order{Context: w.context, Action: Undo, Undoes: id})))
			require.Equal(t, journal.Applied, back.Outcome, back.Reason)
			assert.Equal(t, canary, w.value(ref.Name))
		})
	}
}

func TestExpiredOldValuesAreRemovedWithARotation(t *testing.T) {
	w := newWorld(t, 1, kubetest.Need(t).Admin, change.Options{Keep: time.Nanosecond})
	ref := w.secret(false)
	o, _, letGo := w.turn(ref)
	j := w.ended(w.start(w.plan(o)))
	letGo()
	require.Equal(t, journal.Applied, j.Outcome, j.Reason)
	var over []change.KeptSecret
	require.Eventually(t, func() bool { // to the second
		var err error
		over, err = w.Expired(t.Context(), w.context, []string{w.namespace})
		return err == nil && len(over) == 1
	}, 10*time.Second, 10*time.Millisecond)
	_, err := w.api.CoreV1().Secrets(w.namespace).Patch(t.Context(), ref.Name, "application/merge-patch+json", []byte(`{"stringData":{"password":"x"}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	o, _, letGo = w.turn(ref, over...)
	defer letGo()
	j = w.ended(w.start(w.plan(o)))
	require.Equal(t, journal.Applied, j.Outcome, j.Reason)
	_, err = w.api.CoreV1().Secrets(w.namespace).Get(t.Context(), over[0].Name, metav1.GetOptions{})
	assert.Error(t, err, "it is gone")
}

func TestARotationAfterWhichARolloutFailsIsTakenBack(t *testing.T) {
	w := newWorld(t, 1, kubetest.Need(t).Admin, change.Options{})
	ref := w.secret(false)
	o, _, letGo := w.turn(ref)
	defer letGo()
	o.TakeBack = true
	d := w.plan(o)
	failing(w)
	j := w.ended(w.start(d))
	require.NotEmpty(t, j.TakenBack, "%s %v", j.NotTakenBack, j.Seen)
	back := w.ended(j.TakenBack)
	assert.Equal(t, journal.Applied, back.Outcome, back.Reason)
	assert.Equal(t, canary, w.value(ref.Name))
}

// failing lets no pod of the namespace be made, and has the function want one.
func failing(w *world) {
	w.t.Helper()
	ctx := w.t.Context()
	_, err := w.api.CoreV1().ResourceQuotas(w.namespace).Create(ctx, &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "none"},
		Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: {}}}}, metav1.CreateOptions{})
	require.NoError(w.t, err)
	_, err = w.api.AppsV1().Deployments(w.namespace).Patch(ctx, "f00", "application/merge-patch+json", []byte(`{"spec":{"replicas":1,"progressDeadlineSeconds":2}}`), metav1.PatchOptions{})
	require.NoError(w.t, err)
	w.t.Cleanup(func() {
		_ = w.api.CoreV1().ResourceQuotas(w.namespace).Delete(context.Background(), "none", metav1.DeleteOptions{})
	})
}

func TestWhatMayNotBeReadIsSaidBeforeItIsTried(t *testing.T) {
	w := newWorld(t, 0, kubetest.Need(t).ReadOnly, change.Options{})
	l, err := w.Outlook(t.Context(), w.context, model.Ref{Kind: "Secret", Namespace: w.namespace, Name: "db"}, rotate.Options{At: time.Now()})
	require.NoError(t, err)
	assert.Contains(t, l.Denied, "no get on secrets")
	assert.Nil(t, l.Stored)
}
