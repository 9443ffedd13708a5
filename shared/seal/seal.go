// Package seal keeps secrets unreadable where they are stored: by AES-256-GCM (NIST SP 800-38D), under keys that are kept elsewhere.
//
// A sealed text is enc:v1:<key id>:<base64url of nonce, ciphertext and tag>. What stands before the last colon is authenticated, too.
// The id tells which of several keys it was, so that one can be replaced by another while texts of both are about; it says nothing
// of the key itself.
//
//	ring, err := seal.FromEnvironment(os.Getenv, os.ReadFile)
//	text, err := ring.Seal("13800000000") // enc:v1:5e0c7f21:…
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Prefix begins every sealed text.
const Prefix = "enc:v1:"

// keySize is that of AES-256, in bytes.
const keySize = 32

// What may be wrong with a sealed text. Each is wrapped with what to do about it.
var (
	ErrNoKey   = errors.New("the value is encrypted, and there is no key")
	ErrKey     = errors.New("the value was encrypted by another key")
	ErrDamaged = errors.New("the encrypted value is damaged")
)

// NewKey returns a new key as text: the base64 of 32 random bytes.
func NewKey() string {
	raw := make([]byte, keySize)
	rand.Read(raw) //nolint:errcheck // it never fails: see its documentation
	return base64.StdEncoding.EncodeToString(raw)
}

// Is reports whether text is meant to be a sealed one, whole or not.
func Is(text string) bool { return strings.HasPrefix(text, Prefix) }

// Ring holds keys: the first one seals, any opens. It is safe for concurrent use.
type Ring struct{ keys []key }

type key struct {
	id   string
	aead cipher.AEAD
}

// Parse reads the keys of a ring, one a line; empty lines and those that begin with # say nothing. The error shows no key.
func Parse(text string) (*Ring, error) {
	r := &Ring{}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := newKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		r.keys = append(r.keys, k)
	}
	if len(r.keys) == 0 {
		return nil, errors.New("there is no key in it; make one by `forewarn secrets key`")
	}
	return r, nil
}

func newKey(text string) (key, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != keySize {
		return key{}, fmt.Errorf("is no key, which is the base64 of %d bytes; make one by `forewarn secrets key`", keySize)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return key{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return key{}, err
	}
	sum := sha256.Sum256(append([]byte("forewarn key id\n"), raw...))
	return key{id: hex.EncodeToString(sum[:4]), aead: aead}, nil
}

// IDs returns the ids of the keys, in their order.
func (r *Ring) IDs() []string {
	ids := make([]string, len(r.keys))
	for i := range r.keys {
		ids[i] = r.keys[i].id
	}
	return ids
}

// Seal returns the sealed text of a secret, another one each time. It does not hide how long the secret is.
func (r *Ring) Seal(secret string) string {
	k := &r.keys[0]
	nonce := make([]byte, k.aead.NonceSize())
	rand.Read(nonce) //nolint:errcheck // it never fails: see its documentation
	head := Prefix + k.id
	return head + ":" + base64.RawURLEncoding.EncodeToString(k.aead.Seal(nonce, nonce, []byte(secret), []byte(head)))
}

// Open returns the secret of a sealed text, or [ErrNoKey] if the ring is nil, [ErrKey] or [ErrDamaged], wrapped. No error shows
// any of the secret.
func (r *Ring) Open(text string) (string, error) {
	id, body, ok := strings.Cut(strings.TrimPrefix(text, Prefix), ":")
	if !ok || !Is(text) || len(id) != 8 {
		return "", damaged()
	}
	k, err := r.find(id)
	if err != nil {
		return "", err
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(body)
	size := k.aead.NonceSize()
	if err != nil || len(raw) < size {
		return "", damaged()
	}
	secret, err := k.aead.Open(nil, raw[:size], raw[size:], []byte(Prefix+id))
	if err != nil {
		return "", damaged()
	}
	return string(secret), nil
}

func (r *Ring) find(id string) (*key, error) {
	if r == nil {
		return nil, fmt.Errorf("%w; set %s to the file that holds it, or %s to the key itself", ErrNoKey, FileVariable, Variable)
	}
	for i := range r.keys {
		if r.keys[i].id == id {
			return &r.keys[i], nil
		}
	}
	return nil, fmt.Errorf("%w, %s, and there is only %s; add that key to the file as a further line, or encrypt the value anew",
		ErrKey, id, strings.Join(r.IDs(), ", "))
}

func damaged() error {
	return fmt.Errorf("%w: copied in part, or changed; copy it again, or encrypt the secret anew by `forewarn secrets encrypt`", ErrDamaged)
}
