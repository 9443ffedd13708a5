package gallery

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/forewarn/forewarn/services/forewarn/internal/app"
	"github.com/forewarn/forewarn/services/forewarn/internal/browser"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
)

const (
	// host has the trouble whose page and messages are shown, and subject is what it is of.
	host    = "demo-report-01"
	subject = "/data/exports on " + host
	// zone is that of the readers.
	zone = "Asia/Shanghai"
	// pageWidth and chatWidth are those of the pictures, in pixels.
	pageWidth, chatWidth = 1440, 1180
	// patience is how long the last message may take after the past was played.
	patience = time.Minute
)

// Main makes the pictures that args ask for, and says on out what it has made.
func Main(ctx context.Context, args []string, out io.Writer) error {
	g := &gallery{log: out}
	flags := flag.NewFlagSet("pictures", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&g.dir, "out", "docs/images", "directory of the pictures")
	flags.IntVar(&g.days, "days", 60, "days that the demo plays")
	flags.Uint64Var(&g.seed, "seed", 1, "seed of its story")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	return g.run(ctx)
}

// gallery is one run.
type gallery struct {
	dir    string
	days   int
	seed   uint64
	log    io.Writer
	robots []*robots
}

// run plays a demo and takes the pictures of it.
func (g *gallery) run(ctx context.Context) error {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return fmt.Errorf("no browser: %w; install chromium (Debian: chromium)", err)
	}
	if err := chinese(ctx); err != nil {
		return err
	}
	for _, lang := range i18n.Languages() {
		r, err := newRobots(lang)
		if err != nil {
			return err
		}
		defer r.close()
		g.robots = append(g.robots, r)
	}
	profile, err := os.MkdirTemp("", "pictures-")
	if err != nil {
		return fmt.Errorf("profile of the browser: %w", err)
	}
	defer os.RemoveAll(profile) //nolint:errcheck // a temporary directory
	return g.demo(ctx, func(address string) error {
		b, done, err := browser.Start(ctx, chromium, profile)
		if err != nil {
			return err
		}
		defer done()
		return g.shoot(b, address)
	})
}

// chinese reports an error if the browser has no font for half of the pictures.
func chinese(ctx context.Context) error {
	list, err := exec.CommandContext(ctx, "fc-list", ":lang=zh-cn", "family").Output()
	if err != nil {
		return fmt.Errorf("list the fonts by fc-list: %w", err)
	}
	if len(list) == 0 {
		return errors.New("no font here has Chinese characters; install one (Debian: fonts-noto-cjk)")
	}
	return nil
}

// demo runs a demo that tells the robots, calls look with its address when the past has been played, and ends it then.
func (g *gallery) demo(ctx context.Context, look func(address string) error) error {
	told, err := g.notifier()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	played, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- app.Demo(ctx, app.DemoOptions{
			Days: g.days, Seed: g.seed, Change: func(c *app.Config) { c.Notifier = told }, Played: func(address string) { played <- address },
			Options: app.Options{Listen: "127.0.0.1:0", Stdout: io.Discard, Stderr: os.Stderr},
		})
	}()
	select {
	case err := <-done:
		return errors.Join(errors.New("the demo ended before its past was played"), err)
	case address := <-played:
		err := look(address)
		stop()
		return errors.Join(err, <-done)
	}
}

// notifier returns the configuration of a notifier that tells the robots of one host, and nobody of others: two months pass in a minute,
// of which no robot may take more than twenty messages.
func (g *gallery) notifier() (notifier.Config, error) {
	var list strings.Builder
	var names []string
	for _, r := range g.robots {
		yaml, n := r.channels(zone)
		list.WriteString(yaml)
		names = append(names, n...)
	}
	yaml := fmt.Sprintf(`notifier:
  routes:
    - {match: 'root="host:%s"', channels: [%s]}
    - {page_only: true}
  channels:
%s`, host, strings.Join(names, ", "), &list)
	c := notifier.DefaultConfig()
	err := config.Load([]byte(yaml), nil, config.Section{Name: "notifier", Into: &c})
	return c, err
}

