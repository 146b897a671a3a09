package framework

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

var (
	fnFunctionKind = schema.GroupKind{Group: fnGroup, Kind: "Fn"}
	fnAppKind      = schema.GroupKind{Group: fnGroup, Kind: "App"}
)

var fnKinds = []snapshot.Kind{
	{GroupKind: fnFunctionKind, Reader: reader, Decode: decodeFnRecord},
	{GroupKind: fnAppKind, Reader: reader, Decode: decodeFnRecord},
	connectorKind(fnGroup),
}

const noFn = "it is no Fn"

// fnRecord is what is judged of an app or a function.
type fnRecord struct {
	config []literal
	logs   []logTarget
}

// logTarget is where the output of an app goes, without the credentials that its address may hold.
type logTarget struct{ scheme, host string }

func decodeFnRecord(raw *snapshot.Raw) (any, error) {
	var o struct {
		Config map[string]any
		Syslog string `json:"syslog_url"`
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, decodeError(raw, err)
	}
	f := &fnRecord{}
	for _, name := range slices.Sorted(maps.Keys(o.Config)) {
		value, _ := o.Config[name].(string)
		if l, ok := judgeLiteral(name, value); ok && len(f.config) < maxLiterals {
			f.config = append(f.config, l)
		}
	}
	for _, address := range strings.SplitN(o.Syslog, ",", 16) {
		if address = strings.TrimSpace(address); address != "" {
			f.logs = append(f.logs, logTargetOf(address))
		}
	}
	return f, nil
}

func logTargetOf(address string) logTarget {
	u, err := url.Parse(address)
	if err != nil {
		return logTarget{}
	}
	return logTarget{scheme: short(strings.ToLower(u.Scheme)), host: short(u.Hostname())}
}

// fnAppOf returns the app of a function's record.
func fnAppOf(fn model.Ref) model.Ref {
	connector, rest, _ := strings.Cut(fn.Name, "/")
	app, _, _ := strings.Cut(rest, "/")
	return model.Ref{Group: fnGroup, Kind: fnAppKind.Kind, Namespace: fn.Namespace, Name: connector + "/" + app}
}

// checkFnConfig is FW-FN-04.
func checkFnConfig(e *check.Eval) {
	if !runs(e, fnProject, noFn) {
		return
	}
	ref, facts, ok := recordOf[*fnRecord](e, fnFunctionKind)
	if !ok {
		return
	}
	reportLiterals(e, ref, "config", "configuration", facts.config)
	app := fnAppOf(ref)
	if facts, ok := snapshot.FactsOf[*fnRecord](e.Get(app), reader); ok {
		reportLiterals(e, app, "config", "configuration of the app", facts.config)
	}
}

// checkFnLogs is FW-FN-05.
func checkFnLogs(e *check.Eval) {
	if !runs(e, fnProject, noFn) {
		return
	}
	ref, _, ok := recordOf[*fnRecord](e, fnFunctionKind)
	if !ok {
		return
	}
	app := fnAppOf(ref)
	facts, ok := snapshot.FactsOf[*fnRecord](e.Get(app), reader)
	if !ok {
		return
	}
	for _, t := range facts.logs {
		at := check.At{Object: app, Path: "syslog_url", Value: t.scheme + "://" + t.host}
		switch {
		case t.host == "":
			e.Undecided(check.At{Object: app, Path: "syslog_url"}, "the address that the output goes to cannot be read")
		case t.scheme != "tls":
			e.Failf(at, "all output goes to %s in clear text", t.host)
		case !inCluster(t.host):
			e.Failf(at, "all output goes to %s, outside the cluster", t.host)
		}
	}
}

// inCluster reports whether a host name is one that only the cluster's DNS answers.
func inCluster(host string) bool {
	return !strings.Contains(host, ".") && !strings.Contains(host, ":") ||
		strings.HasSuffix(host, ".svc") || strings.HasSuffix(host, ".svc.cluster.local") || strings.HasSuffix(host, ".cluster.local")
}

// fnConnected says on the platform's row, once, what no connector has told.
func fnConnected(e *check.Eval) {
	if _, ok := planeOf(e, fnProject, noFn); ok {
		connected(e, fnGroup)
	}
}
