package views

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/fn9s/fn9s/views/viewtest"
)

// answered is a call that went well.
func answered() *invoke.Answer {
	return &invoke.Answer{At: viewtest.Now.Add(-2 * time.Second), Method: "POST", Target: "Service openfaas/gateway:8080/function/charge-card/v2", Way: invoke.Proxy,
		Status: 200, Text: "200 OK", Proto: "HTTP/1.1", Size: 74, Connect: 3 * time.Millisecond, First: 640 * time.Millisecond, Total: 642 * time.Millisecond, Cold: true,
		Headers: []invoke.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Set-Cookie", Value: "session=s3cr3t-cAnArY"}, {Name: "X-Call-Id", Value: "2f1d\x1b[31m"}},
		Body:    []byte(`{"charged":true,"amount":5,"note":"\u001b[2J","items":[{"sku":"A-1"},{"sku":"B-2"}]}`)}
}

// calling is a console in which charge-card is called, and ports lead to it.
func calling(t *testing.T, width, height int, theme string) (*console, *viewtest.Live) {
	t.Helper()
	world := viewtest.Seed(t, nil)
	live := world.Live()
	live.Answer = answered()
	return start(t, world, width, height, theme, nil), live
}

func lines() []forward.Forward {
	at := forward.Target{Context: viewtest.Context, Title: "charge-card in payments", Function: model.FunctionID{Context: viewtest.Context}}
	return []forward.Forward{
		{ID: "1", Target: at, Address: "127.0.0.1", Ports: []forward.Port{{Local: 8080, Remote: 8080}}, Pod: "charge-card-b6f766946-stkhq", State: forward.Active,
			Since: viewtest.Now.Add(-4 * time.Minute), Open: 2, Total: 41, In: 12_400, Out: 3_900_000},
		{ID: "2", Target: forward.Target{Context: viewtest.Context, Title: "refund in payments"}, Address: "127.0.0.1",
			Ports: []forward.Port{{Local: 9000, Remote: 8080}, {Local: 9090, Remote: 9091}}, State: forward.Waiting, Since: viewtest.Now.Add(-30 * time.Second),
			Reason: "the way to pod refund-1\x1b[2J was lost"},
	}
}

var runningFrames = map[string]func(c *console, l *viewtest.Live){
	"invoke":          func(c *console, _ *viewtest.Live) { c.on("charge-card").press("i") },
	"invoke answered": func(c *console, _ *viewtest.Live) { c.on("charge-card").press("i", "i") },
	"invoke failed": func(c *console, l *viewtest.Live) {
		l.Err = errors.New("no complete answer within 1m0s")
		c.on("charge-card").press("i", "i")
	},
	"invoke refused by the server": func(c *console, l *viewtest.Live) {
		l.Answer = &invoke.Answer{At: viewtest.Now, Method: "GET", Target: "Service payments/charge-card:8080", Way: invoke.Proxy, Status: 503, Text: "503 Service Unavailable",
			Server: true, Body: []byte(`{"kind":"Status","apiVersion":"v1","message":"no endpoints available for service \"charge-card\""}`), Size: 90}
		c.on("charge-card").press("i", "i")
	},
	"invoke calling": func(c *console, _ *viewtest.Live) { c.on("charge-card").press("i").held(keyOf("i")) },
	"port-forward":   func(c *console, _ *viewtest.Live) { c.on("charge-card").press("f") },
	"forwards":       func(c *console, l *viewtest.Live) { l.Open = lines(); command("pf")(c) },
	"forwards none":  func(c *console, _ *viewtest.Live) { command("pf")(c) },
	"quit":           func(c *console, l *viewtest.Live) { l.Open = lines(); c.press("q") },
}

func TestRunningFrames(t *testing.T) {
	t.Parallel()
	for name, script := range runningFrames {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				var all strings.Builder
				for _, theme := range []string{"none", "mono", "default"} {
					c, live := calling(t, size[0], size[1], theme)
					script(c, live)
					frame := c.frame()
					requireFits(t, frame, size[0], size[1])
					assert.NotContains(t, frame, "cAnArY")
					all.WriteString("── " + theme + "\n" + visible(frame))
				}
				golden.RequireEqual(t, []byte(all.String()))
			})
		}
	}
}

func TestACallIsFilledInAndSentOnce(t *testing.T) {
	t.Parallel()
	c, live := calling(t, 120, 40, "none")
	c.on("charge-card").press("i", "j", "enter").write("/v2?x=1").press("enter")
	c.press("j", "enter").write("X-Test: 1; Accept: text/csv").press("enter")
	c.press("j", "enter").write(`{"amount": 5}`).press("enter")
	c.press("j", "j", "enter").write("com.example.order").press("enter")
	assert.Empty(t, live.Asked, "nothing is sent before the key")
	c.press("i")
	require.Len(t, live.Asked, 1)
	r := live.Asked[0]
	assert.Equal(t, "/v2?x=1", r.Path)
	assert.Equal(t, `{"amount": 5}`, string(r.Body))
	assert.Equal(t, []invoke.Header{{Name: "X-Test", Value: "1"}, {Name: "Accept", Value: "text/csv"}}, r.Headers)
	require.NotNil(t, r.Event)
	assert.Equal(t, "com.example.order", r.Event.Type)
	assert.Contains(t, c.text(), "200 OK")
	assert.Contains(t, c.text(), `"sku": "A-1"`)
	assert.Contains(t, c.text(), "cold start")
}

