package bus

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/forewarn/forewarn/shared/config"
)

// MaxPartitions is the most partitions an install may have.
const MaxPartitions = 64

// Config is the section "bus" of the configuration file.
type Config struct {
	// URL of an external NATS server or cluster, such as "tls://nats.example:4222"; several are separated by
	// commas. Empty starts a server inside the process, which no network can reach.
	URL string `yaml:"url" env:"URL"`
	// Install names the install, if several could meet on one server: a bus of another name is refused. "" takes any.
	Install string `yaml:"install" env:"INSTALL"`
	// Partitions is how many ways the streams are split; 0 takes what the install has (4 embedded and 16
	// external when it is new). It is fixed at install.
	Partitions int `yaml:"partitions" env:"PARTITIONS"`
	// Replicas of each stream; 1 on a single server, 3 on a cluster.
	Replicas int `yaml:"replicas" env:"REPLICAS"`
	// MaxStore bounds what all streams together may hold on disk.
	MaxStore config.Bytes `yaml:"max_store" env:"MAX_STORE"`
	// MinFree is the free space below which the bus says that its disk is nearly full. Intake stops at a
	// quarter of it: a JetStream store that meets a full disk stays dead until the process is restarted.
	MinFree config.Bytes `yaml:"min_free" env:"MIN_FREE"`
	// SpoolMax bounds what one publisher keeps on disk while the bus is away; the oldest batches go first.
	SpoolMax config.Bytes `yaml:"spool_max" env:"SPOOL_MAX"`
	// AckTimeout is how long one attempt to publish waits for its acknowledgement.
	AckTimeout time.Duration `yaml:"ack_timeout" env:"ACK_TIMEOUT"`
	// SpoolAfter is how long a publisher tries before a batch goes to its spool.
	SpoolAfter time.Duration `yaml:"spool_after" env:"SPOOL_AFTER"`
	// SnapshotInterval and SnapshotBytes (of input) say how often workers save their state.
	SnapshotInterval time.Duration `yaml:"snapshot_interval" env:"SNAPSHOT_INTERVAL"`
	SnapshotBytes    config.Bytes  `yaml:"snapshot_bytes" env:"SNAPSHOT_BYTES"`
	// DiscardNewer lets workers begin anew where a newer release has written their state; otherwise they refuse to start.
	DiscardNewer bool `yaml:"discard_newer_state" env:"DISCARD_NEWER_STATE"`
	// JanitorInterval is how often messages that every reader has done with are purged.
	JanitorInterval time.Duration `yaml:"janitor_interval" env:"JANITOR_INTERVAL"`
	// TickInterval is how often a tick is sent to every partition.
	TickInterval time.Duration `yaml:"tick_interval" env:"TICK_INTERVAL"`
	// Lease is how long a process may be unheard until others take over its work; 0 is 5 s on one server and 15 s on
	// a cluster. It has no use on an embedded bus, which has one process.
	Lease time.Duration `yaml:"lease" env:"LEASE"`
	// CanaryInterval is how often a probe message proves that the bus still stores what it is given.
	CanaryInterval time.Duration `yaml:"canary_interval" env:"CANARY_INTERVAL"`
	// SyncInterval of the embedded store; 0 syncs every message before it is acknowledged, which is what
	// "acknowledged means safe" needs. Anything else is for tests.
	SyncInterval time.Duration `yaml:"sync_interval" env:"SYNC_INTERVAL"`
	// ConnectTimeout is how long Open tries to reach the bus.
	ConnectTimeout time.Duration `yaml:"connect_timeout" env:"CONNECT_TIMEOUT"`
	// TLS and identity towards an external server; paths of PEM files, an nkey seed, or a credentials file.
	CAFile          string `yaml:"ca_file" env:"CA_FILE"`
	CertFile        string `yaml:"cert_file" env:"CERT_FILE"`
	KeyFile         string `yaml:"key_file" env:"KEY_FILE"`
	NKeyFile        string `yaml:"nkey_file" env:"NKEY_FILE"`
	CredentialsFile string `yaml:"credentials_file" env:"CREDENTIALS_FILE"`
}

