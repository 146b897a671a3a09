package main

// live are scenes that only a cluster has. They are drawn in folder cluster, and not compared: ages and logs go on there.
var live = []scene{
	{name: "two-namespaces", cols: 120, rows: 40, as: "two-namespaces", png: true, dark: true,
		steps: []step{{see: []string{"charge-card", "apply-coupon", "denied: other namespaces"}}}},
	{name: "posture-unknown", cols: 120, rows: 40, as: "two-namespaces", dark: true, steps: about("charge-card", "S", "posture charge-card", "not judged")},
	{name: "contexts", cols: 120, rows: 24, dark: true, steps: command("ctx", "contexts(", "SERVER")},
	{name: "logs", cols: 120, rows: 40, dark: true, steps: then(about("take-order", "l", "logs of take-order", "request handled"), step{key: "f", see: []string{"paused"}})},
	{name: "tighten", cols: 120, rows: 40, png: true, steps: about("export-prices", "T", "fixes on", "expected", "[x]")},
	{name: "plan", cols: 140, rows: 40, png: true, args: []string{"--read-only"}, steps: then(about("export-prices", "T", "fixes on", "expected", "[x]"),
		step{key: "enter", see: []string{"overview", "expected"}}, step{key: "tab", see: []string{"step 1 of"}})},
	{name: "deploy", cols: 140, rows: 44, png: true, args: []string{"--read-only", "-n", "checkout"}, steps: then(command("new knative", "knative function", "typing: tab next"),
		step{key: "resize", see: []string{"resize"}}, step{key: "tab"},
		step{key: "registry.example.com/media/resize:2.1", see: []string{"Posture of the result", "name: resize"}})},
	{name: "stale", cols: 120, rows: 40, cut: true, dark: true, steps: []step{{see: []string{"▲ stale", "ctrl-r retries"}}}},
	{name: "errors", cols: 120, rows: 24, cut: true, dark: true,
		steps: []step{{see: []string{"▲ stale"}}, {key: "!", see: []string{"▸ errors(", "connection refused"}}}},
}
