package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"regexp"
	"slices"
)

// colours is how many a PNG has: text needs few, and the file is a third as large.
const colours = 48

// shrink writes a picture anew with a palette, and notes from which drawing it was made.
func shrink(path string, drawing []byte) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the picture: %w", err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, reduce(picture, colours, inks(drawing))); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path, note(out.Bytes(), drawing), 0o644); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

var ink = regexp.MustCompile(`fill="#([0-9a-f]{6})"`)

// inks are the colours that a drawing names.
func inks(drawing []byte) (all []color.RGBA) {
	for _, m := range ink.FindAllSubmatch(drawing, -1) {
		var c [3]byte
		_, _ = hex.Decode(c[:], m[1]) // the expression matches nothing else
		if rgba := (color.RGBA{c[0], c[1], c[2], 255}); !slices.Contains(all, rgba) {
			all = append(all, rgba)
		}
	}
	return all
}

// header is the signature of a PNG and its first chunk, behind which notes may stand.
const header = 8 + 4 + 4 + 13 + 4

const keyword = "tEXtSource\x00sha256:"

// note adds a chunk of text to a PNG that tells the drawing it was made from.
func note(picture, drawing []byte) []byte {
	sum := sha256.Sum256(drawing)
	chunk := []byte(keyword + hex.EncodeToString(sum[:]))
	out := slices.Clone(picture[:header])
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-len("tEXt")))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, picture[header:]...)
}

// made reports whether a PNG was made from a drawing.
func made(picture, drawing []byte) error {
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		return fmt.Errorf("read it: %w", err)
	}
	sum := sha256.Sum256(drawing)
	if !bytes.Contains(picture[:min(len(picture), 256)], []byte(keyword+hex.EncodeToString(sum[:]))) {
		return errors.New("it was made from another drawing")
	}
	return nil
}

// reduce keeps n colours, those that are named and the most frequent ones, and takes the nearest of them for all others.
func reduce(picture image.Image, n int, named []color.RGBA) *image.Paletted {
	bounds := picture.Bounds()
	count := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	var found []color.RGBA
	for c := range count {
		found = append(found, c)
	}
	first := func(c color.RGBA) int {
		if slices.Contains(named, c) {
			return 0
		}
		return 1
	}
	slices.SortFunc(found, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(count[b], count[a]), bytes.Compare([]byte{a.R, a.G, a.B, a.A}, []byte{b.R, b.G, b.B, b.A}))
	})
	var palette color.Palette
	for _, c := range found[:min(n, len(found))] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(bounds, palette)
	index := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			i, ok := index[c]
			if !ok {
				i = uint8(palette.Index(c))
				index[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
