package main

// samples are scenes of the demo. Their pictures are checked in and compared: the same program draws the same again.
var samples = []scene{
	{name: "functions", cols: 120, rows: 40, png: true},
	{name: "functions-80x24", cols: 80, rows: 24, dark: true},
	{name: "functions-wide", cols: 200, rows: 50, steps: []step{{key: "w", see: []string{"CPU 10 MIN"}}}, dark: true},
	{name: "functions-filtered", cols: 120, rows: 30, dark: true,
		steps: []step{{see: []string{"▲ platform F"}}, {key: "/", text: "framework!=plain state=failed"}, {key: "enter", see: []string{"filter: framework!=plain state=failed"}}}},
	{name: "functions-mono", cols: 120, rows: 40, dark: true, args: []string{"--theme", "mono"}},
	{name: "functions-nocolor", cols: 120, rows: 40, dark: true, env: []string{"NO_COLOR=1"}},
	{name: "function", cols: 120, rows: 40, png: true, steps: about("charge-card", "enter", "Declared by", "Triggers")},
	{name: "posture", cols: 120, rows: 40, png: true, steps: about("watermark", "S", "posture watermark", "What lifts")},
	{name: "evidence", cols: 120, rows: 40, steps: then(command("findings control=SEC-01 function=export-prices", "1 control"),
		step{key: "enter", see: []string{"WHAT WAS FOUND"}}, step{key: "enter", see: []string{"Why it matters"}})},
	{name: "findings", cols: 120, rows: 40, png: true, steps: command("findings", "WHAT IT SAYS")},
	{name: "blast", cols: 120, rows: 40, png: true, steps: about("watermark", "b", "How far it goes", "What is inside")},
	{name: "access", cols: 120, rows: 40, steps: about("watermark", "a", "Who may", "run commands in it")},
	{name: "network", cols: 140, rows: 40, png: true, steps: about("charge-card", "v", "From where it can be called", "Who may talk to its pods")},
	{name: "metrics", cols: 120, rows: 40, png: true, steps: about("watermark", "m", "metrics of watermark")},
	{name: "secrets", cols: 140, rows: 40, steps: command("secrets", "READERS")},
	{name: "policies", cols: 140, rows: 40, steps: command("policies", "MISSES", "default-deny")},
	{name: "platforms", cols: 170, rows: 24, steps: command("platforms", "WORST FINDING")},
	{name: "describe", cols: 120, rows: 40, steps: about("charge-card", "d", "▸ describe", "Kind:")},
	{name: "yaml", cols: 120, rows: 40, steps: about("charge-card", "y", "▸ YAML", "kind: Function")},
	{name: "namespaces", cols: 120, rows: 40, steps: []step{{key: "n", see: []string{"type to narrow down"}}}},
	{name: "command", cols: 120, rows: 40, steps: []step{{key: ":", text: "fn pay", see: []string{":fn pay"}}}},
	{name: "help", cols: 120, rows: 40, png: true, steps: []step{{key: "?", see: []string{"▸ help", "half a page down"}}}},
}
