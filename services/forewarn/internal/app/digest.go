package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// DigestOptions is what the command line says.
type DigestOptions struct {
	ConfigFile string
	Environ    []string
	// URL is where the console is, "" where the configuration has it listen. Its token is that of the configuration.
	URL string
	// Team, Week and Month say of whom and when, Language and Timezone how it is said; empty is as the configuration of the team has it.
	Team, Week, Month, Language, Timezone string
	// Output is the form; File where it goes, "" or "-" to Stdout.
	Output, File string
}

// digestPatience is how long a digest may take to be made.
const digestPatience = 30 * time.Second

// Digest writes a digest of a running install, as it would be sent; nothing is sent.
func Digest(ctx context.Context, o DigestOptions, stdout io.Writer) error {
	address, token, err := o.console()
	if err != nil {
		return err
	}
	q := url.Values{"format": {o.Output}}
	for name, v := range map[string]string{"team": o.Team, "week": o.Week, "month": o.Month, "language": o.Language, "timezone": o.Timezone} {
		if v != "" {
			q.Set(name, v)
		}
	}
	data, err := fetch(ctx, address+"/api/v1/digest?"+q.Encode(), token)
	if err != nil {
		return err
	}
	if o.File == "" || o.File == "-" {
		_, err = stdout.Write(data)
		return err
	}
	if err := os.WriteFile(o.File, data, 0o600); err != nil {
		return fmt.Errorf("write digest: %w", err)
	}
	return nil
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

// fetch gets a document from the API, or the words of why there is none.
func fetch(ctx context.Context, address, token string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("--url: %w; name an address such as http://127.0.0.1:8686", err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: digestPatience}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the console: %w; start it by forewarn up or demo, or name another by --url", err)
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
