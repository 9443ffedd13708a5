// Package version says which release or commit a program is, and what it was built with.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set by the linker (-ldflags "-X github.com/forewarn/forewarn/shared/version.release=1.2.3") when a release is built.
var release = "" //nolint:gochecknoglobals // the linker can set nothing else

// Of returns one line about the program of that name, such as "forewarn 1.2.3 0123456789ab (go1.26, linux/amd64)".
func Of(program string) string {
	return fmt.Sprintf("%s %s (%s, %s/%s)", program, commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// commit returns the release, and the commit where the tool chain knows it.
func commit() string {
	v := release
	if v == "" {
		v = "development build"
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value[:min(12, len(s.Value))]
		}
		if s.Key == "vcs.modified" && s.Value == "true" {
			v += " with local changes"
		}
	}
	return v
}
