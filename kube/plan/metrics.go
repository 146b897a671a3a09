package plan

// Queries is how a Prometheus is asked about one function, in PromQL, each giving one series. `{NAME}` in them stands for the
// value of that name in Values, and `{NAME:re}` for the same in a regular expression; they belong into quotes. `{window}` is
// the time that a rate is taken over. A query that is empty cannot be asked: Missing says why.
type Queries struct {
	Invocations string // calls a second
	Errors      string // failed calls a second
	Latency     string // seconds
	ColdStarts  string // a second
	// Mean says that Latency is the mean, not what 95 of 100 calls keep below.
	Mean    bool
	Missing string
	Values  map[string]string
}
