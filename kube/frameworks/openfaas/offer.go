package openfaas

import "github.com/fn9s/fn9s/kube/plan"

// The options of a request.
const (
	optShape       = "shape"
	optReadOnly    = "read-only-root"
	optConstraints = "constraints"
	optProfile     = "profile"
	optGateway     = "gateway-namespace"
	// of a trigger of type http
	optIngress = "ingress-type"
	optIssuer  = "tls-issuer"
)

const (
	asFunction   = "function"
	asDeployment = "deployment"
)

// Offer says what OpenFaaS takes.
func (adapter) Offer() plan.Offer {
	return plan.Offer{
		Sources:  []string{"image"},
		Triggers: []string{"http", "cron", "queue"},
		Options: []plan.Option{
			{Key: optShape, What: "what declares the function: a Function, which the operator reads, or the Deployment and Service of the Community Edition", Default: "what the gateway of its namespace reads", Choices: []string{asFunction, asDeployment}},
			{Key: optReadOnly, What: "its root filesystem cannot be written to; /tmp can", Default: "false", Choices: []string{"true", "false"}},
			{Key: optConstraints, What: "node labels that it needs, KEY=VALUE, with commas"},
			{Key: optProfile, What: "Profiles for its pods, with commas (not in the Community Edition)"},
			{Key: optGateway, What: "namespace of the gateway, where a route of its own is made", Default: "where the gateway is"},
		},
		Without: map[string]string{
			"code": "OpenFaaS runs images: build one of the code first", "git": "OpenFaaS runs images: build one of the repository first",
			"runtime": "the image says what runs it", "port": "a function of OpenFaaS always listens on 8080",
			"command": "give the process as its handler: the watchdog in the image starts it", "args": "give the process as its handler: the watchdog in the image starts it",
			"event": "its connectors deliver topics: use a trigger of type queue",
		},
	}
}
