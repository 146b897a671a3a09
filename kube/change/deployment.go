package change

// DeploymentDocument is what is known of a function before it is there.
type DeploymentDocument struct {
	Framework string            `json:"framework"`
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Exists    bool              `json:"exists"`          // it is there, and is changed
	Grade     string            `json:"grade,omitempty"` // that it will have; absent: nothing tells it yet
	Pending   []PendingDocument `json:"pending"`         // what makes the grade what it is
	Secured   []string          `json:"secured"`         // intents that were carried out
	GivenUp   []string          `json:"givenUp"`         // by --insecure-defaults
	Left      []LeftDocument    `json:"left"`            // intents that could not be carried out
	Notes     []string          `json:"notes"`
}

// PendingDocument is a failure that a function will have.
type PendingDocument struct {
	Control  string `json:"control"`
	Severity string `json:"severity"`
	Limit    string `json:"limit"`
	Message  string `json:"message"`
}

// LeftDocument is an intent that is not carried out, and why.
type LeftDocument struct {
	Intent string `json:"intent"`
	Why    string `json:"why"`
}
