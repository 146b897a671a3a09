package screen

import tea "charm.land/bubbletea/v2"

// View is what an operator made of a table: enough to see it so again.
type View struct {
	Page       Page     `json:"page"`
	Resource   string   `json:"resource,omitempty"` // of a table of any kind
	Contexts   []string `json:"contexts,omitempty"`
	Namespaces []string `json:"namespaces,omitempty"` // none: all
	Filter     string   `json:"filter,omitempty"`
	Sort       string   `json:"sort,omitempty"` // id of a column
	Descending bool     `json:"descending,omitempty"`
	Wide       bool     `json:"wide,omitempty"`
	Columns    []string `json:"columns,omitempty"` // ids in their order; none: as they come
}

// Viewed screens are tables whose order and columns can be kept.
type Viewed interface {
	// Arrangement fills in the order and the columns.
	Arrangement(v *View)
	Arrange(v *View) tea.Cmd
}

// Views keeps saved views. Names answers at once, the rest takes time: it belongs into commands.
type Views interface {
	Names() []string
	Load(name string) (View, error)
	Save(name string, v View) error
}
