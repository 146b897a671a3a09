package applog

import (
	"fmt"
	"math/rand/v2"
	"time"
)

type event struct {
	level, stream, message string
}

// The weights are those of a quiet service: most lines are requests that went well.
var events = []event{
	{"info", "stdout", "request handled"}, {"info", "stdout", "request handled"}, {"info", "stdout", "request handled"},
	{"info", "stdout", "request handled"}, {"info", "stdout", "cache refreshed"}, {"debug", "stdout", "payload parsed"},
	{"info", "stdout", "event published"}, {"warn", "stderr", "upstream slow, retrying"}, {"error", "stderr", "upstream answered 503"},
}

// line is one line in the format of the container runtime interface: time, stream, F (a full line), text.
func line(format string, at time.Time, random *rand.Rand) string {
	e := events[random.IntN(len(events))]
	if format == "crash" {
		e = event{"fatal", "stderr", "configuration key DATABASE_URL is missing"}
	}
	duration, request := 3+random.IntN(180), fmt.Sprintf("%08x", random.Uint32())
	stamp := at.UTC().Format("2006-01-02T15:04:05.000Z")
	text := ""
	switch format {
	case "json":
		text = fmt.Sprintf(`{"time":%q,"level":%q,"msg":%q,"request_id":%q,"duration_ms":%d}`, stamp, e.level, e.message, request, duration)
	case "logfmt":
		text = fmt.Sprintf(`time=%s level=%s msg=%q request_id=%s duration=%dms`, stamp, e.level, e.message, request, duration)
	default:
		text = fmt.Sprintf("%s %-5s %s (request %s, %d ms)", at.UTC().Format("2006/01/02 15:04:05"), e.level, e.message, request, duration)
	}
	return fmt.Sprintf("%s %s F %s\n", at.UTC().Format("2006-01-02T15:04:05.000000000Z"), e.stream, text)
}
