package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/config"
)

type redactChannel struct {
	Name    string                   `yaml:"name"`
	URL     config.Secret            `yaml:"url"`
	Headers map[string]config.Secret `yaml:"headers"`
}

type redactNotifier struct {
	Channels []redactChannel `yaml:"channels"`
	Address  string          `yaml:"address"`
}

func TestRedact(t *testing.T) {
	const doc = `# secret: "in a comment"
notifier:
  address: "nats://user:in-an-address@host:4222, nats://host2:4222" # here in-a-line
  channels:
    - {name: ops, url: "https://in-a-url", headers: {X-Key: in-a-header, X-File: "file:/etc/key"}}
    - &two {name: two, url: "env:TWO"}
    - {<<: *two, name: three, url: &again in-an-anchor}
    - {name: four, url: *again}
    - {name: five, url: "enc:v1:5e0c7f21:AAAA"}
observe: {key_file: /etc/tls.key, token: in-an-unknown-section, listen: "127.0.0.1:1"}
`
	var n redactNotifier
	r, err := config.Redact([]byte(doc), config.Section{Name: "notifier", Into: &n}, config.Section{Name: "observe"})
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(string(r.Document), "in-a"); i >= 0 {
		t.Errorf("still there: %s\n%s", r.Document[i:min(len(r.Document), i+20)], r.Document)
	}
	want := []string{
		"notifier.address", "notifier.channels[0].url", "notifier.channels[0].headers.X-Key", "notifier.channels[2].url", "observe.token",
	}
	if diff := cmp.Diff(want, r.Removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/etc/key", "/etc/tls.key"}, r.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, kept := range []string{"file:/etc/key", "env:TWO", "nats://host:4222", "127.0.0.1:1", "name: four", "enc:v1:5e0c7f21:AAAA"} {
		if !strings.Contains(string(r.Document), kept) {
			t.Errorf("%q is gone:\n%s", kept, r.Document)
		}
	}
	err = config.Load(r.Document, nil, config.Section{Name: "notifier", Into: &n}, config.Section{Name: "observe"})
	if err == nil || !strings.Contains(err.Error(), "left-out") {
		t.Errorf("a redacted document reads with %v, want an error for each secret", err)
	}
}

// FuzzRedact: no secret that is written in the document is in what comes out.
func FuzzRedact(f *testing.F) {
	f.Add("notifier:\n  channels:\n    - url: ", "hunter22hunter")
	f.Add("x:\n  password: ", "hunter22hunter")
	f.Add("notifier: {channels: [{headers: {a: ", "hunter22hunter")
	f.Fuzz(func(t *testing.T, before, secret string) {
		value, err := yaml.Marshal(map[string]string{"password": secret})
		if err != nil {
			t.Fatal(err)
		}
		var n redactNotifier
		r, err := config.Redact(append([]byte(before+"\n"), value...), config.Section{Name: "notifier", Into: &n})
		if err != nil {
			return
		}
		var back struct {
			Password string `yaml:"password"`
		}
		if err := yaml.Unmarshal(r.Document, &back); err != nil {
			return // a document whose other keys are of no use
		}
		if p := back.Password; p != "" && p != config.LeftOut && !strings.HasPrefix(p, "file:") && !strings.HasPrefix(p, "env:") {
			t.Errorf("password: %q is still there", p)
		}
	})
}
