package deploy

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/views/screen"
)

func everything() screen.Maker {
	return screen.Maker{Framework: "every", Offer: plan.Offer{Sources: []string{"image", "code", "git"}, Runtimes: []string{"python3.12"}, OpenRuntimes: true,
		Triggers: []string{"http", "cron", "queue"}, Options: []plan.Option{{Key: "size"}, {Key: "mode", Choices: []string{"a", "b"}}}}}
}

func count1(n int) *int { return &n }

func TestWhatARequestSaysIsSaidAgainByTheForm(t *testing.T) {
	want := plan.DeployRequest{
		Framework: "every", Namespace: "shop", Name: "crop", Runtime: "python3.12", Handler: "crop.run", Port: 8080, ServiceAccount: "croppers",
		Source: plan.Source{Git: &plan.Git{URL: "https://example.com/crop", Ref: "main", Folder: "src", Secret: "login"}},
		Env: []plan.Variable{{Name: "A", Value: "b=c"}, {Name: "LINES", Value: "one\ntwo"}, {Name: "P", Secret: "db", Key: "password"}, {Name: "C", ConfigMap: "conf", Key: "c"},
			{Name: "TRICKY", Value: "secret:none"}},
		Mounts:      []plan.Mount{{Secret: "db"}, {Secret: "tls", Path: "/tls"}, {ConfigMap: "conf", Path: "/conf"}},
		PullSecrets: []string{"one", "two"}, Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"list": "x,y", "z": "1"},
		Command: []string{"sh", "-c", "run it"}, Args: []string{"a", "b"}, Requests: map[string]string{"cpu": "100m", "memory": "64Mi"}, Limits: map[string]string{"memory": "128Mi"},
		Min: count1(0), Max: count1(3), Timeout: 30 * time.Second, Options: map[string]string{"size": "small", "mode": "b"},
		Triggers: []plan.Trigger{{Type: "http", Host: "crop.example.com", Path: "/c", Methods: []string{"GET"}, Options: map[string]string{"kept": "yes"}},
			{Type: "cron", Schedule: "*/5 * * * *"}, {Type: "queue", Topic: "t", Broker: "b"}},
		Native: []plan.Field{{Path: "spec.x", Value: "y"}},
	}
	f := newForm(everything(), "other")
	f.fill(&want, "a file")
	got, problems := f.request()
	assert.Empty(t, problems)
	assert.Equal(t, want, got)
	f.drop(0)
	got, _ = f.request()
	assert.Equal(t, want.Triggers[1:], got.Triggers)
}

func TestWhatCannotBeReadIsSaidAtItsField(t *testing.T) {
	for id, texts := range map[string][]string{
		portID: {"x", "0", "70000", "-1"}, minID: {"many"}, timeoutID: {"30", "-5s", "soon"}, labelsID: {"a", "=b"}, argsID: {"[1", `["a"`},
		nth(addEnvID, 0): {"NAME", "=x", "A=secret:db", "A=config:/k", "A=secret:"}, nth(addMountID, 0): {":/x", "db:relative", "config:"},
	} {
		for _, text := range texts {
			f := newForm(everything(), "shop")
			f.envs, f.mounts = 1, 1
			f.values[id] = text
			_, problems := f.request()
			require.Len(t, problems, 1, "%s %s", id, text)
			assert.Equal(t, id, problems[0].Field, text)
		}
	}
}

func TestValuesThatLookSecretAreHidden(t *testing.T) {
	d := &field{id: nth(addEnvID, 0)}
	for text, hidden := range map[string]bool{
		"DB_PASSWORD=hunter2hunter2": true, "API_TOKEN=x1y2z3x1y2z3": true, "LEVEL=debug": false, "DB_PASSWORD=secret:db/password": false, "DB_PASSWORD=": false,
	} {
		_, is := d.secret(text)
		assert.Equal(t, hidden, is, text)
	}
}

// answers ask a form line by line.
func answers(t *testing.T, f *form, lines ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	i := &interview{ctx: t.Context(), form: f, context: "test", deployments: nothing{}, namespaces: []string{"media", "shop"}}
	i.SetStdin(strings.NewReader(strings.Join(lines, "\n") + "\n"))
	i.SetStdout(&out)
	err := i.Run()
	return out.String(), err
}

func TestTheInterviewFillsInTheForm(t *testing.T) {
	f := newForm(screen.Maker{Framework: "plain", Offer: plan.Offer{Sources: []string{"image"}, Triggers: []string{"cron"}}}, "")
	said, err := answers(t, f, "2", "", "?", "crop", "registry.example.com/crop:1", "", "", // namespace by number, name, image, pull secrets, handler
		"cron", "*/5 * * * *", "", // a trigger
		"LEVEL=debug", "", "tls:relative", "tls:/tls", "", // a variable, a mount
		"100m", ".")
	require.ErrorIs(t, err, errEnough)
	r, problems := f.request()
	assert.Empty(t, problems)
	assert.Equal(t, "shop", r.Namespace)
	assert.Equal(t, "crop", r.Name)
	assert.Equal(t, "registry.example.com/crop:1", r.Source.Image)
	assert.Equal(t, []plan.Variable{{Name: "LEVEL", Value: "debug"}}, r.Env)
	assert.Equal(t, []plan.Mount{{Secret: "tls", Path: "/tls"}}, r.Mounts)
	assert.Equal(t, []plan.Trigger{{Type: "cron", Schedule: "*/5 * * * *"}}, r.Triggers)
	assert.Equal(t, map[string]string{"cpu": "100m"}, r.Requests)
	assert.Contains(t, said, "it is needed")
	assert.Contains(t, said, "That cannot be: write SECRET")
	assert.NotContains(t, said, "\x1b", "nothing that a screen reader stumbles over")
}

func TestTheEndOfTheInputEndsTheInterview(t *testing.T) {
	f := newForm(everything(), "shop")
	_, err := answers(t, f, "shop", "crop")
	require.ErrorIs(t, err, errEnough)
	assert.Equal(t, "crop", f.values[nameID])
}

// nothing knows no cluster.
type nothing struct{ screen.Deployments }

// Prospect finds nothing wrong.
func (nothing) Prospect(context.Context, *screen.Deployment) (*screen.Prospect, error) {
	return &screen.Prospect{}, nil
}
