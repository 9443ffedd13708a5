package host

import (
	"fmt"
	"regexp"
	"time"
)

// The file systems that node_exporter leaves out by default: pseudo ones, and what containers mount.
const (
	defaultMountsExclude  = `^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)`
	defaultFSTypesExclude = `^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|` +
		`nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$`
	defaultDisksExclude = `^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`
)

// Config says what of this machine is watched.
type Config struct {
	Enabled bool `yaml:"enabled" env:"ENABLED"`
	// Interval between collections, at least 1s.
	Interval time.Duration `yaml:"interval" env:"INTERVAL"`
	// Processes is of how many processes, those with the most resident memory, it is told; 0 for none.
	Processes int `yaml:"processes" env:"PROCESSES"`
	// MountsExclude, FSTypesExclude and DisksExclude are regular expressions of what is left out.
	MountsExclude  string `yaml:"mounts_exclude" env:"MOUNTS_EXCLUDE"`
	FSTypesExclude string `yaml:"fs_types_exclude" env:"FS_TYPES_EXCLUDE"`
	DisksExclude   string `yaml:"disks_exclude" env:"DISKS_EXCLUDE"`
	// MountTimeout is how long a file system may take to answer before it counts as hanging.
	MountTimeout time.Duration `yaml:"mount_timeout" env:"MOUNT_TIMEOUT"`
	// Hostname is this machine's name in labels; what the system says if empty.
	Hostname string `yaml:"hostname" env:"HOSTNAME"`
}

// DefaultConfig returns node_exporter's choice of what to watch, every 15 s, and 20 processes.
func DefaultConfig() Config {
	return Config{
		Enabled: true, Interval: 15 * time.Second, Processes: 20,
		MountsExclude: defaultMountsExclude, FSTypesExclude: defaultFSTypesExclude, DisksExclude: defaultDisksExclude,
		MountTimeout: 2 * time.Second,
	}
}

// Problems returns all that is wrong with the configuration; each error starts with the key, under prefix.
func (c Config) Problems(prefix string) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(prefix+format, args...)) }
	if c.Interval < time.Second {
		bad("interval: %v is too short; set at least 1s", c.Interval)
	}
	if c.Processes < 0 || c.Processes > 1000 {
		bad("processes: %d is out of range; set 0 to 1000", c.Processes)
	}
	if c.MountTimeout < 10*time.Millisecond || c.MountTimeout > 30*time.Second {
		bad("mount_timeout: %v is out of range; set 10ms to 30s", c.MountTimeout)
	}
	for _, r := range []struct{ key, expr string }{
		{"mounts_exclude", c.MountsExclude}, {"fs_types_exclude", c.FSTypesExclude}, {"disks_exclude", c.DisksExclude},
	} {
		if _, err := exclusion(r.expr); err != nil {
			bad("%s: %w; correct it, syntax is RE2", r.key, err)
		}
	}
	return errs
}

// exclusion compiles an expression; the empty one excludes nothing.
func exclusion(expr string) (*regexp.Regexp, error) {
	if expr == "" {
		expr = `^\b$` // matches no string
	}
	return regexp.Compile(expr)
}
