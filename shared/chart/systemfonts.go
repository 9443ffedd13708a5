package chart

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/image/font/sfnt"
)

// maxFontFiles bounds how many files are asked for a character.
const maxFontFiles = 256

// systemFonts are the font files below some directories, listed when the first character is looked for. Files stay closed
// between searches, so that fonts may be installed and removed.
type systemFonts struct {
	files func() []string
}

func newSystemFonts(dirs []string) *systemFonts {
	return &systemFonts{files: sync.OnceValue(func() []string {
		if len(dirs) == 0 {
			dirs = systemFontDirs()
		}
		return fontFiles(dirs)
	})}
}

func systemFontDirs() []string {
	dirs := []string{"/usr/share/fonts", "/usr/local/share/fonts"}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".local/share/fonts"), filepath.Join(home, ".fonts"))
	}
	dirs = append(dirs, "/Library/Fonts", "/System/Library/Fonts")
	if windir := os.Getenv("WINDIR"); windir != "" {
		dirs = append(dirs, filepath.Join(windir, "Fonts"))
	}
	return dirs
}

func fontFiles(dirs []string) []string {
	var files []string
	for _, dir := range dirs {
		// What cannot be read holds no fonts for us.
		_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return fs.SkipDir
			case len(files) >= maxFontFiles:
				return fs.SkipAll
			case !entry.IsDir() && isFont(path):
				files = append(files, path)
			}
			return nil
		})
	}
	return files
}

func isFont(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".ttf", ".otf", ".ttc", ".otc":
		return true
	}
	return false
}

// glyph returns the outline of r from the first file that has it.
func (s *systemFonts) glyph(r rune) (glyph, bool) {
	for _, path := range s.files() {
		if g, ok := glyphOfFile(path, r); ok {
			return g, true
		}
	}
	return glyph{}, false
}

func glyphOfFile(path string, r rune) (glyph, bool) {
	file, err := os.Open(path)
	if err != nil {
		return glyph{}, false
	}
	defer file.Close() //nolint:errcheck // it was only read
	fonts, err := sfnt.ParseCollectionReaderAt(file)
	if err != nil {
		return glyph{}, false
	}
	face, err := fonts.Font(0)
	if err != nil {
		return glyph{}, false
	}
	// The buffer is the glyph's own from here on.
	return outline(face, new(sfnt.Buffer), r)
}
