package frameworks

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// The groups of the records that connectors make of REST objects. No API server serves them: a Resource of these
// groups has no Versions, and the store takes its objects from connectors only.
const (
	FnGroup    = "fnproject.io"
	WhiskGroup = "openwhisk.apache.org"
)

// ConnectorKind is the kind of the record by which a connector tells about itself, in the group of its framework.
const ConnectorKind = "Connector"

// Connector is what a connector says about itself. It tells "no connector" from "a connector that fails".
//
// Records of REST objects are named `CONNECTOR/…` and lie in the namespace that the connector is configured for.
type Connector struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`         // base URL; it never holds credentials
	Service  string `json:"service"`          // the Service that it is reached through, where it is one
	Tenant   string `json:"tenant,omitempty"` // the OpenWhisk namespace of the credentials
	Phase    string `json:"phase"`            // of status.Phase
	Reason   string `json:"reason,omitempty"` // why it is not live
	// Reached says that a complete read succeeded once: the objects are there, if perhaps old.
	Reached bool      `json:"reached"`
	Since   time.Time `json:"since"` // when the phase began
	// Incomplete says why the list is not all there is, Warning what else an operator should know.
	Incomplete string `json:"incomplete,omitempty"`
	Warning    string `json:"warning,omitempty"`
}

// Live reports whether the newest read succeeded.
func (c *Connector) Live() bool { return c.Phase == "live" }

// Trouble says in one line why the connector's objects are old or not there; empty when they are neither.
func (c *Connector) Trouble() string {
	switch {
	case c.Live():
		return ""
	case !c.Reached && c.Reason == "":
		return Text("connector " + c.Name + " is connecting")
	case !c.Reached:
		return Text("connector " + c.Name + ": " + Line(c.Reason))
	}
	return Text(fmt.Sprintf("as of %s: connector %s: %s", c.Since.UTC().Format(time.RFC3339), c.Name, Line(c.Reason)))
}

// DecodeConnector reads the record of a connector.
func DecodeConnector(raw *Raw) (*Connector, error) {
	var c Connector
	if err := json.Unmarshal(raw.JSON, &c); err != nil {
		return nil, fmt.Errorf("read connector: %w", err)
	}
	return &c, nil
}

// ConnectorGroupKind returns the kind of the connector records of a group.
func ConnectorGroupKind(group string) schema.GroupKind {
	return schema.GroupKind{Group: group, Kind: ConnectorKind}
}

// ConnectorsKey names all connector records of one framework and namespace. There is no function of that key:
// adapters return it from Keys, so that Members of it answers which connectors there are.
func ConnectorsKey(framework, group, namespace string) model.FunctionKey {
	return model.FunctionKey{Framework: framework, Group: group, Kind: ConnectorKind + "s", Namespace: namespace}
}

// Connectors returns the connectors whose records name that key, in the order of their names.
func Connectors(x Index, framework, group, namespace string) []*Connector {
	var all []*Connector
	for _, o := range x.Members(ConnectorsKey(framework, group, namespace)) {
		if c, ok := o.Head().FactsOf(framework).(*Connector); ok {
			all = append(all, c)
		}
	}
	return List(all)
}
