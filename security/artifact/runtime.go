package artifact

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// ends are the days on which versions of languages got their last update, as their makers published them.
var ends = map[string]map[string]string{
	"python": {
		"2.6": "2013-10-29", "2.7": "2020-01-01", "3.4": "2019-03-18", "3.5": "2020-09-30", "3.6": "2021-12-23",
		"3.7": "2023-06-27", "3.8": "2024-10-07", "3.9": "2025-10-31", "3.10": "2026-10-31", "3.11": "2027-10-31",
		"3.12": "2028-10-31", "3.13": "2029-10-31",
	},
	"nodejs": {
		"4": "2018-04-30", "6": "2019-04-30", "8": "2019-12-31", "10": "2021-04-30", "12": "2022-04-30", "14": "2023-04-30",
		"16": "2023-09-11", "18": "2025-04-30", "20": "2026-04-30", "22": "2027-04-30", "24": "2028-04-30",
	},
	"go": {
		"1.10": "2019-02-25", "1.11": "2019-09-03", "1.12": "2020-02-25", "1.13": "2020-08-11", "1.14": "2021-02-16",
		"1.15": "2021-08-16", "1.16": "2022-03-15", "1.17": "2022-08-02", "1.18": "2023-02-01", "1.19": "2023-08-08",
		"1.20": "2024-02-06", "1.21": "2024-08-13", "1.22": "2025-02-11", "1.23": "2025-08-12",
	},
	"ruby": {
		"2.3": "2019-03-31", "2.4": "2020-04-05", "2.5": "2021-04-05", "2.6": "2022-04-12", "2.7": "2023-03-31",
		"3.0": "2024-04-23", "3.1": "2025-03-26", "3.2": "2026-03-31", "3.3": "2027-03-31",
	},
	"php": {
		"5.6": "2018-12-31", "7.0": "2019-01-10", "7.1": "2019-12-01", "7.2": "2020-11-30", "7.3": "2021-12-06",
		"7.4": "2022-11-28", "8.0": "2023-11-26", "8.1": "2025-12-31", "8.2": "2026-12-31", "8.3": "2027-12-31",
	},
	"dotnet": {
		"1.0": "2019-06-27", "1.1": "2019-06-27", "2.0": "2018-10-01", "2.1": "2021-08-21", "2.2": "2019-12-23",
		"3.0": "2020-03-03", "3.1": "2022-12-13", "5.0": "2022-05-10", "6.0": "2024-11-12", "7.0": "2024-05-14",
		"8.0": "2026-11-10", "9.0": "2026-11-10",
	},
}

// languages are the names under which frameworks and images offer a language.
var languages = map[string]string{
	"python": "python", "nodejs": "nodejs", "node": "nodejs", "go": "go", "golang": "go", "ruby": "ruby", "php": "php",
	"dotnet": "dotnet", "dotnetcore": "dotnet",
}

// languageOf reads the name of a runtime: python2.7, python312, nodejs:14, dotnetcore2.1.
func languageOf(runtime string) (language, version string) {
	name := strings.ToLower(strings.TrimSpace(runtime))
	end := strings.IndexAny(name, "0123456789:")
	if end < 0 {
		return "", ""
	}
	language, version = languages[strings.TrimRight(name[:end], "-_:")], strings.TrimLeft(name[end:], ":")
	if i := strings.IndexFunc(version, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); i >= 0 {
		version = version[:i]
	}
	parts := strings.Split(version, ".")
	switch {
	case language == "nodejs":
		return language, parts[0]
	case len(parts) >= 2:
		return language, parts[0] + "." + parts[1]
	case language == "python" && len(version) > 1: // python39, python312
		return language, version[:1] + "." + version[1:]
	case language == "dotnet":
		return language, version + ".0"
	}
	return language, version
}

// endOf returns the last day of a runtime, and whether it is known.
func endOf(runtime string) (time.Time, bool) {
	language, version := languageOf(runtime)
	day, ok := ends[language][version]
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, day)
	return t, err == nil
}

// ended are frameworks that get no updates any more, with the day of the last one.
var ended = map[string]struct{ day, what string }{
	"kubeless":     {"2021-12-22", "Kubeless was archived"},
	"openfunction": {"2023-09-30", "OpenFunction got its last changes"},
	"fn":           {"2019-12-31", "the chart of Fn got its last changes"},
	"openwhisk":    {"2022-10-31", "the images of the OpenWhisk chart were built"},
}

const year = 365 * 24 * time.Hour

func unsupported(e *check.Eval) {
	now := e.Options().Now
	runtime, limit := e.F.Runtime, check.NoLimit
	if _, known := endOf(runtime); !known || ownImage(e) {
		runtime = imageRuntime(e)
	} else if f := e.F.Key.Framework; f == "kubeless" || f == "openwhisk" {
		limit = check.FrameworkLimit // none that it offers still gets updates
	}
	if end, ok := endOf(runtime); ok && now.After(end) {
		e.Fail(check.At{Object: e.F.Named(), Value: runtime}, "runtime "+runtime+" got its last update on "+end.Format(time.DateOnly)+": nobody repairs its flaws").
			As(byAge(now, end)).With(limit)
	}
	if x, ok := ended[e.F.Key.Framework]; ok {
		end, _ := time.Parse(time.DateOnly, x.day)
		if now.After(end) {
			e.Fail(check.At{Object: e.F.Named(), Value: e.F.Key.Framework}, x.what+" in "+end.Format("2006-01")+": nobody repairs its flaws").
				As(byAge(now, end)).With(check.FrameworkLimit).Offers(check.FixReview)
		}
	}
	oldPlatform(e, e.F.Platform)
}

func byAge(now, end time.Time) check.Severity {
	if now.Sub(end) > year {
		return check.High
	}
	return check.Medium
}

// oldPlatform judges the version of frameworks that still get updates.
func oldPlatform(e *check.Eval, p model.Platform) {
	at := check.At{Object: e.F.Object, Value: p.Version}
	switch e.F.Key.Framework {
	case "kyma":
		if p.Shape == "classic" {
			e.Fail(at, "runs on the first generation of Kyma Serverless, which version 1.12 dropped").With(check.VersionLimit).Offers(check.FixUpgrade)
		}
	case "fission":
		_, rest, _ := strings.Cut(p.Version, ".")
		text, _, _ := strings.Cut(rest, ".")
		if minor, err := strconv.Atoi(text); err == nil && minor < fissionSupported {
			e.Fail(at, fmt.Sprintf("Fission %s gets no updates: only the two newest minor versions do, 1.%d and later", p.Version, fissionSupported)).
				With(check.VersionLimit).Offers(check.FixUpgrade)
		}
	}
}

// fissionSupported is the older of the two minor versions of Fission that get updates.
const fissionSupported = 26

// ownImage reports whether the function runs on an image that somebody chose: the name of the runtime says nothing then.
func ownImage(e *check.Eval) bool {
	f := e.F.Key.Framework
	return (f == "kubeless" || f == "kyma") && slices.ContainsFunc(makingOf.Get(e.Reader, e.F.Key).parts, func(p part) bool { return len(p.custom) > 0 })
}

// imageRuntime is the runtime that the image of a language's own makers names.
func imageRuntime(e *check.Eval) string {
	for _, u := range usesOf.Get(e.Reader, e.F.Key) {
		name, ok := strings.CutPrefix(u.Name, "docker.io/library/")
		if language := languages[name]; ok && language != "" && u.Tag != "" {
			return name + ":" + u.Tag
		}
	}
	return ""
}
