package secrets

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/detect"
)

const (
	maxUnpacked = 1 << 20 // of all files of one archive
	maxFiles    = 200
)

// code looks through a field with source code.
func (f *facts) code(d document, field codeField) {
	text := d.text(field.path)
	if text == "" {
		return
	}
	content := ""
	if field.content != "" {
		content = d.text(field.content)
	}
	switch {
	case strings.HasPrefix(content, "url"):
		// A signed address is a credential that stands in a setting.
		if kind := detect.Literal("url", text, nil); kind != "" {
			f.spots = append(f.spots, spot{Path: field.path, Name: "url", Kind: kind, Part: note})
		}
	case field.packed || strings.HasPrefix(content, "base64"):
		f.packed(field.path, text)
	case field.settings:
		f.text(field.path, "", []byte(text), true)
	default:
		f.text(field.path, "", []byte(text), false)
	}
}

// packed looks through base64 of a text or an archive.
func (f *facts) packed(path, text string) {
	if base64.StdEncoding.DecodedLen(len(text)) > 2*maxUnpacked {
		f.unread = "the source in " + path + " is larger than 2 MiB"
		return
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		f.text(path, "", []byte(text), false) // not packed after all
		return
	}
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		err = f.zip(path, data)
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		err = f.tar(path, data)
	case binary(data):
		err = errUnknownFormat
	default:
		f.text(path, "", data, false)
	}
	if err != nil {
		f.unread = "the source in " + path + " could not be read: " + err.Error()
	}
}

// The ways in which an archive cannot be read. The libraries' own errors are not shown: they may quote it.
var (
	errUnknownFormat = errors.New("it is packed in an unknown way")
	errTooLarge      = errors.New("it is larger than 1 MiB when unpacked")
	errBroken        = errors.New("the archive is broken")
)

func (f *facts) zip(path string, data []byte) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errBroken
	}
	left := maxUnpacked
	for i, file := range r.File {
		if i >= maxFiles {
			return errTooLarge
		}
		body, err := file.Open()
		if err != nil {
			return errBroken
		}
		err = f.file(path, file.Name, body, &left)
		_ = body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *facts) tar(path string, data []byte) error {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return errBroken
	}
	r, left := tar.NewReader(unzipped), maxUnpacked
	for range maxFiles {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errBroken
		}
		if h.Typeflag == tar.TypeReg {
			if err := f.file(path, h.Name, r, &left); err != nil {
				return err
			}
		}
	}
	return errTooLarge
}

// file looks through one file of an archive, which may be no larger than what is left of it.
func (f *facts) file(path, name string, body io.Reader, left *int) error {
	data, err := io.ReadAll(io.LimitReader(body, int64(*left)+1))
	if err != nil {
		return errBroken
	}
	if len(data) > *left {
		return errTooLarge
	}
	*left -= len(data)
	if !binary(data) && !strings.Contains(name, "node_modules/") && !strings.Contains(name, "site-packages/") {
		f.text(path, name, data, !sourceFile(name))
	}
	return nil
}

func binary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 1024)], 0) >= 0 }

func (f *facts) text(path, file string, data []byte, config bool) {
	scan := detect.Text
	// Shell scripts assign without quotes, as configuration files do.
	if first, _, _ := bytes.Cut(data, []byte("\n")); config || bytes.HasPrefix(first, []byte("#!")) && bytes.HasSuffix(first, []byte("sh")) {
		scan = detect.Config
	}
	for _, h := range scan(string(data)) {
		if len(f.spots) >= maxSpots {
			return
		}
		where := "line " + strconv.Itoa(h.Line)
		if file != "" {
			where = file + " " + where
		}
		f.spots = append(f.spots, spot{Path: path, Name: h.Name, Kind: h.Kind, Part: source, Where: where})
	}
}
