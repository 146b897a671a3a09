// Command fn9s is the terminal console for serverless functions on Kubernetes, and the same engine without a
// terminal.
//
// Its one rule: commands read flags, ask the packages below, and print. They decide nothing about functions.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, config.StateFolder())
	stop()
	os.Exit(code)
}
