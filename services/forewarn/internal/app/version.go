package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set by the linker (-ldflags "-X …/internal/app.release=1.2.3") when a release is built.
var release = "" //nolint:gochecknoglobals // the linker can set nothing else

// Version says which release or commit this is, and what it was built with.
func Version() string {
	v := release
	info, ok := debug.ReadBuildInfo()
	if v == "" {
		v = "development build"
	}
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v += " " + s.Value[:min(12, len(s.Value))]
			}
			if s.Key == "vcs.modified" && s.Value == "true" {
				v += " with local changes"
			}
		}
	}
	return fmt.Sprintf("forewarn %s (%s, %s/%s)", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
