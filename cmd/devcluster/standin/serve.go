package standin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/calls"
)

// Credentials are what the stand-ins accept.
type Credentials struct {
	FnToken   string
	OpenWhisk map[string]string // "UUID:KEY" to tenant
}

// Serve runs both servers until the context ends. The admin endpoint /_faults is on both, and so are the counters of calls.
func Serve(ctx context.Context, samples func(framework string) (fs.FS, error), credentials Credentials, fnAddress, openWhiskAddress string) error {
	fnSamples, err := samples("fn")
	if err != nil {
		return err
	}
	fn, err := NewFn(fnSamples, credentials.FnToken)
	if err != nil {
		return err
	}
	openWhiskSamples, err := samples("openwhisk")
	if err != nil {
		return err
	}
	openWhisk, err := NewOpenWhisk(openWhiskSamples, credentials.OpenWhisk)
	if err != nil {
		return err
	}
	faults := &Faults{}
	failed := make(chan error, 2)
	var servers []*http.Server
	for address, handler := range map[string]http.Handler{
		fnAddress:        faults.Wrap("fn", fn.Handler()),
		openWhiskAddress: faults.Wrap("openwhisk", openWhisk.Handler()),
	} {
		mux := http.NewServeMux()
		mux.Handle("/_faults", faults)
		mux.Handle(calls.Path, calls.Handler(time.Now))
		mux.Handle("/", handler)
		server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen for a stand-in: %w", err)
		}
		servers = append(servers, server)
		go func() { failed <- server.Serve(listener) }()
	}
	select {
	case <-ctx.Done():
		for _, server := range servers {
			_ = server.Close()
		}
		return nil
	case err := <-failed:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("serve a stand-in: %w", err)
	}
}

// Hash names the data below the folder rest of the samples.
func Hash(samples fs.FS) string {
	sum := sha256.New()
	_ = fs.WalkDir(samples, "rest", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(samples, name)
		fmt.Fprintln(sum, name, len(data))
		sum.Write(data)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:16]
}
