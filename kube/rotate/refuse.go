package rotate

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/secrets"
)

// unfit are the types of Secrets whose data is nothing that an operator chooses.
var unfit = map[string]string{
	"kubernetes.io/service-account-token": "it holds a token that the cluster signs: delete it, and have its users take a short-lived projected token",
	"bootstrap.kubernetes.io/token":       "it holds a token with which nodes join: make a new one with kubeadm token create",
	"helm.sh/release.v1":                  "it is the record of a Helm release: rotate the values that the release installs",
	"fn9s.io/backup":                      "it keeps old values of a change: fn9s undo uses it, fn9s journal prune removes it",
}

// Refusal says why a Secret is not rotated here, as far as that is known without reading it; empty: nothing speaks
// against it.
func Refusal(i *secrets.Item) string {
	switch {
	case i.Status == secrets.Absent:
		return "it is named, and not there"
	case i.Ref.Kind != "Secret":
		return fromStore(i.Ref)
	}
	return refusal(&Stored{Type: i.Type}, i)
}

func fromStore(ref model.Ref) string {
	return "it is a " + ref.Kind + ": the Secrets Store CSI driver mounts it from outside, so rotate it there"
}

// refusal says why a Secret is not rotated here; empty when it can be.
func refusal(s *Stored, i *secrets.Item) string {
	if why := unfit[s.Type]; why != "" {
		return why
	}
	if i == nil || i.By == "" {
		for _, o := range s.Owners {
			if o.Kind != "Pod" && o.Kind != "ReplicaSet" && o.Kind != "ExternalSecret" {
				return o.Kind + " " + o.Name + " makes it, and would set it back: change that"
			}
		}
		return ""
	}
	switch {
	case i.Provider == secrets.Sealed:
		return i.By + " makes it, and would set it back: seal a new value with kubeseal, and apply that"
	case i.Provider == secrets.CSI:
		return i.By + " makes it from a store outside: rotate it there"
	case i.Provider == secrets.Certificate && i.Maker.Kind == "Certificate":
		return fmt.Sprintf("cert-manager makes it: cmctl renew %s -n %s has it made anew", i.Maker.Name, i.Maker.Namespace)
	case i.Provider == secrets.Certificate:
		return "cert-manager makes it: have it made anew there"
	case i.Maker.Kind == "ExternalSecret", i.Deployed:
		return ""
	case i.Provider == secrets.FromOutside:
		return i.By + " fetches it from a store outside: rotate it there"
	}
	return i.By + " writes it, and would set it back: change it there"
}

// forceSync has an ExternalSecret fetched again: the new value is in the store outside already.
func (p *Planner) forceSync(ctx context.Context, r *Rotation, i *secrets.Item, o Options) error {
	object, err := p.Cluster.Object(ctx, i.Maker)
	switch {
	case err != nil:
		return fmt.Errorf("read ExternalSecret %s/%s: %w", i.Maker.Namespace, i.Maker.Name, err)
	case object == nil:
		return &RefusedError{r.Secret, "ExternalSecret " + i.Maker.Name + " that makes it is not there"}
	}
	spec, _ := object["spec"].(map[string]any)
	if policy, _ := spec["refreshPolicy"].(string); policy == "CreatedOnce" {
		return &RefusedError{r.Secret, "ExternalSecret " + i.Maker.Name + " fetches it once only (refreshPolicy CreatedOnce)"}
	}
	if o.Recipe != "" || len(o.Keys) > 0 || o.All {
		return &RefusedError{r.Secret, "ExternalSecret " + i.Maker.Name + " fetches it from a store outside: put the value there, then rotate it here without a value"}
	}
	r.Source = i.Maker
	version, _ := object["apiVersion"].(string)
	o.NoRestart = true // the value arrives some time after the step
	p.consumers(r, i, o)
	for k := range r.Consumers {
		if c := &r.Consumers[k]; c.Takes == Kept {
			c.Why = "once the new value has arrived, restart it: " + c.restarting()
		}
	}
	r.Notes = append(r.Notes, "the new value must be in the store outside already: the operator of the ExternalSecret fetches it now")
	r.Wishes = []change.Wish{{Effect: plan.AtOnce, Functions: r.users(), Edit: plan.Edit{
		Verb: plan.Patch, Object: i.Maker, APIVersion: version, Why: "fetch it again from the store outside",
		Fields: []plan.Field{{Path: plan.Keyed("metadata.annotations", "force-sync"), Value: strconv.FormatInt(o.At.Unix(), 10)}},
	}}}
	return nil
}

// restarting is the command that restarts a consumer.
func (c *Consumer) restarting() string {
	if c.Function {
		return fmt.Sprintf("fn9s restart %s -n %s", c.Name, c.ID.Namespace)
	}
	return fmt.Sprintf("kubectl rollout restart %s/%s -n %s", strings.ToLower(c.Object.Kind), c.Name, c.ID.Namespace)
}

// isWorkload reports whether an object runs pods by itself.
func isWorkload(ref model.Ref) bool {
	return ref.Group == "apps" || ref.Group == "batch" || ref.Group == "" && ref.Kind == "Pod"
}
