package bus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/certificate"
	"github.com/forewarn/forewarn/shared/obs"
)

// ErrServer says that the NATS server is of a release that lacks what is needed.
var ErrServer = errors.New("NATS server is too old")

// checkServer refuses a server that does not let messages end by themselves, and so would keep leases for ever, or that stores no messages together.
func (b *Bus) checkServer() error {
	version := b.data.ConnectedServerVersion()
	if !older(version) {
		return nil
	}
	return fmt.Errorf("%w: the one at %s is %s, and messages that end by themselves, or are stored together, need 2.12: upgrade that server", ErrServer, b.address(), version)
}

// older tells whether a version, such as 2.10.29, is below 2.12. One that is none is not.
func older(version string) bool {
	var major, minor int
	if n, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil || n != 2 {
		return false
	}
	return major < 2 || major == 2 && minor < 12
}

// explainConnect says what to do about a connection that cannot be made.
func (b *Bus) explainConnect(err error) error {
	if err == nil {
		return nil
	}
	keys := certificate.Keys{CA: "bus.ca_file", Own: "bus.cert_file", URL: "bus.url"}
	if told := certificate.Explain(err, keys); told != err { //nolint:errorlint // the same one comes back where there is nothing to say
		return told
	}
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrNkeysNotSupported):
		return fmt.Errorf("%w; the server does not know %s: take the authorization.conf that `forewarn keys` has written into the server's configuration and reload that, "+
			"or correct bus.nkey_file", err, b.who())
	case errors.Is(err, nats.ErrSecureConnRequired):
		return fmt.Errorf("%w; the server wants TLS: write tls:// in bus.url, and name its authority in bus.ca_file", err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf("%w; the server has no TLS: configure it there, or write nats:// in bus.url", err)
	}
	return fmt.Errorf("%w; start that server, or correct bus.url and the keys for it", err)
}

// who names this program as the server knows it, without any secret.
func (b *Bus) who() string {
	name := "this program"
	if b.role != nil {
		name = b.role.Name
	}
	switch {
	case b.cfg.NKeyFile != "":
		if public := publicKey(b.cfg.NKeyFile); public != "" {
			return fmt.Sprintf("%s (nkey %s of %s)", name, public, b.cfg.NKeyFile)
		}
		return fmt.Sprintf("%s (%s)", name, b.cfg.NKeyFile)
	case b.cfg.CredentialsFile != "":
		return fmt.Sprintf("%s (credentials of %s)", name, b.cfg.CredentialsFile)
	}
	for _, s := range b.cfg.servers() {
		if u, err := url.Parse(s); err == nil && u.User != nil {
			if _, has := u.User.Password(); has { // a user alone is a token
				return fmt.Sprintf("%s (user %s)", name, u.User.Username())
			}
		}
	}
	return name + " (without a key: bus.nkey_file is empty)"
}

// publicKey returns the public part of a seed, "" if there is none.
func publicKey(path string) string {
	data, err := os.ReadFile(path) //nolint:gosec // the configuration names it
	if err != nil {
		return ""
	}
	pair, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(data))))
	if err != nil {
		return ""
	}
	defer pair.Wipe()
	public, _ := pair.PublicKey()
	return public
}

// refusal is what a server has not let us do.
type refusal struct {
	subject string // that may not be published, "" if it is something else
	text    string
	at      time.Time
}

// permissionCheck is the check of what the server lets this program do.
const permissionCheck = "bus/permissions"

// refusedSubject finds what it is about in the server's words.
var refusedSubject = regexp.MustCompile(`(?i)for (publish|subscription) to "([^"]+)"`)