// shot is one picture: of a page, cut off below a height if that is not 0.
type shot struct {
	name, url     string
	width, height int
}

// shoot takes all pictures.
func (g *gallery) shoot(b context.Context, address string) error {
	chats, err := g.serve(b)
	if err != nil {
		return err
	}
	defer chats.Close() //nolint:errcheck // nothing is left to be done
	incident, err := g.incident(b, address)
	if err != nil {
		return err
	}
	page := func(path string, lang i18n.Language) string {
		return address + path + "?" + url.Values{"lang": {string(lang)}, "tz": {zone}}.Encode()
	}
	for _, s := range []shot{
		{"overview", page("/", i18n.English), pageWidth, 1060},
		{"overview.zh-CN", page("/", i18n.Chinese), pageWidth, 1060},
		{"incident", page("/incidents/"+incident, i18n.English), pageWidth, 1740},
		{"capacity", page("/capacity", i18n.English), pageWidth, 900},
		{"record", page("/record", i18n.English), pageWidth, 1320},
		{"digest", page("/digest", i18n.English), pageWidth, 1860},
		{"digest.zh-CN", page("/digest", i18n.Chinese), pageWidth, 1860},
		{"chats", "http://" + chats.Addr + "/?lang=en", chatWidth, 0},
		{"chats.zh-CN", "http://" + chats.Addr + "/?lang=zh-CN", chatWidth, 0},
	} {
		if err := g.take(b, s); err != nil {
			return fmt.Errorf("picture %s: %w", s.name, err)
		}
	}
	return nil
}

// take takes one picture when all that the page shows is loaded.
func (g *gallery) take(b context.Context, s shot) error {
	if _, err := browser.Do(b, chromedp.EmulateViewport(int64(s.width), 900)); err != nil {
		return err
	}
	if _, err := browser.Do(b, chromedp.Navigate(s.url)); err != nil {
		return err
	}
	if _, err := browser.Do(b, chromedp.Poll[bool]("[...document.images].every(i => i.complete)")); err != nil {
		return err
	}
	data, err := browser.Do(b, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	if data, err = shrink(data, s.height); err != nil {
		return err
	}
	name := filepath.Join(g.dir, s.name+".png")
	if err := os.WriteFile(name, data, 0o644); err != nil { //nolint:gosec // a picture that everybody may see
		return err
	}
	_, err = fmt.Fprintf(g.log, "%s  %d kB\n", name, (len(data)+999)/1000)
	return err
}

// serve waits for the messages and serves the pages that draw them.
func (g *gallery) serve(ctx context.Context) (*http.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, r := range g.robots {
		if err := r.await(ctx, subject); err != nil {
			return nil, fmt.Errorf("messages about %s: %w", subject, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("pages of chats: %w", err)
	}
	s := &http.Server{Addr: l.Addr().String(), Handler: g, ReadHeaderTimeout: patience}
	go s.Serve(l) //nolint:errcheck // it ends when it is closed
	return s, nil
}

// chats returns the page of a language.
func (g *gallery) chats(lang i18n.Language) ([]byte, error) {
	for _, r := range g.robots {
		if r.language != lang {
			continue
		}
		all, err := r.about(subject)
		if err != nil {
			return nil, err
		}
		return chatPage{Language: lang, Chats: all}.render()
	}
	return nil, fmt.Errorf("nobody speaks %q", lang)
}

// incident returns the id of the subject's newest incident.
func (g *gallery) incident(ctx context.Context, address string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/api/v1/incidents", nil)
	if err != nil {
		return "", err
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Do(r)
	if err != nil {
		return "", fmt.Errorf("list incidents: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var list struct {
		Incidents []struct {
			ID    string
			Title i18n.Text
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return "", fmt.Errorf("list incidents: %w", err)
	}
	for _, i := range list.Incidents {
		if strings.Contains(i.Title.En, subject) {
			return i.ID, nil
		}
	}
	return "", fmt.Errorf("the demo has no incident of %s", subject)
}
