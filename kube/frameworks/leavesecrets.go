package frameworks

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// secrets adds the Secrets that only this function uses, or says that they stay.
func (d *leaving) secrets() {
	for _, r := range d.f.References {
		ref := model.Ref{Kind: Secret.Kind, Namespace: orElse(r.Namespace, d.f.Key.Namespace), Name: r.Name}
		if r.Kind != Secret.Kind || r.Missing || slices.Contains(d.gone, ref) {
			continue
		}
		d.gone = append(d.gone, ref)
		switch user := d.userOf(ref); {
		case !d.how.Secrets:
			d.note("Secret " + r.Name + " stays: --with-secrets deletes it too")
		case ref.Namespace != d.f.Key.Namespace:
			d.note(ref.String() + " stays: it is of another namespace")
		case user != "":
			d.note("Secret " + r.Name + " stays: " + user + " uses it too")
		default:
			d.take(ref, false, "only it uses it")
		}
	}
}

// userOf names something else that uses a Secret.
func (d *leaving) userOf(ref model.Ref) string {
	for _, o := range d.live.Functions(d.f.Key.Namespace) {
		if o.Key != d.f.Key && slices.ContainsFunc(o.References, func(r model.Reference) bool { return r.Kind == Secret.Kind && r.Name == ref.Name }) {
			return o.Name()
		}
	}
	kinds := []schema.GroupKind{Deployment, StatefulSet, DaemonSet, CronJob, Job, Ingress, {Kind: "ServiceAccount"}}
	for _, kind := range kinds {
		for _, o := range d.live.List(kind, ref.Namespace, "") {
			raw, err := json.Marshal([]any{o["spec"], o["secrets"], o["imagePullSecrets"]})
			if at := refOf(o, kind); !slices.Contains(d.gone, at) && (err != nil || strings.Contains(string(raw), `"`+ref.Name+`"`)) {
				return at.String()
			}
		}
	}
	return ""
}
