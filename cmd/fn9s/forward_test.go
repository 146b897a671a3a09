package main

import (
	"net/http"
	"net/http/httputil"
	"net/url"

	"k8s.io/client-go/rest"
)

func restTransport(config *rest.Config) (http.RoundTripper, error) { return rest.TransportFor(config) }

// forward passes requests on but for those that are to fail.
func forward(target *url.URL, transport http.RoundTripper, broken func(path string) bool) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken(r.URL.Path) {
			http.Error(w, "conversion webhook failed", http.StatusInternalServerError)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}
