package mail

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

var update = flag.Bool("update", false, "write the golden files")

const id = "01KFYV8M40AAAAAAAAAAAAAAAA"

// sample is a message whose labels try what labels can.
func sample(t *testing.T, lang i18n.Language) delivery.Message {
	t.Helper()
	p50 := time.Date(2026, 1, 30, 6, 0, 0, 0, time.UTC)
	i := &incident.Incident{
		ID: id, Version: 1, Severity: finding.Critical, OpenedAt: p50.Add(-48 * time.Hour), UpdatedAt: p50.Add(-48 * time.Hour),
		Title:   i18n.Text{En: "LEDGER_DATA <b>runs</b> full\r\nBcc: evil@example.com", Zh: "表空间 LEDGER_DATA <b>将满</b>\r\nBcc: evil@example.com"},
		Message: i18n.Text{En: `grows <img src="http://evil/x.png"> & "more"`, Zh: `每天增长 <img src="http://evil/x.png"> & "更多"`},
		Advice:  i18n.Text{En: "Extend it by <script>alert(1)</script> 40 GB", Zh: "扩容 <script>alert(1)</script> 40 GB"},
	}
	i.ETA.P50 = &p50
	i.Work.Owner = "li.wei <b>"
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	r := message.Reader{Language: lang, Zone: zone, ConsoleURL: "https://forewarn.example.com"}
	return delivery.Message{ID: id + ".1.mail", Reason: incident.ReasonOpened, Incident: i, Text: r.Render(i, incident.ReasonOpened), Picture: chart(t)}
}

func chart(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t *testing.T, s Settings) *Channel {
	t.Helper()
	s.From = "Forewarn 预警 <forewarn@example.com>"
	if s.Timeout == 0 {
		s.Timeout = 20 * time.Second
	}
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// part is a leaf of a mail.
type part struct{ path, disposition, id, body string }

// leaves takes a mail apart.
func leaves(t *testing.T, path string, header map[string][]string, body io.Reader) (out []part) {
	t.Helper()
	get := func(k string) string { return mail.Header(header).Get(k) }
	media, params, err := mime.ParseMediaType(get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	path += "/" + media
	if strings.HasPrefix(media, "multipart/") {
		for r := multipart.NewReader(body, params["boundary"]); ; {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return out
			}
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, leaves(t, path, p.Header, p)...)
		}
	}
	if get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	kind, _, _ := strings.Cut(get("Content-Disposition"), ";")
	return []part{{path, kind, get("Content-Id"), string(data)}}
}

var boundary = regexp.MustCompile(`[0-9a-f]{60}`)

