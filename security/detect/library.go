package detect

import (
	"strings"
	"sync"

	"github.com/rs/zerolog"
	gitleaks "github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"
)

// detector is made when a value needs it: reading its rules takes tens of milliseconds. It is nil when they cannot be
// read, which leaves the rules of this package. It writes no logs, for they could hold what it finds.
var detector struct {
	sync.Mutex
	*gitleaks.Detector
	made bool
}

func library() *gitleaks.Detector {
	detector.Lock()
	defer detector.Unlock()
	if detector.made {
		return detector.Detector
	}
	detector.made = true
	logging.Logger = zerolog.Nop()
	d, err := gitleaks.NewDetectorDefaultConfig()
	if err != nil {
		return nil
	}
	d.MaxDecodeDepth = 0
	detector.Detector = d
	return d
}

// Release gives back the memory of the detection library, some 15 MiB. It is read again when a value needs it.
func Release() {
	detector.Lock()
	defer detector.Unlock()
	detector.Detector, detector.made = nil, false
}

// scan returns the words of the first rule that the text matches.
func scan(text string) string {
	d := library()
	if d == nil {
		return ""
	}
	found := d.DetectString(text)
	if len(found) == 0 {
		return ""
	}
	return words(found[0].RuleID)
}

// words makes a rule's name one for people: `stripe-access-token` is a Stripe access token.
func words(rule string) string {
	if rule == "generic-api-key" {
		return "API key"
	}
	return strings.ReplaceAll(rule, "-", " ")
}
