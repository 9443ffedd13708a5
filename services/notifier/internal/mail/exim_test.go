package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/machinetest"
)

// exim is a real mail server with a maildir for whatever it took. It wants a user for STARTTLS and TLS alike, knows nobody called
// nobody, and has no room for busy.
type exim struct {
	dir         string
	plain, tls  string // addresses: in the clear at first, TLS from the first byte
	certificate string
}

const eximConfig = `primary_hostname = mail.example.com
spool_directory = DIR/spool
log_file_path = DIR/log/%s
pid_file_path = DIR/spool/pid
deliver_drop_privilege = true
queue_only = true
message_size_limit = 300K
tls_advertise_hosts = *
tls_certificate = DIR/cert.pem
tls_privatekey = DIR/key.pem
tls_on_connect_ports = TLSPORT
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
begin acl
check_mail:
  deny senders = forger@example.com
       message = 550 5.7.1 Sender rejected
  accept
check_rcpt:
  defer local_parts = busy
        message = 452 4.2.2 <$local_part@$domain>: mailbox full
  deny local_parts = nobody
       message = 550 5.1.1 <$local_part@$domain>: no such user
  deny !authenticated = *
       domains = !open.example.com
       message = 550 5.7.1 <$local_part@$domain>: relaying denied
  accept
begin routers
all:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = DIR/maildir
  maildir_format
  envelope_to_add
  user = USER
begin authenticators
MECHANISM
`

const plainMechanism = `plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{forewarn}}{eq{$auth3}{` + password + `}}}}
  server_set_id = $auth2`

const loginMechanism = `login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${if and{{eq{$auth1}{forewarn}}{eq{$auth2}{` + password + `}}}}
  server_set_id = $auth1`

const password = "a-password-of-mail"

// startExim runs a server until the test ends.
func startExim(t *testing.T, mechanism string) *exim {
	t.Helper()
	program := machinetest.Program(t, "exim4", "exim4-daemon-light")
	who, err := user.Lookup("Debian-exim")
	machinetest.Need(t, err == nil && os.Getuid() == 0, "exim4 is not run by root of Debian; run the test as root")
	e := &exim{dir: t.TempDir()}
	if err := os.Chmod(filepath.Dir(e.dir), 0o755); err != nil { //nolint:gosec // the server runs as another user
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	for _, d := range []string{"spool", "log", "maildir"} {
		if err := os.Mkdir(filepath.Join(e.dir, d), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(e.dir, d), uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	e.plain, e.tls, e.certificate = freePort(t), freePort(t), filepath.Join(e.dir, "cert.pem")
	certify(t, e.certificate, filepath.Join(e.dir, "key.pem"), uid)
	_, port, _ := net.SplitHostPort(e.tls)
	text := strings.NewReplacer("DIR", e.dir, "TLSPORT", port, "USER", who.Username, "MECHANISM", mechanism).Replace(eximConfig)
	if err := os.WriteFile(filepath.Join(e.dir, "exim.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e.run(t, program)
	return e
}

func (e *exim) run(t *testing.T, program string) {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-C", filepath.Join(e.dir, "exim.conf"), "-bdf", "-oX", "<; "+dotted(e.plain)+" ; "+dotted(e.tls))
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait() //nolint:errcheck // it was killed
	})
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, err := net.DialTimeout("tcp", e.tls, time.Second)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("exim does not answer: %v\n%s", err, out.String())
		}
	}
}

func dotted(address string) string { return strings.Replace(address, ":", ".", 1) }

// deliver runs the queue and returns what is in the maildir, by receiver.
func (e *exim) deliver(t *testing.T) map[string][]byte {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "exim4", "-C", filepath.Join(e.dir, "exim.conf"), "-qff").CombinedOutput(); err != nil {
		t.Fatalf("run the queue: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(e.dir, "maildir", "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(data), "Envelope-to: ")
		to, _, _ := strings.Cut(rest, "\n")
		if got[to] != nil {
			t.Errorf("%s has two mails", to)
		}
		got[to] = data
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certify writes a certificate of 127.0.0.1 that is its own authority.
func certify(t *testing.T, certPath, keyPath string, uid int) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{certPath: {Type: "CERTIFICATE", Bytes: cert}, keyPath: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, uid, -1); err != nil {
			t.Fatal(err)
		}
	}
}
