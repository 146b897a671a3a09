package artifact

import (
	"errors"
	"strings"

	"github.com/distribution/reference"

	"github.com/fn9s/fn9s/security/snapshot"
)

// Image is the name of an image, taken apart.
type Image struct {
	// Name is the repository with its registry: docker.io/library/nginx for nginx.
	Name string
	// Tag is empty where none is written, which means latest unless there is a Digest.
	Tag, Digest string
}

// Parse takes the name of an image apart, as container runtimes do. Short names are of docker.io.
func Parse(text string) (Image, error) {
	if i, ok := plain(text); ok {
		return i, nil
	}
	return parse(text)
}

func parse(text string) (Image, error) {
	ref, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		if errors.Is(err, reference.ErrNameContainsUppercase) {
			return Image{}, errors.New("the repository has capital letters")
		}
		return Image{}, errors.New("it is no valid image name")
	}
	i := Image{Name: ref.Name()}
	if t, ok := ref.(reference.Tagged); ok {
		i.Tag = t.Tag()
	}
	if d, ok := ref.(reference.Digested); ok {
		i.Digest = string(d.Digest())
	}
	return i, nil
}

// Mutable reports whether the name means whatever was pushed last: latest, or no tag, and no digest.
func (i Image) Mutable() bool { return i.Digest == "" && (i.Tag == "" || i.Tag == "latest") }

// From reports whether the image is of one of these registries: prefixes of its name by whole path segments.
func (i Image) From(allowed []string) bool {
	for _, prefix := range allowed {
		prefix = strings.TrimSuffix(prefix, "/")
		if rest, ok := strings.CutPrefix(i.Name, normal(prefix)); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// normal writes a prefix of names as Image.Name does.
func normal(prefix string) string {
	host, rest, _ := strings.Cut(prefix, "/")
	if host == "index.docker.io" || host == "registry-1.docker.io" {
		return strings.TrimSuffix("docker.io/"+rest, "/")
	}
	if host == "docker.io" || strings.ContainsAny(host, ".:") || host == "localhost" {
		return prefix
	}
	return "docker.io/" + prefix
}

// parsed is what Parse answers.
type parsed struct {
	Image
	problem string
}

var images = snapshot.NewQuery("image name", func(_ *snapshot.Reader, text string) parsed {
	i, err := Parse(text)
	if err != nil {
		return parsed{problem: err.Error()}
	}
	return parsed{Image: i}
}, func(a, b parsed) bool { return a == b }).Passing()
