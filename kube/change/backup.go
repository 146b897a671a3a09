package change

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fn9s/fn9s/kube/client"
)

// What backup Secrets are known by.
const (
	BackupLabel       = "fn9s.io/backup"
	ChangeLabel       = "fn9s.io/change"
	ExpiresAnnotation = "fn9s.io/expires"
)

// backup is a Secret that keeps old secret values of one change in one namespace.
type backup struct{ namespace, name string }

func backupName(change string) string { return "fn9s-backup-" + change }

func (e *Engine) secretTarget(namespace, name string) (client.Target, error) {
	api, ok := e.o.APIs.Find(schema.GroupKind{Kind: "Secret"}, nil)
	if !ok {
		return client.Target{}, fmt.Errorf("the server does not serve Secrets")
	}
	return client.Target{API: api, Namespace: namespace, Name: name}, nil
}

// backups writes the old secret values of a change, once for each namespace, before the first step that needs them.
type backups struct {
	e    *Engine
	p    *Plan
	data map[string]map[string]any // by namespace, as they were before the first step: steps learn while they are carried out
	mu   sync.Mutex
	done map[string]error
}

func newBackups(e *Engine, p *Plan) (*backups, error) {
	b := &backups{e: e, p: p, data: map[string]map[string]any{}, done: map[string]error{}}
	for _, s := range p.Steps {
		old := s.losing()
		if len(old) == 0 || s.Blocked != "" || s.Lasting != "" {
			continue
		}
		raw, err := pack(old)
		if err != nil {
			return nil, fmt.Errorf("keep old values of %s: %w", s.Ref, err)
		}
		if b.data[s.Ref.Namespace] == nil {
			b.data[s.Ref.Namespace] = map[string]any{}
		}
		b.data[s.Ref.Namespace]["step-"+strconv.Itoa(s.Number)] = base64.StdEncoding.EncodeToString(raw)
	}
	return b, nil
}

// keep makes sure that the old secret values of the namespace are kept, and returns the name of their Secret.
func (b *backups) keep(ctx context.Context, s *Step) (string, error) {
	if !s.secret() || s.Lasting != "" {
		return "", nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	name := backupName(b.p.ID)
	err, ok := b.done[s.Ref.Namespace]
	if !ok {
		err = b.write(ctx, s.Ref.Namespace, name)
		if client.Classify(err) != client.KindBusy {
			b.done[s.Ref.Namespace] = err
		}
	}
	return name, err
}

func (b *backups) write(ctx context.Context, namespace, name string) error {
	t, err := b.e.secretTarget(namespace, name)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "fn9s.io/backup", "immutable": true, "data": b.data[namespace],
		"metadata": map[string]any{
			"name": name, "namespace": namespace,
			"labels":      map[string]any{BackupLabel: "true", ChangeLabel: b.p.ID},
			"annotations": map[string]any{ExpiresAnnotation: b.e.o.Now().Add(cmp.Or(b.p.keep, b.e.o.Keep)).UTC().Format(time.RFC3339)},
		},
	})
	if err != nil {
		return fmt.Errorf("keep old values in %s: %w", t, err)
	}
	for try := 0; ; try++ {
		_, err = b.e.o.Client.Apply(ctx, t, body, false)
		kind := client.Classify(err)
		lost := kind == client.KindUnreachable || kind == client.KindServer // written or not, the same once more is no harm
		if try == busyTries || kind != client.KindBusy && (!lost || try > 0) {
			break
		}
		if err := pause(ctx, delay(err, try)); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("keep old secret values: %w", err)
	}
	return nil
}

// kept reads the old secret values of a step of a change, by their paths.
func (e *Engine) kept(ctx context.Context, namespace, name string, number int) (map[string]any, error) {
	t, err := e.secretTarget(namespace, name)
	if err != nil {
		return nil, err
	}
	o, err := e.get(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("read kept secret values: %w", err)
	}
	if o == nil {
		return nil, fmt.Errorf("the Secret %s/%s that kept the old values is gone", namespace, name)
	}
	raw, err := base64.StdEncoding.DecodeString(text(o, "data", "step-"+strconv.Itoa(number)))
	if err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("the Secret %s/%s keeps no values of step %d", namespace, name, number)
	}
	values, err := unpack(raw)
	if err != nil {
		return nil, fmt.Errorf("the Secret %s/%s is damaged", namespace, name)
	}
	return values, nil
}

// forget deletes a backup that is needed no longer. One that is gone is forgotten.
func (e *Engine) forget(ctx context.Context, b backup) error {
	t, err := e.secretTarget(b.namespace, b.name)
	if err != nil {
		return err
	}
	o, err := e.get(ctx, t)
	if err != nil || o == nil {
		return err
	}
	if text(o, "metadata", "labels", BackupLabel) != "true" {
		return fmt.Errorf("the Secret %s/%s is no backup of fn9s", b.namespace, b.name)
	}
	_, err = e.o.Client.Delete(ctx, t, types.UID(text(o, "metadata", "uid")), "", false)
	if client.Classify(err) == client.KindNotFound {
		return nil
	}
	return err
}
