package main

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheMostFrequentColoursStay(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 4, 1))
	white, almost, black := color.RGBA{255, 255, 255, 255}, color.RGBA{250, 255, 255, 255}, color.RGBA{0, 0, 0, 255}
	for x, c := range []color.RGBA{white, white, almost, black} {
		picture.SetRGBA(x, 0, c)
	}
	assert.Len(t, reduce(picture, 64).Palette, 3)
	few := reduce(picture, 1)
	assert.Equal(t, color.Palette{white}, few.Palette)
	assert.Equal(t, white, few.At(3, 0))
	assert.Equal(t, reduce(picture, 2), reduce(picture, 2))
}

func TestScenesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenes {
		assert.False(t, seen[s.name], s.name)
		seen[s.name] = true
		assert.True(t, s.cols >= 80 && s.rows >= 24, s.name)
	}
}
