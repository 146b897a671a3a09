package entry

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAFolderOnADiskIsNotTaken(t *testing.T) {
	folder, err := memoryFolder(func(string) string { return "/proc" }) // not in the memory of tmpfs either
	if err != nil {
		assert.ErrorContains(t, err, "an editor would write the value to a disk")
		return
	}
	assert.Equal(t, "/dev/shm", folder)
	info, err := os.Stat(folder)
	assert.NoError(t, err)
	assert.True(t, info.IsDir())
}
