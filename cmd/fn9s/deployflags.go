package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	wish "github.com/fn9s/fn9s/kube/plan"
)

// deployFlags are the words in which a function is asked for.
type deployFlags struct {
	image, code, git, folder, login    string
	runtime, handler, account          string
	env, secrets, configs, pull        []string
	labels, annotations, command, args []string
	cpu, memory, schedule, zone        string
	hosts, topics, options             []string
	broker                             string
	port, least, most                  int
	callTimeout                        time.Duration
	flags                              *pflag.FlagSet
}

// deployWords are the flags that say what is deployed.
var deployWords = []string{
	"image", "code", "git", "git-folder", "git-secret", "runtime", "handler", "service-account", "env", "secret", "config-map", "pull-secret", "label", "annotation",
	"command", "arg", "cpu", "memory", "schedule", "timezone", "host", "topic", "broker", "option", "port", "min", "max", "call-timeout",
}

func (w *deployFlags) addFlags(f *pflag.FlagSet) {
	w.flags = f
	f.StringVar(&w.image, "image", "", "image that it is")
	f.StringVar(&w.code, "code", "", "source code: a `file` or a folder")
	f.StringVar(&w.git, "git", "", "repository with its source, as `URL[#REF]`")
	f.StringVar(&w.folder, "git-folder", "", "folder in the repository")
	f.StringVar(&w.login, "git-secret", "", "Secret to log in to the repository with")
	f.StringVar(&w.runtime, "runtime", "", "runtime of its code, in the framework's words")
	f.StringVar(&w.handler, "handler", "", "what is called in its code")
	f.StringVar(&w.account, "service-account", "", "ServiceAccount to run as (default: one of its own, without a token)")
	f.StringArrayVar(&w.env, "env", nil, "variable, as `NAME=VALUE`, NAME=secret:SECRET/KEY or NAME=config:CONFIGMAP/KEY; may be repeated")
	f.StringArrayVar(&w.secrets, "secret", nil, "Secret that it gets, as `NAME[:/FOLDER]`; may be repeated")
	f.StringArrayVar(&w.configs, "config-map", nil, "ConfigMap that it gets, as `NAME[:/FOLDER]`; may be repeated")
	f.StringSliceVar(&w.pull, "pull-secret", nil, "Secrets to pull its image with")
	f.StringArrayVar(&w.labels, "label", nil, "label, as `KEY=VALUE`; may be repeated")
	f.StringArrayVar(&w.annotations, "annotation", nil, "annotation, as `KEY=VALUE`; may be repeated")
	f.StringArrayVar(&w.command, "command", nil, "command of its container, a word each time")
	f.StringArrayVar(&w.args, "arg", nil, "argument of its command; may be repeated")
	f.StringVar(&w.cpu, "cpu", "", "processor time, as `REQUEST[:LIMIT]`")
	f.StringVar(&w.memory, "memory", "", "memory, as `REQUEST[:LIMIT]`, or :LIMIT where a framework has limits only")
	f.StringVar(&w.schedule, "schedule", "", "when it is called, as `cron` has it")
	f.StringVar(&w.zone, "timezone", "", "time zone of the schedule")
	f.StringArrayVar(&w.hosts, "host", nil, "route on which it is called from outside, as `HOST[/PATH]`; may be repeated")
	f.StringArrayVar(&w.topics, "topic", nil, "topic, subject or event type that calls it; may be repeated")
	f.StringVar(&w.broker, "broker", "", "where topics come from, in the framework's words")
	f.StringArrayVar(&w.options, "option", nil, "what only its framework has, as `KEY=VALUE`; may be repeated")
	f.IntVar(&w.port, "port", 0, "port that it listens on")
	f.IntVar(&w.least, "min", 0, "replicas at least")
	f.IntVar(&w.most, "max", 0, "replicas at most")
	f.DurationVar(&w.callTimeout, "call-timeout", 0, "how long a call may take")
}

// given reports whether one of the words was used.
func (w *deployFlags) given() bool {
	for _, name := range deployWords {
		if w.flags.Changed(name) {
			return true
		}
	}
	return false
}

