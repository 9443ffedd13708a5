// Package browser starts a Chromium to look at pages with, which asks for nothing by itself.
//
//	b, done, err := browser.Start(ctx, path, dir)
//	…
//	defer done()
//	_, err = browser.Do(b, chromedp.Navigate(url))
package browser

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Start starts a new one with an empty profile in dir, which tells of the requests that it makes, and returns the context of its page. It
// ends with ctx, or when done is called.
func Start(ctx context.Context, path, dir string) (b context.Context, done func(), err error) {
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	for _, flag := range []string{
		"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, end := chromedp.NewExecAllocator(ctx, append(options, chromedp.ExecPath(path), chromedp.UserDataDir(dir))...)
	b, closePage := chromedp.NewContext(ctx)
	done = func() { closePage(); end() }
	// The browser lives as long as the context of its first action, which must not be one with a patience.
	if _, err := chromedp.Call(b, network.Enable, network.EnableParams{}); err != nil {
		done()
		return nil, nil, fmt.Errorf("start %s: %w", path, err)
	}
	return b, done, nil
}

// patience is how long one action may take.
const patience = time.Minute

// Do runs one action.
func Do[T any](b context.Context, a chromedp.Action[T]) (T, error) {
	b, cancel := context.WithTimeout(b, patience)
	defer cancel()
	return chromedp.Run(b, a)
}
