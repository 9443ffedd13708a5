package scrape

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Own returns the target that is this process itself, at a path of its handler. It is asked without a network, so that
// neither its certificates nor its token are needed.
func Own(h http.Handler, job, host, path string, every time.Duration) Target {
	return Target{URL: "http://localhost" + path, Job: job, Interval: every, within: inProcess{h}, instanceLabel: host}
}

// inProcess sends requests to a handler of this process.
type inProcess struct{ handler http.Handler }

var _ http.RoundTripper = inProcess{}

// RoundTrip returns what the handler answers, whole.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	a := &answer{header: http.Header{}}
	p.handler.ServeHTTP(a, req)
	a.WriteHeader(http.StatusOK)
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Header: a.header, Request: req,
		Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// answer is what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the headers to be set.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the first status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write keeps the body.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}
