package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheMostFrequentColoursStay(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 4, 1))
	white, almost, black := color.RGBA{255, 255, 255, 255}, color.RGBA{250, 255, 255, 255}, color.RGBA{0, 0, 0, 255}
	for x, c := range []color.RGBA{white, white, almost, black} {
		picture.SetRGBA(x, 0, c)
	}
	assert.Len(t, reduce(picture, 64, nil).Palette, 3)
	few := reduce(picture, 1, nil)
	assert.Equal(t, color.Palette{white}, few.Palette)
	assert.Equal(t, white, few.At(3, 0))
	assert.Equal(t, color.Palette{black}, reduce(picture, 1, []color.RGBA{black}).Palette, "what the drawing names stays first")
	assert.Equal(t, reduce(picture, 2, nil), reduce(picture, 2, nil))
}

func TestAPictureTellsItsDrawing(t *testing.T) {
	var plain bytes.Buffer
	require.NoError(t, png.Encode(&plain, image.NewGray(image.Rect(0, 0, 4, 4))))
	drawing := []byte(`<text fill="#ff0010">`)
	noted := note(plain.Bytes(), drawing)
	require.NoError(t, made(noted, drawing))
	assert.Error(t, made(noted, []byte("another")))
	assert.Error(t, made(plain.Bytes(), drawing))
	assert.Error(t, made([]byte("no picture"), drawing))
	assert.Equal(t, []color.RGBA{{255, 0, 16, 255}}, inks(drawing))
}
