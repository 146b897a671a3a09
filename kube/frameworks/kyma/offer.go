package kyma

import "github.com/fn9s/fn9s/kube/plan"

// The options of a request.
const (
	optProfile      = "profile"
	optImage        = "runtime-image-override"
	optDependencies = "dependencies"
	optGitAuth      = "git-auth"
	optScaleCPU     = "scale-cpu"
)

// The options of triggers.
const (
	optGateway   = "gateway" // http
	optAuth      = "auth"
	optIssuer    = "jwt-issuer"
	optKeys      = "jwks-uri"
	optScopes    = "jwt-scopes"
	optAudiences = "jwt-audiences"
	optProvider  = "authorizers"
	optMatching  = "type-matching" // event
	optInFlight  = "max-in-flight"
)

const (
	authNone     = "noAuth"
	authJWT      = "jwt"
	authExternal = "extAuth"
)

// Offer says what Kyma takes.
func (adapter) Offer() plan.Offer {
	return plan.Offer{
		Sources:  []string{"code", "git"},
		Runtimes: []string{"nodejs22", "nodejs24", "python312", "nodejs20"},
		Triggers: []string{"http", "event"},
		Options: []plan.Option{
			{Key: optProfile, What: "size of its container, instead of requests and limits", Default: "that of the installation", Choices: []string{"XS", "S", "M", "L", "XL"}},
			{Key: optImage, What: "an image that runs the code, instead of that of the runtime"},
			{Key: optDependencies, What: "text of package.json or requirements.txt", Default: "that file beside the code"},
			{Key: optGitAuth, What: "what its Secret for the repository holds", Default: "key for ssh, else basic", Choices: []string{"basic", "key"}},
			{Key: optScaleCPU, What: "percent of the requested cpu that more replicas are made at", Default: "50"},
		},
		Without: map[string]string{
			"image":           "Kyma runs code: give code or a repository, and an image for it with the option " + optImage,
			"cron":            "Kyma has no schedules: a CronJob of your own calls the function",
			"queue":           "Kyma delivers events: use a trigger of type event",
			"service-account": "a Function has no field for its account: all functions of a namespace run as default",
			"pull-secrets":    "a Function has no field for them: name them in the ServiceAccount default of the namespace",
			"command":         "the runtime's image starts its own server", "args": "the runtime's image starts its own server",
			"port": "a function of Kyma always listens on 8080, and its Service on 80",
		},
	}
}
