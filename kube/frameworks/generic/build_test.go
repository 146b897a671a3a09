package generic_test

import (
	"fmt"
	"testing"

	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
)

func TestX(t *testing.T) {
	for _, f := range []string{"keda", "spin", "openfunction", "greeter", "dapr"} {
		c := frameworkstest.Load(t, generic.New(worked(t)), "testdata/"+f+".yaml")
		fmt.Println("==", f)
		for i, r := range c.Rows() {
			fn := c.Functions()[i]
			fmt.Println(r, "|", fn.Reason, "|", fn.Image, fn.Runtime, fn.Notes)
			for _, t := range fn.Triggers {
				fmt.Printf("     T %+v\n", t)
			}
			for _, t := range fn.URLs {
				fmt.Printf("     U %+v\n", t)
			}
			for _, t := range fn.References {
				fmt.Printf("     R %+v\n", t)
			}
			fmt.Println("     C", fn.Claims, len(fn.Pods))
		}
	}
}
