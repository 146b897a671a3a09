package kyma_test

import (
	"testing"

	"github.com/fn9s/fn9s/kube/frameworks/deploytest"
	"github.com/fn9s/fn9s/kube/plan"
)

const pinned = "registry.example.com/payments/charge@sha256:39d6dc8e67d88ac5733d668adaf0503a340b0ef0007cad09481f74de8d8ec3fe"

func TestDebugPosture(t *testing.T) {
	for _, ns := range []string{"orders"} {
		o := deploytest.Platform(t, "kyma", deploytest.KeptAs(ns)).Secure(&plan.DeployRequest{
			Framework: "kyma", Namespace: ns, Name: "settle", Runtime: "python312", Source: plan.Source{Code: &plan.Code{Files: map[string][]byte{"main.py": []byte("def main(event, context): return 1\n")}}},
		})
		t.Log(o.Posture.Letter(), o.Done)
		for i, w := range o.Left {
			t.Log("left", i, w)
		}
		for _, f := range o.Failing() {
			t.Log(f)
		}
		for _, f := range o.Posture.Findings {
			if f.Status.String() == "unknown" {
				t.Log("unknown", f.Control.ID, f.Message)
			}
		}
	}
}
