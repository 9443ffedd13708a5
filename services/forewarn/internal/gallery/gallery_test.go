package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"

	"github.com/forewarn/forewarn/shared/i18n"
)

const name = "/u01 on erp-01"

// TestRobots: what the channels send is drawn: of each chat the first message about a name, and the picture that follows it at once.
func TestRobots(t *testing.T) {
	r, err := newRobots(i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	post := func(path, contentType string, body []byte) string {
		t.Helper()
		resp, err := http.Post(r.url+path, contentType, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close() //nolint:errcheck // read to its end
		data, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s, %v", path, resp.Status, data, err)
		}
		return string(data)
	}
	send := func(path, format string, args ...any) {
		post(path, "application/json", fmt.Appendf(nil, format, args...))
	}
	send("/dingtalk?access_token=x", `{"msgtype":"markdown","markdown":{"title":"another","text":"### another"}}`)
	send("/dingtalk?access_token=x", `{"msgtype":"actionCard","actionCard":{"title":"x","text":"### %s\n\n- one\n- two\n\n> do","singleTitle":"Details"}}`, name)
	send("/wecom?key=x", `{"msgtype":"markdown","markdown":{"content":"### <font color=\"warning\">%s</font>\n\n- one\n- two"}}`, name)
	if _, err := r.about(name); !errors.Is(err, errNotYet) {
		t.Errorf("before all were told: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := r.await(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting in vain: %v", err)
	}
	send("/wecom?key=x", `{"msgtype":"image","image":{"base64":"AAAA","md5":"x"}}`)
	send("/wecom?key=x", `{"msgtype":"markdown","markdown":{"content":"later"}}`)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	file, err := w.CreateFormFile("image", "x.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("PNG")); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if got := post("/open-apis/im/v1/images", w.FormDataContentType(), form.Bytes()); !strings.Contains(got, `"image_key":"img_0"`) {
		t.Errorf("uploaded: %s", got)
	}
	card, err := json.Marshal(`{"header":{"template":"red","title":{"tag":"plain_text","content":"` + name + `"}},"elements":[
		{"tag":"div","text":{"tag":"lark_md","content":"**soon**"}},{"tag":"div","text":{"tag":"plain_text","content":"• <b> **as it is**"}},
		{"tag":"img","img_key":"img_0"},{"tag":"action","actions":[{"text":{"content":"Details"}}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	send("/open-apis/im/v1/messages?receive_id_type=chat_id", `{"receive_id":"oc_demo","msg_type":"interactive","content":%s}`, card)
	if err := r.await(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	chats, err := r.about(name)
	if err != nil {
		t.Fatal(err)
	}
	page, err := chatPage{Language: i18n.English, Chats: chats}.render()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<h3>" + name + "</h3>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<blockquote>\n<p>do</p>", `<span class="button">Details</span>`, // a card of DingTalk
		`<h3><font color="warning">` + name + "</font></h3>\n<p>- one<br>\n- two</p>", `src="data:image/png;base64,AAAA"`, // WeCom has no lists
		`<header class="red">` + name + "</header>", "<strong>soon</strong>", "• &lt;b&gt; **as it is**", `src="data:image/png;base64,UE5H"`,
		"not screenshots of their apps",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(string(page), "another") || strings.Contains(string(page), "later") {
		t.Error("the page shows other messages")
	}
}

// TestDialects: what a platform does not know stands there as it was sent, and nothing that labels say becomes an element.
func TestDialects(t *testing.T) {
	f := func(m goldmark.Markdown, text, want string) {
		t.Helper()
		if html, err := markup(m, text); err != nil || strings.TrimSpace(string(html)) != want {
			t.Errorf("%q: %q, %v, want %q", text, html, err, want)
		}
	}
	f(larkMarkdown(), "# no heading\n- no list", "<p># no heading<br>\n- no list</p>")
	f(larkMarkdown(), "[a](http://x/)", `<p><a href="http://x/">a</a></p>`)
	f(weComMarkdown(), `<font color="red">x</font><script>`, `<p>&lt;font color=&quot;red&quot;&gt;x</font>&lt;script&gt;</p>`)
	f(dingTalkMarkdown(), "1. a\n\n<b>", "<ol>\n<li>a</li>\n</ol>\n<p>&lt;b&gt;</p>")
}

// TestUnknown: what nothing is known of is an error, and no empty bubble.
func TestUnknown(t *testing.T) {
	for body, read := range map[string]func([]byte) (bubble, error){
		`{}`: dingTalk, `{"text":1}`: weCom, `{`: weCom, `x`: dingTalk,
		`{"content":"{\"elements\":[{\"tag\":\"hr\"}]}"}`: func(b []byte) (bubble, error) { return feishu(b, nil) },
		`{"content":"no"}`: func(b []byte) (bubble, error) { return feishu(b, nil) },
	} {
		if b, err := read([]byte(body)); err == nil {
			t.Errorf("%s is drawn as %+v", body, b)
		}
	}
}

// TestShrink: a picture is cut off and has few colours.
func TestShrink(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 128, 256))
	for y := range 256 {
		for x := range 128 {
			img.Set(x, y, color.NRGBA{R: uint8(2 * x), G: uint8(y), B: 9, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	data, err := shrink(b.Bytes(), 100)
	if err != nil {
		t.Fatal(err)
	}
	out, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	palette, ok := out.(*image.Paletted)
	if !ok || out.Bounds() != image.Rect(0, 0, 128, 100) || len(palette.Palette) > 256 {
		t.Fatalf("%T of %v", out, out.Bounds())
	}
	if _, err := shrink([]byte("no picture"), 0); err == nil {
		t.Error("what is no picture is one")
	}
}

func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"actionCard":{"text":"### a\n\n- b","singleTitle":"c"}}`))
	f.Add([]byte(`{"markdown":{"content":"<font color=\"info\">x</font>"}}`))
	f.Add([]byte(`{"content":"{\"elements\":[{\"tag\":\"markdown\",\"content\":\"x\"},{\"tag\":\"div\"}]}"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, read := range []func([]byte) (bubble, error){dingTalk, weCom, func(b []byte) (bubble, error) { return feishu(b, nil) }} {
			b, err := read(body)
			if err != nil {
				continue
			}
			page, err := chatPage{Language: i18n.Chinese, Chats: []chat{{Bubbles: []bubble{b}}}}.render()
			if err != nil || bytes.Contains(bytes.ToLower(page), []byte("<script")) {
				t.Errorf("%q is drawn as %q, %v", body, page, err)
			}
		}
	})
}
