package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// DigestOptions is what the command line says.
type DigestOptions struct {
	ConfigFile string
	Environ    []string
	// URL is where the console is, "" where the configuration has it listen. Its token is that of the configuration.
	URL string
	// Team, Week and Month say of whom and when, Language and Timezone how it is said; empty is as the configuration of the team has it.
	Team, Week, Month, Language, Timezone string
	// Output is the form, "" for text; File where it goes, "" or "-" to Stdout.
	Output, File string
	// Preview writes a page into the working directory where Output and File say nothing else; Week and Month are empty then.
	Preview bool
}

// digestPatience is how long a digest may take to be made.
const digestPatience = 30 * time.Second

// Digest writes a digest of a running install, as it would be sent; nothing is sent, and nothing counts as sent. Of a preview that
// went into a file it says where that is.
func Digest(ctx context.Context, o DigestOptions, stdout io.Writer) error {
	address, token, err := o.console()
	if err != nil {
		return err
	}
	o.complete()
	data, err := fetch(ctx, address, "/api/v1/digest?"+o.query(), token)
	if err != nil {
		return err
	}
	if o.File == "" || o.File == "-" {
		_, err = stdout.Write(data)
		return err
	}
	if err := os.WriteFile(o.File, data, 0o600); err != nil {
		return fmt.Errorf("write digest: %w; name another file", err)
	}
	if !o.Preview {
		return nil
	}
	return o.show(stdout)
}

// complete says of form and file what the command line did not. What a terminal cannot show goes into a file.
func (o *DigestOptions) complete() {
	if !o.Preview {
		o.Output = cmp.Or(o.Output, string(digest.Text))
		return
	}
	o.Output = cmp.Or(o.Output, string(digest.HTML))
	if o.File == "" && (o.Output == string(digest.HTML) || o.Output == string(digest.PDF)) {
		o.File = strings.TrimSuffix("forewarn-digest-"+o.Team, "-") + "." + o.Output
	}
}

// query is what the API is asked.
func (o *DigestOptions) query() string {
	q := url.Values{"format": {o.Output}}
	for name, v := range map[string]string{"team": o.Team, "week": o.Week, "month": o.Month, "language": o.Language, "timezone": o.Timezone} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q.Encode()
}

// show says where a preview is.
func (o *DigestOptions) show(stdout io.Writer) error {
	path, err := filepath.Abs(o.File)
	if err != nil {
		return fmt.Errorf("find %s: %w", o.File, err)
	}
	page := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	_, err = fmt.Fprintln(stdout, i18n.Text{
		En: "The coming digest, as it is now: " + page.String() + "\nNothing was sent, nor does it count as sent.",
		Zh: "下一期周报的当前内容：" + page.String() + "\n未发送任何消息，也不计为已发送。",
	}.In(language(o.Environ)))
	return err
}

// console returns where the console is, and its token.
func (o *DigestOptions) console() (address, token string, err error) {
	l, err := load(o.ConfigFile, o.Environ, nil)
	if err != nil {
		return "", "", err
	}
	scheme := "http"
	if l.Console.TLS.Enabled() {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(l.Console.Listen)
	if err != nil {
		return "", "", fmt.Errorf("console.listen: %q is no address; correct it or name one by --url", l.Console.Listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return cmp.Or(o.URL, scheme+"://"+net.JoinHostPort(host, port)), l.Console.Token.Reveal(), nil
}

// maxDigest bounds what is read of an answer.
const maxDigest = 16 << 20

// fetch gets a document from the API of the console at an address, or the words of why there is none.
func fetch(ctx context.Context, address, path, token string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path, nil)
	if err != nil {
		return nil, fmt.Errorf("--url: %w; name an address such as http://127.0.0.1:8686", err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: digestPatience}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("nobody answers at %s (%w), and a digest is made by what runs; start it by \"forewarn up\", or look at simulated data by "+
			"\"forewarn demo\", or name by --url where it runs", address, cause(err))
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxDigest))
	if err != nil {
		return nil, fmt.Errorf("read the console's answer: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return data, nil
	}
	var refusal struct {
		Error struct{ Message string } `json:"error"`
	}
	if json.Unmarshal(data, &refusal) != nil || refusal.Error.Message == "" {
		return nil, fmt.Errorf("the console answers %s; look at --url", resp.Status)
	}
	return nil, fmt.Errorf("the console refuses: %s", refusal.Error.Message)
}

// cause is why a request failed, without the request.
func cause(err error) error {
	if refused, ok := errors.AsType[*url.Error](err); ok {
		return refused.Err
	}
	return err
}
