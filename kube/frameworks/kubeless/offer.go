package kubeless

import "github.com/fn9s/fn9s/kube/plan"

// The options of a request.
const (
	optURL          = "url"
	optChecksum     = "checksum"
	optContentType  = "content-type"
	optDependencies = "dependencies"
	optRuntimeImage = "runtime-image"
	optServicePort  = "service-port"
	optHeadless     = "headless"
	optPullPolicy   = "image-pull-policy"
	optNodes        = "node-selectors"
	optScaleCPU     = "scale-cpu"
)

// The options of triggers.
const (
	optGateway   = "gateway" // http
	optTLS       = "tls"
	optTLSSecret = "tls-secret" // #nosec G101 -- the name of an option
	optBasicAuth = "basic-auth-secret"
	optCORS      = "cors"
	optPayload   = "payload"    // cron
	optRegion    = "aws-region" // kinesis
	optShard     = "shard"
	optEndpoint  = "endpoint"
	optSecret    = "secret"
)

var yesOrNo = []string{"true", "false"}

// Offer says what Kubeless takes.
func (adapter) Offer() plan.Offer {
	return plan.Offer{
		Sources: []string{"code", "image"},
		Runtimes: []string{
			"python3.8", "python3.7", "python3.6", "python2.7", "nodejs14", "nodejs12", "nodejs10", "go1.14", "go1.13",
			"ruby2.6", "ruby2.5", "php7.4", "php7.3", "java11", "java1.8", "dotnetcore3.1", "dotnetcore2.2", "ballerina0.981.0",
		},
		OpenRuntimes: true, // kubeless-config lists more
		Triggers:     []string{"http", "cron", "queue"},
		Options: []plan.Option{
			{Key: optURL, What: "where its pods fetch the code from at every start, instead of code"},
			{Key: optChecksum, What: "of what the address answers: sha256:HEX"},
			{Key: optContentType, What: "how the code is packed", Default: "as the file tells", Choices: contentTypes},
			{Key: optDependencies, What: "text of requirements.txt, package.json, go.mod and so on", Default: "that file beside the code"},
			{Key: optRuntimeImage, What: "an image that holds the code too, instead of that of the runtime"},
			{Key: optServicePort, What: "port of its Service", Default: "its own port"},
			{Key: optHeadless, What: "its Service has no address of its own", Default: "false", Choices: yesOrNo},
			{Key: optPullPolicy, What: "when its image is pulled", Default: "Always", Choices: []string{"Always", "IfNotPresent", "Never"}},
			{Key: optNodes, What: "node labels that it needs, KEY=VALUE, with commas"},
			{Key: optScaleCPU, What: "percent of the requested cpu that more replicas are made at", Default: "80"},
		},
		Without: map[string]string{
			"git":   "Kubeless fetches no repositories: give the files, or the address of an archive with the option " + optURL,
			"event": "Kubeless has topics of Kafka and NATS and streams of Kinesis: use a trigger of type queue",
		},
	}
}