// DefaultConfig returns the configuration of an embedded bus.
func DefaultConfig() Config {
	return Config{
		Replicas:         1,
		MaxStore:         2 << 30,
		MinFree:          256 << 20,
		SpoolMax:         512 << 20,
		AckTimeout:       2 * time.Second,
		SpoolAfter:       2 * time.Second,
		SnapshotInterval: 30 * time.Second,
		SnapshotBytes:    64 << 20,
		JanitorInterval:  30 * time.Second,
		TickInterval:     10 * time.Second,
		CanaryInterval:   10 * time.Second,
		ConnectTimeout:   30 * time.Second,
	}
}

// minStore is the smallest store in which every stream of four partitions has room for one message of the largest
// size. More need more: Open knows how many there are, and refuses.
const minStore = 32 << 20

// Validate returns all that is wrong with c, joined; nil if it can be used.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key string, value any, rule string) {
		errs = append(errs, fmt.Errorf("%s: %v %s", key, value, rule))
	}
	if c.Partitions < 0 || c.Partitions > MaxPartitions {
		bad("partitions", c.Partitions, "is out of range; set 1 to 64, or 0 for the install's own")
	}
	if c.Replicas < 1 || c.Replicas > 5 || c.Replicas%2 == 0 {
		bad("replicas", c.Replicas, "cannot hold a majority; set 1 (one server), 3 or 5 (a cluster)")
	}
	if c.Replicas > 1 && c.URL == "" {
		bad("replicas", c.Replicas, "needs a cluster; set url, or replicas to 1")
	}
	if c.MaxStore < minStore {
		bad("max_store", c.MaxStore, "is too small; set at least 32MiB")
	}
	if c.SpoolMax < 1<<20 {
		bad("spool_max", c.SpoolMax, "is too small; set at least 1MiB")
	}
	if c.MinFree < 0 {
		bad("min_free", c.MinFree, "is negative; set a size such as 256MiB, or 0 to turn the check off")
	}
	if c.SnapshotBytes < 1<<20 {
		bad("snapshot_bytes", c.SnapshotBytes, "is too small; set at least 1MiB")
	}
	errs = append(errs, c.validateDurations()...)
	errs = append(errs, c.validateExternal()...)
	return errors.Join(errs...)
}

// leastLease leaves time for some renewals before a holder has to stop.
const leastLease = 3 * time.Second

func (c *Config) validateDurations() (errs []error) {
	const least = 10 * time.Millisecond
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"ack_timeout", c.AckTimeout},
		{"spool_after", c.SpoolAfter},
		{"connect_timeout", c.ConnectTimeout},
		{"snapshot_interval", c.SnapshotInterval},
		{"janitor_interval", c.JanitorInterval},
		{"tick_interval", c.TickInterval},
		{"canary_interval", c.CanaryInterval},
	} {
		if d.value < least {
			errs = append(errs, fmt.Errorf("%s: %s is too short; set at least %s (the default suits most)", d.key, d.value, least))
		}
	}
	if c.Lease != 0 && c.Lease < leastLease {
		errs = append(errs, fmt.Errorf("lease: %s is too short to be renewed in time; set at least %s, or 0", c.Lease, leastLease))
	}
	if c.SyncInterval < 0 {
		errs = append(errs, fmt.Errorf("sync_interval: %s is negative; remove it, so that every message is synced", c.SyncInterval))
	}
	return errs
}

// validateExternal checks what concerns a server outside the process. It never repeats the URL, which may
// hold a password.
func (c *Config) validateExternal() (errs []error) {
	for _, u := range c.servers() {
		if p, err := url.Parse(u); err != nil || p.Host == "" {
			errs = append(errs, errors.New("url: is no server address; write it as nats://host:4222 or tls://host:4222, or remove it to use the embedded bus"))
		}
	}
	errs = append(errs, c.validateFiles(time.Now())...)
	if (c.CertFile == "") != (c.KeyFile == "") {
		errs = append(errs, errors.New("cert_file: belongs together with key_file; set both or none"))
	}
	if c.NKeyFile != "" && c.CredentialsFile != "" {
		errs = append(errs, errors.New("nkey_file: excludes credentials_file; set one of them"))
	}
	if c.URL == "" && (c.CAFile != "" || c.CertFile != "" || c.NKeyFile != "" || c.CredentialsFile != "") {
		errs = append(errs, errors.New("url: is empty, so TLS and identity files have no use; set url or remove them"))
	}
	return errs
}
