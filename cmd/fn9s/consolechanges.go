package main

import (
	"github.com/fn9s/fn9s/kube/workshop"
)

// shop is where the console has changes made. Close must be called.
func (o *consoleOptions) shop(s *session) (*workshop.Shop, error) {
	adapters, err := o.adapters(nil)
	if err != nil {
		return nil, err
	}
	return workshop.New(workshop.Options{
		Clusters: s.fleet, Adapters: adapters, Engine: (&changeOptions{app: o.app}).engine, Journal: o.app.journal(), Now: s.views.Now,
		Kinds: kindsOf(), Posture: s.posture, Outside: o.app.outsides,
		Notify: func() { s.ring.changed(s.fleet.Board().Version) },
	}), nil
}
