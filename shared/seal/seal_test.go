package seal

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func ring(t testing.TB, keys ...string) *Ring {
	t.Helper()
	r, err := Parse(strings.Join(keys, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSealAndOpen(t *testing.T) {
	r := ring(t, NewKey())
	for _, secret := range []string{"", "13800000000", "密码 \x00", strings.Repeat("long", 4000)} {
		text := r.Seal(secret)
		if got, err := r.Open(text); err != nil || got != secret {
			t.Errorf("%q opens as %q, %v", secret, got, err)
		}
		if text == r.Seal(secret) || secret != "" && strings.Contains(text, secret) || !Is(text) {
			t.Errorf("the sealed text of %.20q is %.60s", secret, text)
		}
	}
}

// TestRotation: a ring of two keys opens what either sealed, and seals by the first.
func TestRotation(t *testing.T) {
	old, fresh := NewKey(), NewKey()
	before := ring(t, old).Seal("secret")
	both := ring(t, "# since May", fresh, "", "# until May", old)
	if got, err := both.Open(before); err != nil || got != "secret" {
		t.Errorf("what the old key sealed opens as %q, %v", got, err)
	}
	if got, err := ring(t, fresh).Open(both.Seal("secret")); err != nil || got != "secret" {
		t.Errorf("what is sealed now opens under the new key as %q, %v", got, err)
	}
	if _, err := ring(t, fresh).Open(before); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), both.IDs()[1]) {
		t.Errorf("without the old key: %v", err)
	}
	var none *Ring
	if _, err := none.Open(before); !errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), FileVariable) {
		t.Errorf("without any key: %v", err)
	}
}

// TestDamage changes each character of a text: none of the results opens.
func TestDamage(t *testing.T) {
	r := ring(t, NewKey())
	text := r.Seal("secret")
	for i := range text {
		other := byte('A')
		if text[i] == other {
			other = 'B'
		}
		if got, err := r.Open(text[:i] + string(other) + text[i+1:]); err == nil {
			t.Fatalf("with its character %d changed, %s opens as %q", i, text, got)
		}
		if got, err := r.Open(text[:i]); err == nil {
			t.Fatalf("cut at %d, %s opens as %q", i, text, got)
		}
	}
	if _, err := r.Open(text[:len(text)-1]); !errors.Is(err, ErrDamaged) {
		t.Errorf("cut: %v", err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) || len(text) > 20 && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	f("", "secrets key")
	f("# nothing", "secrets key")
	f(NewKey()+"\nsecret", "line 2")
	f("c2hvcnQ=", "32 bytes")
	f("not a key, but long enough to be one of them", "32 bytes")
}

func TestFromEnvironment(t *testing.T) {
	one := NewKey()
	f := func(variable, file, want string) {
		t.Helper()
		env := map[string]string{Variable: variable, FileVariable: file}
		r, err := FromEnvironment(func(name string) string { return env[name] }, func(path string) ([]byte, error) {
			if path == "keys" {
				return []byte(one + "\n"), nil
			}
			return nil, fs.ErrNotExist
		})
		switch {
		case want == "" && (err != nil || r == nil) || want == "none" && (err != nil || r != nil):
			t.Errorf("%q, %q: %v, %v", variable, file, r, err)
		case want != "" && want != "none" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q, %q: %v; want %q", variable, file, err, want)
		}
	}
	f("", "", "none")
	f(one, "", "")
	f("", "keys", "")
	f(one, "keys", "unset one")
	f("", "elsewhere", "correct the path")
	f("secret", "", Variable)
}

func FuzzOpen(f *testing.F) {
	r := ring(f, base64Zero)
	f.Add(r.Seal("secret"))
	f.Add("enc:v1:00000000:")
	f.Add("enc:v1::AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := r.Open(text)
		if err == nil && !Is(text) {
			t.Errorf("%q opens as %q", text, secret)
		}
	})
}

// base64Zero is a key that needs no secrecy: 32 zero bytes.
const base64Zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
