package frameworks_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

func TestSafeURLShowsNoSecret(t *testing.T) {
	for in, want := range map[string]string{
		"https://git.example.com/a.git":                    "https://git.example.com/a.git",
		"https://user:token@git.example.com/a.git":         "https://git.example.com/a.git",
		"https://s3.example.com/a.zip?X-Amz-Signature=abc": "https://s3.example.com/a.zip",
		"amqp://guest:secret@rabbit.ns.svc:5672/%2f#frag":  "amqp://rabbit.ns.svc:5672/%2f",
		"git@github.com:org/repo.git":                      "github.com:org/repo.git",
		"user:secret@rabbit:5672":                          "rabbit:5672",
		"kafka:9092":                                       "kafka:9092",
		"http://user:se cret@host/":                        "http://…",
		"plain?token=abc":                                  "plain",
		"":                                                 "",
	} {
		assert.Equal(t, want, frameworks.SafeURL(in), in)
	}
}

func FuzzSafeURL(f *testing.F) {
	f.Add("https://u:hunter2@h/p?q#f")
	f.Add("u:hunter2@h")
	f.Fuzz(func(t *testing.T, s string) { frameworks.SafeURL(s) })
}

func TestAdditionalKeepsWhatTheTemplateSays(t *testing.T) {
	have := []model.Reference{{Kind: "Secret", Name: "a", How: model.Env, Origin: model.Origin{Path: "template"}}}
	got := frameworks.Additional(have, []model.Reference{
		{Kind: "Secret", Name: "a", How: model.Env, Origin: model.Origin{Path: "spec"}},
		{Kind: "Secret", Name: "a", How: model.File}, {Kind: "Secret", Name: "b", How: model.Env},
	})
	assert.Len(t, got, 3)
	assert.Equal(t, "template", got[0].Origin.Path)
}
