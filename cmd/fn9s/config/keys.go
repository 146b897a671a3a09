package config

import (
	"regexp"
	"strings"

	"github.com/fn9s/fn9s/kube/stream/debug"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/columns"
)

func words(about string, all ...string) *shape {
	return &shape{kind: textValue, about: about, words: all}
}

func textOf(about string) *shape { return &shape{kind: textValue, about: about} }

func matching(about, pattern string) *shape {
	return &shape{kind: textValue, about: about, pattern: regexp.MustCompile(pattern)}
}

func yes(about string) *shape { return &shape{kind: boolean, about: about} }

func list(about string, of *shape) *shape { return &shape{kind: listOf, about: about, of: of} }

func section(about string, keys ...key) *shape {
	return &shape{kind: record, about: about, keys: keys}
}

func opaque(about string) *shape { return &shape{kind: anything, about: about} }

var (
	namespaceName = matching("a name of a namespace", `^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	namespaces    = list("namespaces", namespaceName)
	objectName    = matching("a name of small letters, digits, dashes and dots", `^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	secretValue   = matching("a value of a Secret, written NAMESPACE/NAME#KEY", `^[^/#\s]+/[^/#\s]+#[^/#\s]+$`)
	podLevel      = words("Pod Security level", "privileged", "baseline", "restricted")
	writes        = yes("let fn9s change something through this connector")
)

var aliasName = regexp.MustCompile(`^[A-Za-z][-A-Za-z0-9]{0,30}$`)

var favourite = &shape{kind: record, about: "a favourite scope, on a key from 1 to 9", whole: true, keys: []key{
	{"context", false, textOf("context of the kubeconfig; without it whatever is open")},
	{"namespaces", true, namespaces},
}}

var connectorKeys = []key{
	{"name", true, objectName},
	{"context", true, textOf("context of the kubeconfig that the connector belongs to")},
	{"kubeNamespace", true, namespaceName},
	{"caFile", false, textOf("file with certificates that are trusted too; relative to the configuration")},
	{"writes", false, writes},
}

func connector(about string, keys ...key) *shape {
	return list(about, &shape{kind: record, about: "one server or tenant", whole: true, keys: append(keys, connectorKeys...)})
}

var logOptions = section("how logs are shown",
	key{"ring", false, matching("a size such as 64MiB or 1GiB, from 1MiB on", `^[1-9][0-9]{0,4}(MiB|Mi|GiB|Gi)$`)},
	key{"tail", false, &shape{kind: number, about: "last lines of each container that come first; -1: all", low: -1, high: 1_000_000}},
	key{"since", false, &shape{kind: duration, about: "how far back the first lines lie"}},
	key{"timestamps", false, words("how the times of lines are shown", stampWords...)},
	key{"wrap", false, yes("wrap long lines")},
	key{"context", false, &shape{kind: number, about: "lines around each that a filter shows", low: 0, high: 50}},
	key{"exclude", false, textOf("containers that are not read, as a regular expression")},
	key{"builds", false, yes("read what builds a function, too")},
)

// stampWords are the ways to show times, in the order of logpane.Stamps.
var stampWords = []string{"short", "full", "age", "off"}

var posture = section("how posture is judged",
	key{"target", false, podLevel},
	key{"namespaces", false, &shape{kind: dict, about: "a name or pattern of namespaces", of: section("what is different there",
		key{"target", false, podLevel})}},
	key{"allowedRegistries", false, list("registries that images may come from; none: every registry", textOf("path of a registry"))},
	key{"rotationAge", false, &shape{kind: duration, about: "age from which a Secret counts as not rotated"}},
	key{"sensitiveNames", false, list("names that tell a secret, as regular expressions", textOf("regular expression"))},
	key{"readCertificates", false, yes("read tls.crt of the Secrets of routes")},
	key{"compareSecretValues", false, yes("compare values of Secrets, in memory")},
	key{"exceptions", false, textOf("file of accepted risks; relative to the configuration")},
)

// prometheusShape is off as a whole when anything in it is wrong: a token must not go to half an address.
var prometheusShape = &shape{kind: record, about: "where it is asked how functions are called; without url through the API server's service proxy", whole: true, keys: []key{
	{"service", false, matching("a Service, written NAMESPACE/[SCHEME:]NAME:PORT", `^[a-z0-9][-a-z0-9]*/(https?:)?[a-z0-9][-a-z0-9]*:[-a-z0-9]+$`)},
	{"url", false, matching("an address of http or https", `^https?://[^\s@?#]+$`)},
	{"context", false, textOf("context of the kubeconfig that it belongs to; without it all")},
	{"tokenSecret", false, secretValue},
	{"caFile", false, textOf("file with certificates that are trusted too; relative to the configuration")},
	{"queries", false, &shape{kind: dict, about: "a framework", of: &shape{kind: record, about: "PromQL with {namespace}, {name}, {workload} and {window}, or {name:re} in a regular expression", whole: true, keys: []key{
		{"invocations", false, matching("a query of calls a second", promQL)}, {"errors", false, matching("a query of failed calls a second", promQL)},
		{"latency", false, matching("a query of seconds", promQL)}, {"coldStarts", false, matching("a query of cold starts a second", promQL)}}}}},
}}

const promQL = `^[^\x00-\x08]{1,1000}$`

// root is the whole file.
var root = section("Configuration of fn9s",
	key{"keys", false, &shape{kind: dict, about: "keys of actions, by their ids; `preset` chooses the keys to begin with",
		of: &shape{kind: either, about: "a key, a list of keys, or an empty list to unbind the action", any: []*shape{
			textOf("key such as r, G, ctrl-r or f5"), list("keys", textOf("key such as r, G, ctrl-r or f5"))}}}},
	key{"theme", false, &shape{kind: either, about: "theme of the console: auto, " + strings.Join(themes.Names(), ", ") + ", or the name of a file in themes/", any: []*shape{
		textOf("name of a theme"),
		section("themes by the terminal's background", key{"light", false, textOf("name of a theme")}, key{"dark", false, textOf("name of a theme")})}}},
	key{"terminal", false, section("how the terminal is used",
		key{"mouse", false, yes("take mouse events")},
		key{"background", false, yes("let themes that have a background of their own change the terminal's")},
		key{"clipboard", false, words("how copies reach the clipboard", "auto", "terminal", "off")})},
	key{"columns", false, &shape{kind: dict, about: "a table", of: list("columns in their order", columnShape)}},
	key{"aliases", false, &shape{kind: dict, about: "a word of letters, digits and dashes", pattern: aliasName,
		of: matching("a command without its colon", `^[^:\s].*$`)}},
	key{"plugins", false, pluginsShape},
	key{"hotkeys", false, hotkeysShape},
	key{"k9s", false, k9sShape},
	key{"scopes", false, &shape{kind: dict, about: "namespaces by context, and favourite scopes by the keys 1 to 9",
		of: &shape{kind: either, about: "namespaces, or for a favourite its context and namespaces", any: []*shape{namespaces, favourite}}}},
	key{"maxWatchedNamespaces", false, &shape{kind: number, about: "namespaces watched one by one where the whole cluster may not be", low: 1, high: 500}},
	key{"readOnly", false, yes("let nothing through that could change a cluster")},
	key{"guardrails", false, list("what is forbidden or asks again: of each object the first that matches counts", guardrail)},
	key{"logs", false, logOptions},
	key{"shell", false, section("shells in functions",
		key{"debugImage", false, matching("image of debug containers, which bring a shell where an image has none; without it "+debug.DefaultImage, debug.Images)})},
	key{"prometheus", false, prometheusShape},
	key{"posture", false, posture},
	key{"frameworks", false, &shape{kind: listOf, about: "frameworks of your own", of: framework, elsewhere: true}},
	key{"plain", false, &shape{kind: listOf, about: "built-in workloads that are functions", of: plainSelector, elsewhere: true}},
	key{"connectors", false, section("servers of frameworks that are no Kubernetes API",
		key{"fn", false, connector("servers of Fn",
			key{"url", false, matching("an address of http or https", `^https?://[^\s@]+$`)},
			key{"tokenSecret", false, secretValue})},
		key{"openwhisk", false, connector("API hosts of OpenWhisk",
			key{"apiHost", true, matching("an address of http or https", `^(https?://)?[^\s@/]+(/[^\s@]*)?$`)},
			key{"authSecret", true, secretValue})})},
)

// framework and plainSelector are checked by their own packages; here is what an editor needs to know.
var framework = &shape{kind: record, about: "a custom framework", keys: []key{
	{"name", true, matching("small letters, digits and dashes, at most 20", `^[a-z][a-z0-9-]{0,19}$`)},
	{"function", true, section("the object that is the function",
		key{"group", false, textOf("API group")}, key{"kind", true, textOf("kind")},
		key{"versions", true, list("versions, the preferred one first", textOf("version"))},
		key{"labels", false, textOf("label selector")}, key{"fields", false, textOf("field selector")},
		key{"annotations", false, &shape{kind: dict, about: "annotation", of: textOf("value; * for any")}},
		key{"where", false, list("conditions", opaque("condition"))},
		key{"namespaces", false, list("patterns; ! excludes", textOf("pattern"))},
		key{"names", false, list("patterns; ! excludes", textOf("pattern"))})},
	{"title", false, opaque("value: the name shown")},
	{"joins", false, list("other objects that describe the function", opaque("join"))},
	{"workloads", false, list("what runs the function", opaque("workload"))},
	{"through", false, list("kinds between the function and its objects", opaque("kind"))},
	{"container", false, opaque("value: the function's container")},
	{"sidecars", false, list("injected containers", textOf("name or pattern"))},
	{"podSpec", false, opaque("where the pod spec is")},
	{"runtime", false, opaque("value")}, {"handler", false, opaque("value")}, {"source", false, opaque("value")},
	{"image", false, opaque("value")}, {"serviceAccount", false, opaque("value")}, {"replicas", false, opaque("values")},
	{"state", false, list("rules, the first that holds wins", opaque("rule"))},
	{"revision", false, opaque("value")},
	{"triggers", false, list("rules", opaque("rule"))}, {"endpoints", false, list("rules", opaque("rule"))},
	{"references", false, list("rules", opaque("rule"))}, {"literals", false, list("paths of texts that may hold secrets", opaque("path"))},
	{"logs", false, opaque("containers")}, {"metrics", false, opaque("queries")}, {"invoke", false, opaque("how it is called")},
	{"fixes", false, &shape{kind: dict, about: "an intent", of: opaque("fix")}}, {"restart", false, opaque("fix")},
	{"pause", false, opaque("fix")}, {"resume", false, opaque("fix")}, {"delete", false, opaque("fix")}, {"deploy", false, opaque("template")},
}}

var plainSelector = &shape{kind: record, about: "workloads that are functions", keys: []key{
	{"namespaces", false, list("patterns; ! excludes", textOf("pattern"))},
	{"names", false, list("patterns; ! excludes", textOf("pattern"))},
	{"kinds", false, list("kinds", words("a built-in workload", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod"))},
	{"labels", false, textOf("label selector")},
	{"runtime", false, opaque("value")}, {"handler", false, opaque("value")}, {"source", false, opaque("value")},
}}

// guardrail is off as a whole when anything in it is wrong: one that is half understood would be another rule.
var guardrail = &shape{kind: record, about: "a rule about changes", whole: true, keys: []key{
	{"context", false, textOf("pattern of contexts; without it all")},
	{"namespace", false, textOf("pattern of namespaces; without it all")},
	{"action", false, textOf("pattern of actions such as restart, tighten, rotate or undo; without it all")},
	{"then", false, words("what follows", "allow", "confirm", "deny")},
	{"word", false, matching("what must be typed to confirm; without it apply", `^\S{1,40}$`)},
	{"max", false, &shape{kind: number, about: "objects that one change may touch", low: 1}},
	{"reason", false, textOf("why, in one line")},
}}

func columnIDs() []string {
	var ids []string
	for _, c := range columns.Functions() {
		if !c.Hidden {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

var presets = []string{action.PresetDefault, action.PresetK9s}
