package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Kind says what an error means for the operator.
type Kind string

// The kinds.
const (
	KindNone        Kind = ""
	KindForbidden   Kind = "forbidden"
	KindAuth        Kind = "auth"        // credentials are missing, expired or refused
	KindUnreachable Kind = "unreachable" // nobody answered
	KindBusy        Kind = "busy"        // 429
	KindExpired     Kind = "expired"     // 410: the resource version is too old
	KindNotFound    Kind = "not found"
	KindConflict    Kind = "conflict"
	KindInvalid     Kind = "invalid"
	KindReadOnly    Kind = "read-only"
	KindServer      Kind = "server" // the server answered that it failed
)

// Classify tells what an error means.
func Classify(err error) Kind {
	if err == nil {
		return KindNone // costs nothing: it is asked of each follower, with every board
	}
	return classify(err)
}

func classify(err error) Kind {
	var refused *RefusedError
	var status apierrors.APIStatus
	switch {
	case errors.As(err, &refused):
		return KindReadOnly
	case isCredentialError(err):
		return KindAuth
	case !errors.As(err, &status):
		return KindUnreachable
	case apierrors.IsUnauthorized(err):
		return KindAuth
	case apierrors.IsForbidden(err):
		return KindForbidden
	case apierrors.IsResourceExpired(err), apierrors.IsGone(err):
		return KindExpired
	case apierrors.IsTooManyRequests(err):
		return KindBusy
	case apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err):
		return KindNotFound
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return KindConflict
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return KindInvalid
	default:
		return KindServer
	}
}

// isCredentialError finds the errors of credential plugins, which client-go gives as text only.
func isCredentialError(err error) bool {
	text := err.Error()
	return strings.Contains(text, "getting credentials: ") || strings.Contains(text, "Auth Provider")
}

// Refused reports whether no connection could be made: nobody listens there, or the way is barred.
func Refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// Reason returns the cause in one line, without the wrapping that repeats URLs.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Message != "" {
		if s := status.Status(); s.Code == http.StatusUnauthorized {
			return "the server does not accept the credentials (401)"
		}
		return status.Status().Message
	}
	text := err.Error()
	if i := strings.LastIndex(text, "dial tcp "); i >= 0 {
		return text[i:]
	}
	return text
}

func versionOf(raw []byte) (string, error) {
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", fmt.Errorf("read version: %w", err)
	}
	return v.GitVersion, nil
}