// request makes the request of the words.
func (w *deployFlags) request(framework, namespace, name string) (*wish.DeployRequest, error) {
	r := &wish.DeployRequest{
		Framework: framework, Namespace: namespace, Name: name, Runtime: w.runtime, Handler: w.handler, ServiceAccount: w.account,
		PullSecrets: w.pull, Command: w.command, Args: w.args, Port: w.port, Timeout: w.callTimeout, Source: wish.Source{Image: w.image},
	}
	if w.flags.Changed("min") {
		r.Min = &w.least
	}
	if w.flags.Changed("max") {
		r.Max = &w.most
	}
	if w.git != "" {
		url, ref, _ := strings.Cut(w.git, "#")
		r.Source.Git = &wish.Git{URL: url, Ref: ref, Folder: w.folder, Secret: w.login}
	} else if w.folder != "" || w.login != "" {
		return nil, usageError("--git-folder and --git-secret are for --git")
	}
	var err error
	if w.code != "" {
		if r.Source.Code, err = readCode(w.code); err != nil {
			return nil, withCode(exitUsage, fmt.Errorf("--code: %w", err))
		}
	}
	if r.Env, err = variables(w.env); err != nil {
		return nil, err
	}
	for _, s := range w.secrets {
		n, path, _ := strings.Cut(s, ":")
		r.Mounts = append(r.Mounts, wish.Mount{Secret: n, Path: path})
	}
	for _, s := range w.configs {
		n, path, _ := strings.Cut(s, ":")
		r.Mounts = append(r.Mounts, wish.Mount{ConfigMap: n, Path: path})
	}
	for word, list := range map[string]struct {
		texts []string
		into  *map[string]string
	}{"label": {w.labels, &r.Labels}, "annotation": {w.annotations, &r.Annotations}, "option": {w.options, &r.Options}} {
		if *list.into, err = pairs(word, list.texts); err != nil {
			return nil, err
		}
	}
	r.Requests, r.Limits = amounts(map[string]string{"cpu": w.cpu, "memory": w.memory})
	w.triggers(r)
	return r, nil
}

func (w *deployFlags) triggers(r *wish.DeployRequest) {
	if w.schedule != "" {
		t := wish.Trigger{Type: "cron", Schedule: w.schedule}
		if w.zone != "" {
			t.Options = map[string]string{"timezone": w.zone}
		}
		r.Triggers = append(r.Triggers, t)
	}
	for _, h := range w.hosts {
		host, path, routed := strings.Cut(h, "/")
		if routed {
			path = "/" + path
		}
		r.Triggers = append(r.Triggers, wish.Trigger{Type: "http", Host: host, Path: path})
	}
	for _, t := range w.topics {
		kind := "queue"
		if r.Framework == "knative" || r.Framework == "kyma" || r.Framework == "openwhisk" {
			kind = "event"
		}
		r.Triggers = append(r.Triggers, wish.Trigger{Type: kind, Topic: t, Broker: w.broker})
	}
}

// variables reads --env. A value is never in an error.
func variables(texts []string) ([]wish.Variable, error) {
	var all []wish.Variable
	for i, t := range texts {
		name, value, ok := strings.Cut(t, "=")
		if !ok {
			return nil, usageError("--env, number %d: write NAME=VALUE", i+1)
		}
		v := wish.Variable{Name: name, Value: value}
		for prefix, into := range map[string]*string{"secret:": &v.Secret, "config:": &v.ConfigMap} {
			if rest, is := strings.CutPrefix(value, prefix); is {
				object, key, ok := strings.Cut(rest, "/")
				if !ok || object == "" || key == "" {
					return nil, usageError("--env %s: write NAME=%sOBJECT/KEY", name, prefix)
				}
				*into, v.Key, v.Value = object, key, ""
			}
		}
		all = append(all, v)
	}
	return all, nil
}

func pairs(word string, texts []string) (map[string]string, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	out := map[string]string{}
	for _, t := range texts {
		k, v, ok := strings.Cut(t, "=")
		if !ok || k == "" {
			return nil, usageError("--%s %q: write KEY=VALUE", word, t)
		}
		out[k] = v
	}
	return out, nil
}

// amounts reads REQUEST[:LIMIT]; one amount is both, and :LIMIT is for frameworks that have no requests.
func amounts(of map[string]string) (requests, limits map[string]string) {
	for name, text := range of {
		if text == "" {
			continue
		}
		request, limit, _ := strings.Cut(text, ":")
		if requests == nil {
			requests, limits = map[string]string{}, map[string]string{}
		}
		if request != "" {
			requests[name] = request
		}
		limits[name] = cmp.Or(limit, request)
	}
	return requests, limits
}

// The bounds of what is read as code: what is larger is refused at its field.
const (
	mostCodeFiles = 1000
	mostCodeBytes = 8 << 20
)

// readCode reads a file, or a folder without what is hidden.
func readCode(path string) (*wish.Code, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	c := &wish.Code{Files: map[string][]byte{}, Name: filepath.Base(path)}
	if !info.IsDir() {
		c.Files[filepath.Base(path)], err = readBounded(path)
		return c, err
	}
	total := 0
	err = filepath.WalkDir(path, func(p string, e os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p != path && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case !e.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(path, p)
		if err != nil {
			return err
		}
		data, err := readBounded(p)
		if err != nil {
			return err
		}
		if total += len(data); total > mostCodeBytes || len(c.Files) >= mostCodeFiles {
			return fmt.Errorf("%s holds more than %d files or %d MiB", path, mostCodeFiles, mostCodeBytes>>20)
		}
		c.Files[filepath.ToSlash(rel)] = data
		return nil
	})
	return c, err
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(filepath.Clean(path)) // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, mostCodeBytes+1))
	if err == nil && len(data) > mostCodeBytes {
		err = fmt.Errorf("%s is larger than %d MiB", path, mostCodeBytes>>20)
	}
	return data, err
}