func TestReadOnlyRefusesWhatRuns(t *testing.T) {
	t.Parallel()
	c, live := calling(t, 120, 40, "none")
	live.Refused = "read-only"
	live.Inside = []screen.Room{{Container: "charge-card"}}
	c.on("charge-card")
	for _, key := range []string{"i", "s", "f"} {
		c.press(key)
		assert.Contains(t, c.last(), "read-only", key)
	}
	assert.Empty(t, live.Asked)
	assert.Empty(t, live.Entered)
	assert.Empty(t, live.Open)
}

func TestForwardsAreOpenedListedAndEnded(t *testing.T) {
	t.Parallel()
	c, live := calling(t, 140, 40, "none")
	c.on("charge-card").press("f", "ctrl+u").write("99999").press("enter")
	assert.NotContains(t, c.text(), "9999→", "there is no such port")
	c.press("ctrl+u").write("9000:8080").press("enter", "enter")
	require.Len(t, live.Open, 1)
	assert.Equal(t, []forward.Port{{Local: 9000, Remote: 8080}}, live.Open[0].Ports)
	command("pf")(c)
	assert.Contains(t, c.text(), "127.0.0.1:9000")
	c.press("X")
	assert.Empty(t, live.Open)
	assert.Contains(t, c.text(), "No port leads to a function")
}

func TestQuittingAsksWhilePortsAreForwarded(t *testing.T) {
	t.Parallel()
	c, live := calling(t, 120, 40, "none")
	live.Open = lines()
	c.press("q")
	assert.Contains(t, c.text(), "Ports are forwarded")
	c.press("esc")
	assert.Len(t, live.Open, 2)
	assert.NotContains(t, c.text(), "Ports are forwarded")
}

// inside are two containers in which a shell could be opened.
func inside(t *testing.T) (*console, *viewtest.Live) {
	t.Helper()
	c, live := calling(t, 120, 40, "none")
	pod := model.Ref{Kind: "Pod", Namespace: "payments", Name: "charge-card-1"}
	live.Inside = []screen.Room{{Context: viewtest.Context, Pod: pod, Container: "charge-card"}, {Context: viewtest.Context, Pod: pod, Container: "proxy"}}
	return c.on("charge-card"), live
}

func TestADebugContainerIsMadeOnceItIsAgreedTo(t *testing.T) {
	t.Parallel()
	c, live := inside(t)
	c.press("s").write("debug container beside proxy").press("enter")
	assert.Contains(t, c.text(), "Put a debug container beside proxy?")
	assert.Contains(t, c.text(), "it cannot be undone")
	assert.Empty(t, live.Debugs)
	c.press("esc")
	assert.Empty(t, live.Debugs, "nobody agreed")

	c.press("s").write("debug container beside proxy").press("enter")
	c.now = c.now.Add(time.Second)
	c.press("m")
	require.Len(t, live.Debugs, 1)
	assert.Equal(t, "proxy", live.Debugs[0].Container)
	assert.Contains(t, c.text(), "The debug container runs")
	assert.Contains(t, c.text(), "fn9s-debug-1 of payments/charge-card-1")
	c.now = c.now.Add(time.Second)
	c.press("a")
	require.Len(t, live.Entered, 1)
	assert.Equal(t, "fn9s-debug-1", live.Entered[0].Container)
}

func TestADebugContainerThatDoesNotRunIsTold(t *testing.T) {
	t.Parallel()
	c, live := inside(t)
	live.Err = errors.New("debug container d of pod payments/charge-card-1 does not run: ImagePullBackOff")
	c.press("s").write("debug container beside proxy").press("enter")
	c.now = c.now.Add(time.Second)
	c.press("m")
	assert.Contains(t, c.last(), "ImagePullBackOff")
	assert.Empty(t, live.Entered)
}

func TestWhoMayNotMakeADebugContainerSeesWhy(t *testing.T) {
	t.Parallel()
	c, live := inside(t)
	live.NoDebug = "you may not patch pods/ephemeralcontainers in payments"
	c.press("s")
	assert.Contains(t, c.text(), "you may not patch pods/ephemeralcontainers in payments")
	c.write("debug container beside proxy").press("enter")
	assert.NotContains(t, c.text(), "Put a debug container")
	assert.Empty(t, live.Debugs)
}

func TestWhereThereIsNoShellADebugContainerIsOffered(t *testing.T) {
	t.Parallel()
	c, live := inside(t)
	c.send(noShellMsg{room: live.Inside[0]})
	assert.Contains(t, c.text(), "No shell in charge-card. Instead")
	c.write("debug").press("enter")
	assert.Contains(t, c.text(), "Put a debug container beside charge-card?")
}
