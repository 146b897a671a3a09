package frameworks

import (
	"net/url"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// CheckImage refuses what is no image reference.
func (d *Drafting) CheckImage(field, image string) {
	switch _, err := reference.ParseNormalizedNamed(image); {
	case strings.ContainsAny(image, " \t\r\n"):
		d.Problem(field, "%q cannot be used: an image has no spaces", Line(image))
	case err != nil:
		d.Problem(field, "%q cannot be used: %v", Line(image), err)
	}
}

// CheckURL refuses addresses with a password and of other schemes; git@host:path counts as ssh. The address is not in the
// problem: it may be a secret.
func (d *Drafting) CheckURL(field, address string, schemes ...string) {
	if strings.ContainsAny(address, " \t\r\n'\"") {
		d.Problem(field, "an address has no spaces and no quotes")
		return
	}
	if host, _, ok := strings.Cut(address, ":"); ok && !strings.Contains(address, "://") && slices.Contains(schemes, "ssh") {
		if user, _, _ := strings.Cut(host, "@"); strings.Contains(host, "@") && user != "" {
			return
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		d.Problem(field, "the address must begin with %s://", strings.Join(schemes, ":// or "))
		return
	}
	if _, password := u.User.Password(); password || u.User != nil && u.Scheme != "ssh" && u.Scheme != "git" {
		d.Problem(field, "the address holds credentials: they would be readable in the object; name a Secret instead")
	}
}
