package e2e

import (
	"bytes"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/forewarn/forewarn/services/forewarn/internal/gallery"
	"github.com/forewarn/forewarn/shared/machinetest"
)

// TestPictures makes the pictures of the README: each is there, small enough to be loaded with a page, and drawn of what the channels of a
// demo have sent.
func TestPictures(t *testing.T) {
	t.Parallel()
	machinetest.Program(t, "chromium", "chromium")
	fonts, err := exec.CommandContext(t.Context(), machinetest.Program(t, "fc-list", "fontconfig"), ":lang=zh-cn").Output()
	machinetest.Need(t, err == nil && len(fonts) > 0, "no font has Chinese characters (Debian: fonts-noto-cjk)")
	dir := t.TempDir()
	if err := gallery.Main(t.Context(), []string{"--out", dir, "--days", "21", "--seed", "7"}, io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, width := range map[string]int{
		"overview": 1440, "overview.zh-CN": 1440, "incident": 1440, "capacity": 1440, "record": 1440, "digest": 1440, "digest.zh-CN": 1440, "chats": 1180, "chats.zh-CN": 1180,
	} {
		data, err := os.ReadFile(filepath.Join(dir, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != width || c.Height < 500 || len(data) > 150_000 {
			t.Errorf("%s has %d x %d pixels in %d bytes, %v", name, c.Width, c.Height, len(data), err)
		}
	}
}