// deny says which subject the server refuses. It refuses without an answer: whoever asked sees a time-out.
func (b *Bus) deny(err error) {
	what, published := err.Error(), ""
	if m := refusedSubject.FindStringSubmatch(what); m != nil {
		verb := map[string]string{"publish": "publish to", "subscription": "subscribe to"}[strings.ToLower(m[1])]
		what = fmt.Sprintf("does not let %s %s %s", b.who(), verb, m[2])
		if strings.EqualFold(m[1], "publish") {
			published = m[2]
		}
	} else {
		what = fmt.Sprintf("does not let %s do what it needs (%s)", b.who(), what)
	}
	text := fmt.Sprintf("the NATS server %s, which looks like a time-out: run `forewarn keys` of this release again, take the authorization.conf that it writes into the server's "+
		"configuration and reload that; and see that bus.nkey_file is this program's own key", what)
	b.metrics.denied.Inc()
	if before := b.denied.Swap(&refusal{published, text, time.Now()}); before == nil || before.text != text {
		b.log.Error("bus refuses a subject", zap.String("text", text))
	}
	b.health.Set(permissionCheck, obs.Failed, text)
}

// permitted ends the alarm of deny when what was refused has been done: a server that reads its configuration anew keeps connections.
// subject is what was published, "" if it is not known.
func (b *Bus) permitted(subject string) {
	denied := b.denied.Load()
	if denied == nil || denied.subject == "" || subject != "" && subject != denied.subject {
		return
	}
	if b.denied.CompareAndSwap(denied, nil) {
		b.health.Set(permissionCheck, obs.OK, "")
	}
}

// explainDenied says what was refused lately: a request that may not be made looks like one that nobody answers.
func (b *Bus) explainDenied(err error) error {
	denied := b.denied.Load()
	if err == nil || denied == nil || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrTimeout) || time.Since(denied.at) > 3*attemptTimeout {
		return err
	}
	return fmt.Errorf("%w; %s", err, denied.text)
}

// Error codes of JetStream that say what an account or a server has too little of.
const (
	codeAccountResources = 10002
	codeNoPeers          = 10005
	codeResources        = 10023
	codeConsumers        = 10026
	codeStreams          = 10027
	codeMemory           = 10028
	codeStorage          = 10047
	codeReplicas         = 10074
	codeStoreFailed      = 10077
	codeStreamBytes      = 10122
)

// explainStreams adds what to do to the server's words.
func (b *Bus) explainStreams(err error) error {
	var api *jetstream.APIError
	code := jetstream.ErrorCode(0)
	if errors.As(err, &api) {
		code = api.ErrorCode
	}
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("%w; nobody answers for JetStream: enable JetStream on the NATS server (jetstream { store_dir: … }), or on a cluster see that most of its nodes run", err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("%w; enable JetStream on the NATS server, and for this account if it has accounts: jetstream { store_dir: … }", err)
	case errors.Is(err, jetstream.ErrLimitMarkerTTLNotSupported):
		return fmt.Errorf("%w; upgrade the NATS server to 2.12 or later", err)
	case code == codeReplicas || code == codeNoPeers:
		return fmt.Errorf("%w; bus.replicas: %d needs a cluster of as many nodes with JetStream and room; start them, or set bus.replicas to 1", err, b.cfg.Replicas)
	case code == codeStreams || code == codeConsumers:
		return fmt.Errorf("%w; raise the limits of the account: %s", err, b.needs())
	case code == codeMemory:
		return fmt.Errorf("%w; give JetStream more memory there (max_memory_store): %s", err, b.needs())
	case code == codeStreamBytes:
		return fmt.Errorf("%w; raise the account's limit for a single stream, or lower bus.max_store (%s)", err, b.cfg.MaxStore)
	case code == codeAccountResources || full(err):
		return fmt.Errorf("%w; give JetStream more storage there (max_file_store, or the limit of the account), or lower bus.max_store: %s", err, b.needs())
	}
	return err
}

// needs says what the streams of the install take.
func (b *Bus) needs() string {
	var disk, memory int64
	n := 0
	add := func(storage jetstream.StorageType, bytes int64) {
		if n++; storage == jetstream.MemoryStorage {
			memory += bytes
		} else {
			disk += bytes
		}
	}
	for _, s := range b.streams() {
		add(s.Storage, s.MaxBytes)
	}
	for _, k := range b.buckets() {
		add(k.Storage, k.MaxBytes)
	}
	return fmt.Sprintf("this install reserves %d streams with %d MiB on disk and %d MiB in memory, each %d times, by bus.max_store: %s and bus.replicas: %d",
		n, disk>>20+1, memory>>20+1, b.cfg.Replicas, b.cfg.MaxStore, b.cfg.Replicas)
}
