package secrets

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/seal"
)

type section struct {
	Token config.Secret `yaml:"token"`
	Name  string        `yaml:"name"`
}

func keyring(t *testing.T, text string) *seal.Ring {
	t.Helper()
	r, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newKeyFile(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := Key(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFile encrypts a file that is linked to, replaces its key, and reads it.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "forewarn.yaml"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("one:\n  # the robot's\n  token: of a robot # old\n  name: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	old, fresh := newKeyFile(t), newKeyFile(t)
	var out bytes.Buffer
	if err := EncryptFile(keyring(t, old), link, &out, config.Section{Name: "one", Into: &section{}}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); !strings.Contains(s, "one.token") || strings.Contains(s, "robot") {
		t.Errorf("it says %q", s)
	}
	if err := Rotate(keyring(t, fresh+old), link, &out); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if s := string(data); err != nil || strings.Contains(s, "of a robot") || !strings.Contains(s, "# the robot's\n") || !strings.HasSuffix(s, " # old\n  name: x\n") {
		t.Errorf("%v:\n%s", err, s)
	}
	t.Setenv(seal.Variable, fresh)
	var got section
	if err := config.Load(data, nil, config.Section{Name: "one", Into: &got}); err != nil || got.Token.Reveal() != "of a robot" {
		t.Errorf("it reads as %q, %v", got.Token.Reveal(), err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm() != 0o604 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if info, err = os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("%v, %v; want nothing else", files, err)
	}
}

// TestWrongKeyChangesNothing leaves a file as it was.
func TestWrongKeyChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "forewarn.yaml")
	before := "one: {token: " + keyring(t, newKeyFile(t)).Seal("x") + "}\n"
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Rotate(keyring(t, newKeyFile(t)), path, &bytes.Buffer{})
	after, read := os.ReadFile(path)
	if err == nil || !strings.Contains(err.Error(), "was not changed") || read != nil || string(after) != before {
		t.Errorf("%v, %v:\n%s", err, read, after)
	}
}

func TestEncrypt(t *testing.T) {
	keys := keyring(t, newKeyFile(t))
	var out bytes.Buffer
	if err := Encrypt(keys, strings.NewReader(" 13800000000\n"), &out); err != nil {
		t.Fatal(err)
	}
	if got, err := keys.Open(strings.TrimSpace(out.String())); err != nil || got != "13800000000" {
		t.Errorf("%q, %v", got, err)
	}
	for _, in := range []string{"", " \n", strings.Repeat("x", maxSecret+1)} {
		if err := Encrypt(keys, strings.NewReader(in), &out); err == nil {
			t.Errorf("%.20q is taken for a secret", in)
		}
	}
}
