package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/seal"
)

func keyring(t testing.TB, keys ...string) *seal.Ring {
	t.Helper()
	r, err := seal.Parse(strings.Join(keys, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// secretsOf reads a document as a program would.
func secretsOf(t *testing.T, data []byte) sample {
	t.Helper()
	var s sample
	if err := Load(data, nil, Section{"one", &s}); err != nil {
		t.Fatal(err)
	}
	return s
}

const plain = `# who is told
one:
  share: 0.5   # of the rest
  token: it's 密码 # the robot's
  channels:
    - {name: a, secret: "quoted \" \u4e2d"} # first
    - name: b
      secret: 'single '' quote'
    - {name: 中文, secret: x,  }
    - {name: d, secret: "env:SOME_NAME"}
    - {name: e, secret: "file:PATH"}
`

func TestEncrypt(t *testing.T) {
	key := seal.NewKey()
	t.Setenv(seal.Variable, key)
	t.Setenv("SOME_NAME", "from outside")
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(keyring(t, key).Seal("from a file")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := []byte(strings.Replace(plain, "PATH", path, 1))
	after, changed, err := Encrypt(before, keyring(t, key), Section{"one", &sample{}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one.token", "one.channels[0].secret", "one.channels[1].secret", "one.channels[2].secret"}, changed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(secretsOf(t, before), secretsOf(t, after)); diff != "" {
		t.Error("the document says something else:\n" + diff)
	}
	if got := secretsOf(t, after); got.Channels[4].Secret.Reveal() != "from a file" || got.Token.Reveal() != "it's 密码" {
		t.Errorf("%q, %q", got.Channels[4].Secret.Reveal(), got.Token.Reveal())
	}
	for _, s := range []string{"密码", "quoted", "single"} {
		if strings.Contains(string(after), s) {
			t.Errorf("%q stands in the encrypted document:\n%s", s, after)
		}
	}
	for _, s := range []string{"# who is told\n", "# of the rest\n", " # the robot's\n", "} # first\n", ",  }\n"} {
		if !strings.Contains(string(after), s) {
			t.Errorf("%q is lost:\n%s", s, after)
		}
	}
	if again, changed, err := Encrypt(after, keyring(t, key), Section{"one", &sample{}}); err != nil || len(changed) != 0 || string(again) != string(after) {
		t.Errorf("again it changes %v, %v", changed, err)
	}
}

func TestEncryptRefuses(t *testing.T) {
	f := func(data, want string) {
		t.Helper()
		_, _, err := Encrypt([]byte(data), keyring(t, seal.NewKey()), Section{"one", &sample{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", data, err)
		}
	}
	f("one:\n  token: |\n    over\n    lines\n", "line 2")
	f("one:\n  token: over\n    lines\n", "line 2")
	f("one:\n  token: !!str tagged\n", "line 2")
	f("- list\n", "no sections")
}

func TestRotate(t *testing.T) {
	old, fresh := seal.NewKey(), seal.NewKey()
	before := "one:\n  token: \"" + keyring(t, old).Seal("first") + "\" # kept\n  channels: [{name: b, secret: " + keyring(t, fresh).Seal("second") + "}]\n"
	after, found, err := Rotate([]byte(before), keyring(t, fresh, old))
	if err != nil || found != 2 || !strings.Contains(string(after), "\" # kept\n") {
		t.Fatalf("%d, %v:\n%s", found, err, after)
	}
	t.Setenv(seal.Variable, fresh)
	if got := secretsOf(t, after); got.Token.Reveal() != "first" || got.Channels[0].Secret.Reveal() != "second" {
		t.Errorf("after a rotation: %q, %q", got.Token.Reveal(), got.Channels[0].Secret.Reveal())
	}
	if again, _, err := Rotate(after, keyring(t, fresh, old)); err != nil || string(again) != string(after) {
		t.Errorf("a second rotation changes something, %v", err)
	}
	if _, _, err := Rotate([]byte(before), keyring(t, fresh)); !errors.Is(err, seal.ErrKey) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("without the old key: %v", err)
	}
}

// TestSealedWithoutKey says in one error each line and what to do.
func TestSealedWithoutKey(t *testing.T) {
	data := "one:\n  token: " + keyring(t, seal.NewKey()).Seal("first") + "\n  channels: [{name: b, secret: \"enc:v1:damaged\"}]\n"
	err := Load([]byte(data), nil, Section{"one", &sample{}})
	if err == nil || !strings.Contains(err.Error(), seal.FileVariable) || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("%v", err)
	}
}

func FuzzEncrypt(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte("one: {token: a}"))
	f.Add([]byte("one:\n  token: &a b\n"))
	keys := keyring(f, seal.NewKey())
	f.Fuzz(func(t *testing.T, data []byte) {
		out, changed, err := Encrypt(data, keys, Section{"one", &sample{}})
		if err == nil && len(changed) == 0 && string(out) != string(data) {
			t.Errorf("nothing was sealed, and %q became %q", data, out)
		}
	})
}
