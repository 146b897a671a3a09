// Package calls plays what counts the calls of functions: gateways, routers and runtimes, under the names of metrics and
// labels that each framework has, for functions of the seed. A Prometheus scrapes it.
//
// Its one rule: a counter is a function of time, so that a restart takes none back.
package calls

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Path is where the counters are served.
const Path = "/_calls"

// Function is a function that is called: so often a second on average, with so many errors and cold starts of 1,000 calls,
// and so fast.
type Function struct {
	Framework, Namespace, Name string
	Rate                       float64
	Errors, Cold               float64 // of 1,000
	Seconds                    float64 // 95 of 100 calls take no longer
}

// Functions are those that are called.
var Functions = []Function{
	{"openfaas", "payments", "charge-card", 14, 6, 0, 0.2},
	{"openfaas", "checkout", "cart-total", 40, 0, 0, 0.05},
	{"knative", "payments", "fraud-score", 9, 2, 0, 0.5},
	{"knative", "checkout", "tax-quote", 22, 11, 0, 0.1},
	{"fission", "analytics", "geo-enrich", 30, 4, 2, 0},
	{"nuclio", "analytics", "sessionize", 55, 1, 0, 0.02},
	{"kubeless", "checkout", "quote-shipping", 7, 3, 0, 0.25},
	{"kyma", "checkout", "take-order", 5, 8, 0, 0.3},
	{"openwhisk", "guest", "shop/checkout", 3, 20, 15, 1},
}

// shares are which part of the calls ends within a multiple of the 95th percentile: the buckets of a histogram.
var shares = []struct{ of, share float64 }{{0.25, 0.4}, {0.5, 0.8}, {1, 0.95}, {2, 0.99}}

// period is how long the traffic takes to swell and to ebb, by a half each.
const period = 600.0

// Calls is how many calls there were at a moment since 2026 began.
func (f *Function) Calls(at time.Time) float64 {
	s := at.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Seconds()
	turn := 2 * math.Pi / period
	return math.Floor(f.Rate * (s + (1-math.Cos(turn*s))/(2*turn)))
}

// Handler serves the counters as they are now.
func Handler(now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		Write(w, now())
	})
}

// Write writes the counters of a moment as Prometheus reads them.
func Write(w io.Writer, at time.Time) {
	p := page{}
	for i := range Functions {
		f := &Functions[i]
		counters[f.Framework](&p, f, f.Calls(at))
	}
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(w, "# TYPE %s %s\n%s", name, p[name].kind, strings.Join(p[name].lines, ""))
	}
}

// counters write what a framework counts.
var counters = map[string]func(p *page, f *Function, calls float64){
	"openfaas": func(p *page, f *Function, calls float64) {
		name := label("function_name", f.Name+"."+f.Namespace)
		p.count("gateway_function_invocation_total", name+`,code="200"`, calls-f.errors(calls))
		p.count("gateway_function_invocation_total", name+`,code="500"`, f.errors(calls))
		p.histogram("gateway_functions_seconds", name, calls, f.Seconds)
	},
	"knative": func(p *page, f *Function, calls float64) {
		pod := label("namespace", f.Namespace) + "," + label("pod", f.Name+"-00001-deployment-7c9f5d6b8-x2x9k")
		p.histogram("kn_serving_invocation_duration_seconds", pod+`,http_response_status_code="200"`, calls-f.errors(calls), f.Seconds)
		p.histogram("kn_serving_invocation_duration_seconds", pod+`,http_response_status_code="503"`, f.errors(calls), f.Seconds)
	},
	"fission": func(p *page, f *Function, calls float64) {
		name := label("function_namespace", f.Namespace) + "," + label("function_name", f.Name)
		p.count("fission_function_calls_total", name+`,path="/`+f.Name+`",method="GET",code="200"`, calls)
		p.count("fission_function_errors_total", name+`,path="/`+f.Name+`",method="GET",code="500"`, f.errors(calls))
		p.count("fission_function_cold_starts_total", name, f.cold(calls))
	},
	"nuclio": func(p *page, f *Function, calls float64) {
		name := label("namespace", f.Namespace) + "," + label("function", f.Name) + `,trigger_kind="http",trigger_id="default-http"`
		p.count("nuclio_processor_handled_events_total", name+`,result="success"`, calls-f.errors(calls))
		p.count("nuclio_processor_handled_events_total", name+`,result="failure"`, f.errors(calls))
		for worker := range 2 {
			of := name + `,worker_index="` + strconv.Itoa(worker) + `"`
			p.count("nuclio_processor_handled_events_duration_milliseconds_sum", of, calls/2*f.Seconds*1000)
			p.count("nuclio_processor_handled_events_duration_milliseconds_count", of, calls/2)
		}
	},
	// Scraped by annotations, as classic runtimes are.
	"kubeless": func(p *page, f *Function, calls float64) {
		pod := label("kubernetes_namespace", f.Namespace) + "," + label("kubernetes_pod_name", f.Name+"-5b7d9c6f4-q8z7w") + `,method="POST"`
		p.count("function_calls_total", pod, calls)
		p.count("function_failures_total", pod, f.errors(calls))
		p.histogram("function_duration_seconds", pod, calls, f.Seconds)
	},
	// Scraped by a ServiceMonitor; the runtime of Node.js, which spells its milliseconds so.
	"kyma": func(p *page, f *Function, calls float64) {
		pod := label("namespace", f.Namespace) + "," + label("pod", f.Name+"-k7hq2-6d5f8b9c7-m4n5p")
		p.count("function_calls_total", pod, calls)
		p.count("function_failures_total", pod, f.errors(calls))
		p.histogram("function_duration_miliseconds", pod, calls, f.Seconds*1000)
	},
	"openwhisk": func(p *page, f *Function, calls float64) {
		name := label("namespace", f.Namespace) + "," + label("initiator", f.Namespace) + "," + label("action", f.Name)
		p.count("openwhisk_action_activations_total", name+`,kind="nodejs:20",memory="256"`, calls)
		p.count("openwhisk_action_status", name+`,status="success"`, calls-f.errors(calls))
		p.count("openwhisk_action_status", name+`,status="application_error"`, f.errors(calls))
		p.count("openwhisk_action_coldStarts_total", name, f.cold(calls))
		p.histogram("openwhisk_action_duration_seconds", name, calls, f.Seconds)
	},
}

func (f *Function) errors(calls float64) float64 { return math.Floor(calls * f.Errors / 1000) }
func (f *Function) cold(calls float64) float64   { return math.Floor(calls * f.Cold / 1000) }

// page is what is served: families of metrics by name.
type page map[string]*family

type family struct {
	kind  string
	lines []string
}

func (p page) of(name, kind string) *family {
	if p[name] == nil {
		p[name] = &family{kind: kind}
	}
	return p[name]
}

func (p page) count(name, labels string, value float64) {
	p.of(name, "counter").add(name, labels, value)
}

func (p page) histogram(name, labels string, calls, seconds float64) {
	f := p.of(name, "histogram")
	for _, s := range shares {
		f.add(name+"_bucket", labels+`,le="`+strconv.FormatFloat(s.of*seconds, 'g', 6, 64)+`"`, math.Floor(calls*s.share))
	}
	f.add(name+"_bucket", labels+`,le="+Inf"`, calls)
	f.add(name+"_sum", labels, calls*seconds/2)
	f.add(name+"_count", labels, calls)
}

func (f *family) add(name, labels string, value float64) {
	f.lines = append(f.lines, name+"{"+labels+"} "+strconv.FormatFloat(value, 'f', -1, 64)+"\n")
}

func label(name, value string) string { return name + "=" + strconv.Quote(value) }
