package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Format is the version of archives that this release writes. It reads all of the same major number: what a later minor one adds can be
// done without.
const Format = "1.0"

const (
	// manifestName is the last member, which says what all others are: an archive that was cut off has none.
	manifestName = "manifest.json"
	// maxManifest and maxMembers bound what is read of one that may be damaged: a full spool has a hundred thousand files.
	maxManifest = 256 << 20
	maxMembers  = 1_000_000
	// maxName is how long the name of a member may be, in bytes.
	maxName = 1024
)

// folders are those of the members, as they are called in a data directory too, but for the configuration.
const (
	folderBus           = "bus"
	folderSpool         = "spool"
	folderCollector     = "collector"
	folderHistory       = "history"
	folderConfiguration = "configuration"
)

func folders() []string {
	return []string{folderBus, folderSpool, folderCollector, folderHistory, folderConfiguration}
}

// Manifest says what an archive holds.
type Manifest struct {
	Format string `json:"format"`
	// Made is when the copy was begun, MadeBy the program that did it.
	Made   time.Time `json:"made"`
	MadeBy string    `json:"made_by"`
	// Partitions is the number of the install.
	Partitions int `json:"partitions"`
	// Streams are those of the bus, each with a member of its name in the folder bus.
	Streams []bus.Copied `json:"streams"`
	Members []Member     `json:"members"`
	// LeftOut names what belongs to the install and is not in the archive, Notes what could not be copied in full.
	LeftOut []i18n.Text `json:"left_out,omitempty"`
	Notes   []i18n.Text `json:"notes,omitempty"`
}

// Member is a file of the archive.
type Member struct {
	// Name is its path: relative, with slashes, in one of the folders.
	Name string `json:"name"`
	Size int64  `json:"size"`
	// SHA256 is the checksum of its content, in hexadecimal digits.
	SHA256 string `json:"sha256"`
}

// ErrFormat means that an archive is of another major format than this release reads.
var ErrFormat = errors.New("archive is of another format")

// decodeManifest reads a manifest, and refuses one that this release cannot restore.
func decodeManifest(data []byte) (*Manifest, error) {
	var head struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("manifest cannot be read: %w; the archive is damaged or of another program", err)
	}
	if major, _, _ := strings.Cut(head.Format, "."); major != strings.Split(Format, ".")[0] {
		return nil, fmt.Errorf("%w: it is of format %q, this release reads %s; restore it with the release that made it, and upgrade then", ErrFormat, head.Format, Format)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("manifest cannot be read: %w; the archive is damaged", err)
	}
	if m.Partitions < 1 || m.Partitions > bus.MaxPartitions {
		return nil, fmt.Errorf("manifest: partitions: %d is not from 1 to %d; the archive is damaged or of a release that allows more", m.Partitions, bus.MaxPartitions)
	}
	return &m, errors.Join(m.checkMembers(), m.checkStreams())
}

var checksum = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (m *Manifest) checkMembers() error {
	if len(m.Members) > maxMembers {
		return fmt.Errorf("manifest: %d members are more than the %d that an archive may have; it is damaged", len(m.Members), maxMembers)
	}
	seen := map[string]bool{}
	for _, f := range m.Members {
		if err := checkName(f.Name); err != nil {
			return fmt.Errorf("manifest: %w", err)
		}
		if seen[f.Name] || f.Size < 0 || !checksum.MatchString(f.SHA256) {
			return fmt.Errorf("manifest: member %q is there twice, or has no proper size and checksum; the archive is damaged", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

// checkStreams makes sure that each stream is of the install's partitions and has a member, and that each member of the bus is one.
func (m *Manifest) checkStreams() error {
	streams := map[string]bool{}
	for _, s := range m.Streams {
		if streams[s.Name] {
			return fmt.Errorf("manifest: stream %q is there twice; the archive is damaged", s.Name)
		}
		streams[s.Name] = true
		if n, ok := partitionOf(s.Name); ok && n >= m.Partitions {
			return fmt.Errorf("manifest: stream %q is of a partition beyond the %d of the install; the archive is damaged", s.Name, m.Partitions)
		}
	}
	for _, f := range m.Members {
		name, ok := strings.CutPrefix(f.Name, folderBus+"/")
		if ok && !streams[name] {
			return fmt.Errorf("manifest: member %q is no stream; the archive is damaged", f.Name)
		}
		delete(streams, name)
	}
	for name := range streams {
		return fmt.Errorf("manifest: stream %q has no member; the archive is damaged", name)
	}
	return nil
}

// partitionOf returns the number at the end of a stream's name, if it has one.
func partitionOf(stream string) (int, bool) {
	_, number, ok := strings.Cut(stream, "_")
	n, err := strconv.Atoi(number)
	return n, ok && err == nil
}

// checkName refuses the name of a member that is not below one of the folders, whatever the system makes of it.
func checkName(name string) error {
	folder, _, below := strings.Cut(name, "/")
	if !below || len(name) > maxName || !fs.ValidPath(name) || strings.ContainsAny(name, "\\:\x00") || !slices.Contains(folders(), folder) {
		return fmt.Errorf("member %q is not in a folder of an archive (%s); it is damaged, or somebody has changed it: nothing is restored",
			name, strings.Join(folders(), ", "))
	}
	return nil
}
