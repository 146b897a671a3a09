package seed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
	"github.com/fn9s/fn9s/kube/samples"
)

const (
	parallel      = 16 // more does not help on two cores
	retryInterval = 200 * time.Millisecond
	retryLimit    = 2 * time.Minute // for what controllers must make first, and for the first object of a kind on a machine that is busy
	portPatience  = 2 * time.Second // for a node port that is being given back
)

// Seeder applies samples.
type Seeder struct {
	client *apiclient.Client
	out    io.Writer
	kinds  apiclient.Kinds

	mu       sync.Mutex
	uids     map[string]string // identity of an object to its uid
	problems []Problem
}

// New returns a seeder; progress goes to out.
func New(client *apiclient.Client, out io.Writer) *Seeder {
	return &Seeder{client: client, out: out, uids: map[string]string{}}
}

// Hash names the content of all samples: equal hashes need no new seeding.
func Hash() string {
	sum := sha256.New()
	for _, file := range append(samples.CRDs(), samples.Seed()...) {
		fmt.Fprintln(sum, file.Path, len(file.Data))
		sum.Write(file.Data)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// Run applies definitions and objects, and removes those of before that are no longer in the files. It returns what is seeded now.
func (s *Seeder) Run(ctx context.Context, definitions, files []samples.File, before []string) ([]string, []Problem, error) {
	began := time.Now()
	crds, problems := Parse(definitions)
	s.problems = append(s.problems, problems...)
	objects, problems := Parse(files)
	s.problems = append(s.problems, problems...)
	var err error
	if s.kinds, err = s.client.Discover(ctx); err != nil {
		return before, nil, err
	}
	s.wave(ctx, crds)
	if err := s.awaitKinds(ctx, crds); err != nil {
		return before, nil, err
	}
	waves, problems := Waves(objects)
	s.problems = append(s.problems, problems...)
	for _, wave := range waves {
		s.wave(ctx, wave)
	}
	if err := ctx.Err(); err != nil {
		return before, nil, fmt.Errorf("seed: %w", err)
	}
	now := map[string]bool{}
	var keys []string
	for _, o := range append(crds, objects...) {
		if !now[o.Key()] {
			now[o.Key()] = true
			keys = append(keys, o.Key())
		}
	}
	removed := s.prune(ctx, before, now)
	fmt.Fprintf(s.out, "seeded %d definitions and %d objects, removed %d, in %.1f s\n", len(crds), len(objects), removed, time.Since(began).Seconds())
	return keys, s.problems, nil
}

func (s *Seeder) wave(ctx context.Context, objects []*Object) {
	work := make(chan *Object)
	var wait sync.WaitGroup
	for range min(parallel, len(objects)) {
		wait.Go(func() {
			for o := range work {
				if err := s.place(ctx, o); err != nil {
					s.mu.Lock()
					s.problems = append(s.problems, o.problem(err))
					s.mu.Unlock()
				}
			}
		})
	}
	for _, o := range objects {
		work <- o
	}
	close(work)
	wait.Wait()
}

// place applies one object and its status.
func (s *Seeder) place(ctx context.Context, o *Object) error {
	resource, ok := s.kinds[o.APIVersion()+"/"+o.Kind()]
	if !ok {
		return fmt.Errorf("the server knows no kind %s in %s", o.Kind(), o.APIVersion())
	}
	if resource.Namespaced && o.Namespace() == "" {
		return fmt.Errorf("metadata.namespace is missing")
	}
	if err := s.resolveOwners(ctx, o); err != nil {
		return err
	}
	body, status := separateStatus(o, resource.HasStatus)
	path := resource.Path(o.Namespace(), o.Name())
	uid, err := s.applyPatiently(ctx, path, o.Manager, body)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.uids[identity(o)] = uid
	s.mu.Unlock()
	if status == nil {
		return nil
	}
	// A controller writes status, not the one who deployed.
	if _, err := s.applyPatiently(ctx, path+"/status", "framework-controller", status); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	return nil
}

// applyPatiently tries again while something that a controller makes is missing, and replaces an object whose change is
// refused as immutable. A node port that stays taken (the server's own record of them can keep one that nobody has, after an
// allocation that failed halfway) is left to the server: one port is not worth a cluster without its Service.
func (s *Seeder) applyPatiently(ctx context.Context, path, manager string, body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, retryLimit)
	defer cancel()
	replaced, refusal, began := false, error(nil), time.Now()
	for {
		uid, err := s.apply(ctx, path, manager, body)
		if err == nil {
			return uid, nil
		}
		if ctx.Err() != nil && refusal != nil {
			return "", refusal // the server's words say more than that the time is over
		}
		refusal = err
		if immutable(err) && !replaced {
			replaced = true
			if err := s.deleteAndWait(ctx, path); err != nil {
				return "", err
			}
			continue
		}
		if portTaken(err) && time.Since(began) > portPatience {
			if free, ok := withoutNodePorts(body); ok {
				fmt.Fprintf(s.out, "%s: %v: the server picks another\n", path, err)
				body = free
				continue
			}
		}
		if !passing(err) && !replaced {
			return "", err
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(retryInterval):
		}
	}
}

func (s *Seeder) apply(ctx context.Context, path, manager string, body []byte) (string, error) {
	path = apiclient.Query(path, "fieldManager", manager, "force", "true", "fieldValidation", "Strict")
	answer, err := s.client.Do(ctx, http.MethodPatch, path, apiclient.ApplyPatch, body)
	if err != nil {
		return "", err
	}
	return uidOf(answer)
}

func uidOf(answer []byte) (string, error) {
	var made struct {
		Metadata struct{ UID string } `json:"metadata"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return made.Metadata.UID, nil
}

func (s *Seeder) deleteAndWait(ctx context.Context, path string) error {
	if _, err := s.client.Do(ctx, http.MethodDelete, path+"?propagationPolicy=Background&gracePeriodSeconds=0", "", nil); err != nil && apiclient.Code(err) != http.StatusNotFound {
		return fmt.Errorf("replace it: %w", err)
	}
	for {
		_, err := s.client.Do(ctx, http.MethodGet, path, "", nil)
		if apiclient.Code(err) == http.StatusNotFound {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("replace it: the old one does not go away")
		case <-time.After(retryInterval):
		}
	}
}

// resolveOwners fills in the uids of the owners.
func (s *Seeder) resolveOwners(ctx context.Context, o *Object) error {
	for _, owner := range o.owners() {
		if uid, _ := owner["uid"].(string); uid != "" {
			return fmt.Errorf("owner %v carries a uid: leave it out", owner["name"])
		}
		apiVersion, _ := owner["apiVersion"].(string)
		kind, _ := owner["kind"].(string)
		name, _ := owner["name"].(string)
		uid, err := s.ownerUID(ctx, o, apiVersion, kind, name)
		if err != nil {
			return err
		}
		owner["uid"] = uid
	}
	return nil
}

func (s *Seeder) ownerUID(ctx context.Context, o *Object, apiVersion, kind, name string) (string, error) {
	for _, namespace := range []string{o.Namespace(), ""} {
		s.mu.Lock()
		uid, ok := s.uids[kind+"|"+namespace+"|"+name+"|"+group(apiVersion)]
		s.mu.Unlock()
		if ok {
			return uid, nil
		}
	}
	resource, ok := s.kinds[apiVersion+"/"+kind]
	if !ok {
		return "", fmt.Errorf("the server knows no kind %s in %s, which is the owner's", kind, apiVersion)
	}
	answer, err := s.client.Do(ctx, http.MethodGet, resource.Path(o.Namespace(), name), "", nil)
	if err != nil {
		return "", fmt.Errorf("owner %s %s: %w", kind, name, err)
	}
	return uidOf(answer)
}

// awaitKinds returns when the server serves all the definitions that it accepted.
func (s *Seeder) awaitKinds(ctx context.Context, crds []*Object) error {
	ctx, cancel := context.WithTimeout(ctx, retryLimit)
	defer cancel()
	for {
		kinds, err := s.client.Discover(ctx)
		if err == nil {
			s.kinds = kinds
			if s.missing(crds) == "" {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			s.problems = append(s.problems, Problem{File: "definitions", What: s.missing(crds), Err: fmt.Errorf("is not served after %s", retryLimit)})
			return nil
		case <-time.After(retryInterval):
		}
	}
}

// missing names a served version of an accepted definition that discovery does not show yet.
func (s *Seeder) missing(crds []*Object) string {
	for _, crd := range crds {
		if s.uids[identity(crd)] == "" {
			continue
		}
		spec, _ := crd.Body["spec"].(map[string]any)
		names, _ := spec["names"].(map[string]any)
		versions, _ := spec["versions"].([]any)
		for _, entry := range versions {
			version, _ := entry.(map[string]any)
			kind := fmt.Sprintf("%v/%v/%v", spec["group"], version["name"], names["kind"])
			if _, ok := s.kinds[kind]; !ok && version["served"] == true {
				return kind
			}
		}
	}
	return ""
}
