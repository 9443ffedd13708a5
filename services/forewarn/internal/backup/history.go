package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// block is how a finished block of the time-series database is called: a ULID.
var block = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)

// linkAttempts is how often the history is looked at again because it was reordered meanwhile, which happens every two hours.
const linkAttempts = 20

// addHistory adds the files of the embedded history. They are linked first, which takes a moment and keeps what is removed meanwhile: blocks never
// change, and logs are only appended to, of which a reader expects a torn end.
func addHistory(ctx context.Context, w *writer, dataDir string) error {
	root := filepath.Join(dataDir, folderHistory)
	links, err := os.MkdirTemp(dataDir, ".backup-")
	if err != nil {
		return fmt.Errorf("copy the history: %w; it needs to link files within the data directory", err)
	}
	defer os.RemoveAll(links) //nolint:errcheck // only links
	files, err := link(ctx, root, links)
	if err != nil {
		return fmt.Errorf("copy the history in %s: %w", root, err)
	}
	for _, f := range files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := addFile(w, path.Join(folderHistory, f), filepath.Join(links, filepath.FromSlash(f))); err != nil {
			return err
		}
	}
	return nil
}

// link links the files of a history below to, and returns their names: those of one moment.
func link(ctx context.Context, root, to string) (files []string, err error) {
	for range linkAttempts {
		if files, err = historyFiles(root); err != nil {
			return nil, err
		}
		if err = linkAll(root, to, files); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		now, unread := historyFiles(root)
		if err == nil && unread == nil && slices.Equal(files, now) {
			return files, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := clearDir(to); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("its files changed all the time; try again later")
}

func linkAll(root, to string, files []string) error {
	for _, f := range files {
		target := filepath.Join(to, filepath.FromSlash(f))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := os.Link(filepath.Join(root, filepath.FromSlash(f)), target); err != nil {
			return err
		}
	}
	return nil
}

// historyFiles lists the files of the logs, of the chunks that are in work and of the finished blocks, in the order in which they must be copied: a log of
// late samples says which of them are in chunks.
func historyFiles(root string) (all []string, err error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	folders := []string{"wal", "wbl", "chunks_head"}
	for _, e := range entries {
		if e.IsDir() && block.MatchString(e.Name()) {
			folders = append(folders, e.Name())
		}
	}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || strings.HasSuffix(name, ".tmp") {
				return err
			}
			rel, err := filepath.Rel(root, name)
			all = append(all, filepath.ToSlash(rel))
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return all, nil
}

// clearDir removes what is in a directory.
func clearDir(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
