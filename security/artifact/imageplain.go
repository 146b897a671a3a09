package artifact

import "strings"

// plain takes the name of an image apart if it is as plain as nearly all are: Parse by the library takes a tenth of what
// judging a function does. What it is not sure of it leaves to the library.
func plain(text string) (i Image, ok bool) {
	if len(text) > 200 {
		return Image{}, false
	}
	name, digest, digested := strings.Cut(text, "@")
	if digested && !isSHA256(digest) {
		return Image{}, false
	}
	slash := strings.LastIndexByte(name, '/')
	tag := ""
	if colon := strings.LastIndexByte(name, ':'); colon > slash {
		if name, tag = name[:colon], name[colon+1:]; !isTag(tag) {
			return Image{}, false
		}
	}
	if len(name) == 64 || !isRepository(name) { // 64 digits would be the identity of an image
		return Image{}, false
	}
	host, rest, several := strings.Cut(name, "/")
	switch {
	case !several:
		name = "docker.io/library/" + name
	case host == "index.docker.io", host == "docker.io" && !strings.Contains(rest, "/"):
		return Image{}, false
	case host != "localhost" && !strings.Contains(host, "."):
		name = "docker.io/" + name
	}
	return Image{Name: name, Tag: tag, Digest: digest}, true
}

func isSHA256(digest string) bool {
	hex, ok := strings.CutPrefix(digest, "sha256:")
	return ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

func isTag(tag string) bool {
	for i := range len(tag) {
		switch c := tag[i]; {
		case lower(c), 'A' <= c && c <= 'Z', c == '_':
		case (c == '.' || c == '-') && i > 0:
		default:
			return false
		}
	}
	return 0 < len(tag) && len(tag) <= 128
}

// isRepository accepts small letters and digits, parted by single dots, dashes, underscores and slashes.
func isRepository(name string) bool {
	apart := true // letters or digits must follow
	for i := range len(name) {
		switch c := name[i]; {
		case lower(c):
			apart = false
		case (c == '.' || c == '-' || c == '_' || c == '/') && !apart:
			apart = true
		default:
			return false
		}
	}
	return !apart && !strings.Contains(hostOf(name), "_")
}

// hostOf is what may be the registry of a name.
func hostOf(name string) string {
	host, _, several := strings.Cut(name, "/")
	if !several {
		return ""
	}
	return host
}

func lower(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' }
