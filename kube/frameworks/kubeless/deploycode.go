package kubeless

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fn9s/fn9s/kube/frameworks"
)

// most is how many bytes of code and dependencies fit: the controller puts them into a ConfigMap.
const most = 1<<20 - 4<<10

var contentTypes = []string{
	"text", "base64", "base64+zip", "base64+zip+deps", "base64+compressedtar", "base64+compressedtar+deps",
	"url", "url+zip", "url+zip+deps", "url+compressedtar", "url+compressedtar+deps",
}

// dependencyFiles are the files in which languages name what they need.
var dependencyFiles = map[string]string{
	"python": "requirements.txt", "nodejs": "package.json", "nodejsCE": "package.json", "nodejs_distroless": "package.json",
	"go": "go.mod", "ruby": "Gemfile", "php": "composer.json", "java": "pom.xml", "jvm": "pom.xml", "dotnetcore": "project.csproj",
}

// content is the code as the Function holds it.
type content struct {
	text, kind, checksum, deps string
	modules                    []string // files without their extensions, where they are known
}

// credential are names in signed addresses.
var credential = regexp.MustCompile(`(?i)(sig|token|key|credential|passw|secret)[-\w]*=`)

var checksumText = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(h[:])
}

// pack puts the code into words of the Function.
func (d *drafting) pack() content {
	out := content{deps: d.Options[optDependencies]}
	address, code := d.Options[optURL], d.Source.Code
	switch {
	case address != "" && (code != nil || d.Source.Image != ""):
		d.Problem(optURL, "it is made of code, an image or an address")
	case address != "":
		d.fetched(&out, address)
	case code != nil:
		d.packed(&out, code.Files)
	case d.Source.Image == "" && d.Source.Git == nil:
		d.Problem("code", "code is needed, or an image that holds it")
	}
	if address == "" && d.Options[optChecksum] != "" {
		d.Problem(optChecksum, "that of code which is given is computed")
	}
	if n := len(out.text) + len(out.deps); n > most {
		d.Problem("code", "it takes %d KiB, and a ConfigMap holds 1024: put it where pods fetch it, and give the option %s", n>>10, optURL)
	}
	return out
}

// fetched is code that pods fetch. The controller puts the address between quotes in a command.
func (d *drafting) fetched(out *content, address string) {
	d.CheckURL(optURL, address, "https", "http")
	out.text, out.kind, out.checksum = address, "url", d.Options[optChecksum]
	name, _, _ := strings.Cut(address, "?")
	if k := archive(name); k != "" {
		out.kind += "+" + k
	}
	if t := d.Options[optContentType]; t != "" {
		if out.kind = t; !strings.HasPrefix(t, "url") {
			d.Problem(optContentType, "code that is fetched is url, url+zip or url+compressedtar")
		}
	}
	switch {
	case out.checksum == "":
		d.Note("without a checksum pods run whatever the address answers")
	case !checksumText.MatchString(out.checksum):
		d.Problem(optChecksum, "it is sha256: and 64 hexadecimal digits")
	}
	if _, query, _ := strings.Cut(address, "?"); credential.MatchString(query) {
		d.Problem(optURL, "its query holds a credential, which would be readable in the Function: and when it expires, pods cannot start")
	}
}

// archive tells by its name how a file is packed; empty: not.
func archive(name string) string {
	switch {
	case strings.HasSuffix(name, ".zip"):
		return "zip"
	case strings.HasSuffix(name, ".tgz"), strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tar.bz2"), strings.HasSuffix(name, ".tar.xz"):
		return "compressedtar"
	}
	return ""
}

// packed is code that the Function holds: text of one file, or an archive in base64.
func (d *drafting) packed(out *content, files map[string][]byte) {
	files = maps.Clone(files)
	needs := ""
	if m := runtimeText.FindStringSubmatch(d.Runtime); m != nil {
		needs = dependencyFiles[m[1]]
	}
	deps, found := files[needs]
	if found && len(files) == 2 && out.deps == "" {
		out.deps = string(deps)
		delete(files, needs)
	}
	if !utf8.ValidString(out.deps) {
		d.Problem("code", "%s is not text", needs)
	}
	if len(files) == 1 {
		for name, data := range files {
			d.single(out, name, data)
		}
		return
	}
	data, err := zipped(files)
	if err != nil {
		d.Problem("code", "%v", err)
		return
	}
	out.text, out.kind, out.checksum = base64.StdEncoding.EncodeToString(data), "base64+zip", sum(data)
	if found {
		out.kind += "+deps"
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.Contains(name, "/") {
			out.modules = append(out.modules, strings.TrimSuffix(name, path.Ext(name)))
		}
	}
	d.refuseType(out.kind)
}

func (d *drafting) single(out *content, name string, data []byte) {
	out.checksum = sum(data)
	asked := d.Options[optContentType]
	switch k := archive(name); {
	case k != "" || strings.HasPrefix(asked, "base64"):
		out.text, out.kind = base64.StdEncoding.EncodeToString(data), "base64"
		if k != "" {
			out.kind += "+" + k
		}
		if strings.HasPrefix(asked, "base64") {
			out.kind = asked
		} else {
			d.refuseType(out.kind)
		}
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		d.Problem("code", "%s is no text, and no archive by its name (.zip, .tar.gz, .tgz, .tar.bz2, .tar.xz)", frameworks.Line(name))
	default:
		out.text, out.kind = string(data), "text"
		d.refuseType(out.kind)
	}
}

// refuseType refuses a content type that is asked for and is not what the code is.
func (d *drafting) refuseType(is string) {
	if t := d.Options[optContentType]; t != "" && t != is && strings.TrimSuffix(t, "+deps") != is {
		d.Problem(optContentType, "the code is %s, not %s", is, t)
	}
}

// zipped packs files so that the same ones give the same archive.
func zipped(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = f.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", frameworks.Line(name), err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack the code: %w", err)
	}
	return out.Bytes(), nil
}