// TestGolden writes the mail of an incident, in each language: its form, its escapes, its headers.
func TestGolden(t *testing.T) {
	for _, lang := range []i18n.Language{i18n.English, i18n.Chinese} {
		c := open(t, Settings{Options: Options{Server: "127.0.0.1"}})
		m := sample(t, lang)
		l, err := c.letter(&m, []person.Receiver{{Address: "li.wei@example.com"}, {Address: "wang.fang@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := l.mime.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		checkForm(t, b.Bytes())
		seen := map[string]string{}
		got := boundary.ReplaceAllStringFunc(b.String(), func(s string) string {
			if seen[s] == "" {
				seen[s] = "boundary-" + string(rune('1'+len(seen)))
			}
			return seen[s]
		})
		got = strings.ReplaceAll(got, "\r\n", "\n")
		path := filepath.Join("testdata", string(lang)+".eml")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	}
}

// TestOwnForm: a template of the page stands in its frame, and one of the text in both parts, whatever labels say.
func TestOwnForm(t *testing.T) {
	f := func(change func(*message.Text), plain, page string) {
		t.Helper()
		c, m := open(t, Settings{Options: Options{Server: "127.0.0.1"}}), sample(t, i18n.English)
		change(&m.Text)
		l, err := c.letter(&m, []person.Receiver{{Address: "li.wei@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := l.mime.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		msg, err := mail.ReadMessage(&b)
		if err != nil {
			t.Fatal(err)
		}
		parts := leaves(t, "", msg.Header, msg.Body)
		if !strings.Contains(parts[0].body, plain) || !strings.Contains(parts[0].body, "Details: https://") {
			t.Errorf("text:\n%s", parts[0].body)
		}
		for _, want := range []string{page, "cid:chart", "<h1", "https://forewarn.example.com/incidents/" + id} {
			if !strings.Contains(parts[1].body, want) {
				t.Errorf("the page lacks %q:\n%s", want, parts[1].body)
			}
		}
		if strings.Contains(parts[1].body, "Limit reached") {
			t.Errorf("the page has the form that is built in as well:\n%s", parts[1].body)
		}
	}
	f(func(t *message.Text) { t.Page = "<table><tr><td>own</td></tr></table>" }, "Limit reached", "<table><tr><td>own</td></tr></table>")
	f(func(t *message.Text) { t.Body = "own <b>text</b>" }, "own <b>text</b>", "own &lt;b&gt;text&lt;/b&gt;")
	f(func(t *message.Text) { t.Body, t.Page = "own text", "<i>own</i>" }, "own text", "<i>own</i>")
}

// checkForm reads a mail as its receiver's program would.
func checkForm(t *testing.T, data []byte) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Bcc") != "" || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-Id") != "<"+id+".1.mail@example.com>" {
		t.Errorf("header: %v", m.Header)
	}
	if to, err := m.Header.AddressList("To"); err != nil || len(to) != 2 {
		t.Errorf("to: %v, %v", to, err)
	}
	subject, err := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.Contains(subject, "LEDGER_DATA <b>") || strings.ContainsAny(subject, "\r\n") {
		t.Errorf("subject %q, %v", subject, err)
	}
	parts := leaves(t, "", m.Header, m.Body)
	var paths []string
	for _, p := range parts {
		paths = append(paths, p.path)
	}
	want := []string{"/multipart/related/multipart/alternative/text/plain", "/multipart/related/multipart/alternative/text/html", "/multipart/related/image/png"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Fatal(diff)
	}
	for _, s := range []string{"<b>", "<script", `<img src="http`} {
		if strings.Contains(parts[1].body, s) {
			t.Errorf("%s is in the page:\n%s", s, parts[1].body)
		}
	}
	if !strings.Contains(parts[1].body, `src="cid:chart"`) || parts[2].id != "<chart>" || parts[2].disposition != "inline" {
		t.Errorf("picture %v, page:\n%s", parts[2], parts[1].body)
	}
}

// TestServer sends to a real server in each way that it can be reached.
func TestServer(t *testing.T) {
	f := func(mechanism, security string) {
		t.Helper()
		e := startExim(t, mechanism)
		server := e.plain
		if security == TLS {
			server = e.tls
		}
		c := open(t, Settings{
			TLS: config.ClientTLS{CAFile: e.certificate}, Password: password, To: []config.Secret{"ops@example.com"},
			Options: Options{Server: server, Security: security, User: "forewarn"},
		})
		m := sample(t, i18n.English)
		m.To = []person.Person{
			{Name: "li.wei", Mail: "li.wei@example.com"},
			{Name: "nobody", Mail: "nobody@example.com"},
			{Name: "again", Mail: "OPS@example.com"},
			{Name: "lao.wang"},
		}
		sent, err := c.Send(t.Context(), m)
		if err != nil {
			t.Fatalf("%s: %v", security, err)
		}
		if sent.Ref != "<"+m.ID+"@example.com>" || !strings.Contains(sent.Missed, "nobody: 550 5.1.1") || !strings.Contains(sent.Missed, "lao.wang: no address") {
			t.Errorf("%+v", sent)
		}
		if strings.Contains(sent.Missed, "@example.com") {
			t.Errorf("an address is told: %s", sent.Missed)
		}
		got := e.deliver(t)
		if len(got) != 2 || got["ops@example.com"] == nil || got["li.wei@example.com"] == nil {
			t.Fatalf("delivered: %d mails", len(got))
		}
		for to, data := range got {
			msg, err := mail.ReadMessage(bytes.NewReader(data))
			if err != nil || msg.Header.Get("Message-Id") != sent.Ref || len(leaves(t, "", msg.Header, msg.Body)) != 3 {
				t.Errorf("%s: %v, %v", to, err, msg)
			}
		}
	}
	f(plainMechanism, StartTLS)
	f(loginMechanism, TLS)
	f(loginMechanism+"\n"+plainMechanism, None)
}

// TestLater: who was accepted is not told again when another has to wait, and updates belong to the same conversation.
func TestLater(t *testing.T) {
	e := startExim(t, plainMechanism)
	c := open(t, Settings{
		TLS: config.ClientTLS{CAFile: e.certificate}, Password: password, Options: Options{Server: e.plain, User: "forewarn"},
	})
	m := sample(t, i18n.English)
	m.To = []person.Person{{Name: "li.wei", Mail: "li.wei@example.com"}, {Name: "busy", Mail: "busy@example.com"}}
	var fault *delivery.Error
	if _, err := c.Send(t.Context(), m); !errors.As(err, &fault) || fault.Permanent || fault.Channel || !strings.Contains(fault.What, "busy: ") || !strings.Contains(fault.What, "452 4.2.2") {
		t.Fatalf("%+v", err)
	}
	if got := e.deliver(t); len(got) != 1 || got["li.wei@example.com"] == nil {
		t.Fatalf("delivered: %v", got)
	}
	m.To[1].Mail = "free@example.com" // in place of room in the mailbox
	sent, err := c.Send(t.Context(), m)
	if err != nil || sent.Missed != "" {
		t.Fatalf("%+v, %v", sent, err)
	}
	if got := e.deliver(t); len(got) != 1 || got["free@example.com"] == nil {
		t.Fatalf("delivered: %v", got)
	}
	m.ID, m.Reason, m.Previous = id+".2.mail", incident.ReasonMoved, sent.Ref
	if _, err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(e.deliver(t)["li.wei@example.com"]))
	if err != nil || msg.Header.Get("In-Reply-To") != sent.Ref || msg.Header.Get("References") != "<"+id+"@example.com> "+sent.Ref {
		t.Errorf("%v, %v", err, msg)
	}
}

// TestEditions: who reads another language has a mail of their own, in a conversation of its own, also when another's has to wait.
func TestEditions(t *testing.T) {
	e := startExim(t, plainMechanism)
	c := open(t, Settings{
		TLS: config.ClientTLS{CAFile: e.certificate}, Password: password, Options: Options{Server: e.plain, User: "forewarn"}, To: []config.Secret{"busy@example.com"},
	})
	m := sample(t, i18n.Chinese)
	m.To = []person.Person{{Name: "li.wei", Mail: "li.wei@example.com"}}
	m.Others = []delivery.Edition{{Mark: "en.Europe/Lisbon", Text: sample(t, i18n.English).Text, To: []person.Person{{Name: "ana", Mail: "ana@example.com"}}}}
	m.Previous = "<" + id + ".0.mail@example.com>"
	if _, err := c.Send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "452") {
		t.Fatalf("somebody has no room, and the error is %v", err)
	}
	got := e.deliver(t)
	want := map[string]string{
		"li.wei@example.com": "zh-CN <" + id + ".1.mail@example.com> <" + id + ".0.mail@example.com>",
		"ana@example.com":    "en <" + id + ".1.mail.en.Europe/Lisbon@example.com> <" + id + ".0.mail.en.Europe/Lisbon@example.com>",
	}
	said := map[string]string{}
	for to, data := range got {
		msg, err := mail.ReadMessage(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		said[to] = msg.Header.Get("Content-Language") + " " + msg.Header.Get("Message-Id") + " " + msg.Header.Get("In-Reply-To")
		if all, err := msg.Header.AddressList("To"); err != nil || len(all) != 3 {
			t.Errorf("%s does not see who else knows: %v, %v", to, all, err)
		}
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	c.told.Note(m.ID, "busy@example.com", "") // in place of room in the mailbox
	sent, err := c.Send(t.Context(), m)
	if err != nil || sent.Ref != "<"+m.ID+"@example.com>" || len(e.deliver(t)) != 0 {
		t.Errorf("%+v, %v, or somebody was told again", sent, err)
	}
}

// TestRefusals says whose fault it is, and what to do.
func TestRefusals(t *testing.T) {
	e := startExim(t, plainMechanism)
	trusted := config.ClientTLS{CAFile: e.certificate}
	const message, channel, again = "message", "channel", ""
	f := func(name, fault, want string, s Settings, change func(*Channel, *delivery.Message)) {
		t.Helper()
		if s.Server == "" {
			s.Server = e.plain
		}
		c := open(t, s)
		m := sample(t, i18n.English)
		m.To = []person.Person{{Name: "li.wei", Mail: "li.wei@example.com"}}
		if change != nil {
			change(c, &m)
		}
		_, err := c.Send(t.Context(), m)
		var fe *delivery.Error
		if !errors.As(err, &fe) || fe.Permanent != (fault == message) || fe.Channel != (fault == channel) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "li.wei@")) {
			t.Errorf("%s: the error tells too much: %v", name, err)
		}
	}
	user := Options{User: "forewarn"}
	f("wrong password", channel, "correct user and secret", Settings{TLS: trusted, Password: "wrong", Options: user}, nil)
	f("no password", channel, "relaying denied", Settings{TLS: trusted}, nil)
	f("unknown authority", again, "ca_file", Settings{Password: password, Options: user}, nil)
	f("TLS where there is none", again, "starttls", Settings{TLS: trusted, Options: Options{Security: TLS}}, nil)
	f("nobody there", again, "cannot be reached", Settings{Options: Options{Server: freePort(t)}}, nil)
	f("all unknown", message, "every receiver was refused: li.wei: 550 5.1.1 <***>: no such user", Settings{TLS: trusted, Password: password, Options: user}, func(_ *Channel, m *delivery.Message) {
		m.To[0].Mail = "nobody@example.com"
	})
	f("sender", channel, "set from", Settings{TLS: trusted, Password: password, Options: user}, func(c *Channel, _ *delivery.Message) {
		c.sender = &mail.Address{Address: "forger@example.com"}
	})
	f("too large", message, "552", Settings{TLS: trusted, Password: password, Options: user}, func(_ *Channel, m *delivery.Message) {
		m.Picture = bytes.Repeat([]byte("x"), 400<<10)
	})
	f("nobody", channel, "route people", Settings{TLS: trusted}, func(_ *Channel, m *delivery.Message) { m.To = nil })
	f("no address", channel, "no address is known of li.wei", Settings{TLS: trusted}, func(_ *Channel, m *delivery.Message) { m.To[0].Mail = "" })
}

// TestDocument sends what is complete already, with its pictures and files.
func TestDocument(t *testing.T) {
	e := startExim(t, plainMechanism)
	c := open(t, Settings{
		TLS: config.ClientTLS{CAFile: e.certificate}, Password: password, To: []config.Secret{"ops@example.com"},
		Options: Options{Server: e.plain, User: "forewarn"},
	})
	d := &message.Document{
		Subject: "每周风险摘要", Plain: "文字", HTML: `<p><img src="cid:a1">`, Images: []message.Image{{ID: "a1", PNG: chart(t)}},
		Files: []message.File{{Name: "摘要.pdf", MediaType: "application/pdf", Data: []byte("%PDF-1.7")}},
	}
	if _, err := c.Send(t.Context(), delivery.Message{ID: "digest.2026-05.mail", Document: d}); err != nil {
		t.Fatal(err)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(e.deliver(t)["ops@example.com"]))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range leaves(t, "", msg.Header, msg.Body) {
		got = append(got, p.path+" "+p.disposition)
	}
	want := []string{
		"/multipart/mixed/multipart/related/multipart/alternative/text/plain ", "/multipart/mixed/multipart/related/multipart/alternative/text/html ",
		"/multipart/mixed/multipart/related/image/png inline", "/multipart/mixed/application/pdf attachment",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLive sends one mail by a real provider when one is given.
func TestLive(t *testing.T) {
	server := os.Getenv("FOREWARN_SMTP_SERVER")
	if server == "" {
		t.Skip("FOREWARN_SMTP_SERVER (and _SECURITY, _USER, _PASSWORD, _FROM, _TO) are not set: not run against a provider")
	}
	env := func(name string) string { return os.Getenv("FOREWARN_SMTP_" + name) }
	c, err := New(Settings{
		Timeout: time.Minute, Password: config.Secret(env("PASSWORD")), To: []config.Secret{config.Secret(env("TO"))},
		Options: Options{Server: server, Security: env("SECURITY"), User: env("USER"), From: env("FROM")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), sample(t, i18n.Chinese)); err != nil {
		t.Fatal(err)
	}
}
