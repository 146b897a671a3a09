//go:build !linux

package entry

import "errors"

// memoryFolder knows no folder that is kept in memory.
func memoryFolder(func(string) string) (string, error) {
	return "", errors.New("no folder of this system is known to be kept in memory: an editor would write the value to a disk")
}
