package entry

import (
	"errors"
	"syscall"
)

// The kinds of file systems that are kept in memory.
const (
	tmpfs = 0x01021994
	ramfs = 0x858458f6
)

// memoryFolder finds a folder that is kept in memory.
func memoryFolder(get func(string) string) (string, error) {
	for _, folder := range []string{get("XDG_RUNTIME_DIR"), "/dev/shm"} {
		var s syscall.Statfs_t
		if folder == "" || syscall.Statfs(folder, &s) != nil {
			continue
		}
		if kind := uint64(s.Type) & 0xffffffff; kind == tmpfs || kind == ramfs {
			return folder, nil
		}
	}
	return "", errors.New("neither $XDG_RUNTIME_DIR nor /dev/shm is kept in memory: an editor would write the value to a disk")
}
