package queryapi

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/util/annotations"
)

// answer is what an endpoint returns: its data as JSON, and what is to be said about it.
type answer struct {
	data []byte
	// query is the text that positions in the annotations point into.
	query       string
	annotations annotations.Annotations
}

// kind is one of Prometheus' types of errors, and the status that goes with it.
type kind struct {
	name   string
	status int
}

// statusClientClosed is what Prometheus and nginx answer when nobody listens any more.
const statusClientClosed = 499

// Prometheus' types of errors.
var (
	badData   = kind{"bad_data", http.StatusBadRequest}
	execution = kind{"execution", http.StatusUnprocessableEntity}
	timeout   = kind{"timeout", http.StatusServiceUnavailable}
	canceled  = kind{"canceled", statusClientClosed}
	internal  = kind{"internal", http.StatusInternalServerError}
	notFound  = kind{"not_found", http.StatusNotFound}
)

// failure is why a request has no answer.
type failure struct {
	kind kind
	text string
}

// explain sorts an error of the engine or the store.
func explain(err error) *failure {
	var queryCanceled promql.ErrQueryCanceled
	var queryTimeout promql.ErrQueryTimeout
	var inStorage promql.ErrStorage
	k := execution
	switch {
	case errors.As(err, &queryCanceled), errors.Is(err, context.Canceled):
		k = canceled
	case errors.As(err, &queryTimeout), errors.Is(err, context.DeadlineExceeded):
		k = timeout
	case errors.As(err, &inStorage):
		k = internal
	}
	return &failure{k, err.Error()}
}

// maxAnnotations bounds the warnings and the infos of a response.
const maxAnnotations = 10

// encode returns the body, in pieces so that large data is not copied, and the status of a response.
func encode(got answer, fail *failure) (net.Buffers, int) {
	if fail != nil {
		body := []byte(`{"status":"error","errorType":"` + fail.kind.name + `","error":`)
		return net.Buffers{append(appendString(body, fail.text), '}')}, fail.kind.status
	}
	warnings, infos := got.annotations.AsStrings(got.query, maxAnnotations, maxAnnotations)
	tail := appendList(nil, `,"warnings":`, warnings)
	tail = appendList(tail, `,"infos":`, infos)
	return net.Buffers{[]byte(`{"status":"success","data":`), got.data, append(tail, '}')}, http.StatusOK
}

// compressible says whether a body is worth compressing.
func compressible(body net.Buffers) bool {
	size := 0
	for _, piece := range body {
		size += len(piece)
	}
	return size >= minGzip
}

// appendList appends a list of strings after its name, and nothing for an empty one.
func appendList(dst []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return dst
	}
	return appendStrings(append(dst, name...), list)
}

// minGzip is the size from which a body is worth compressing.
const minGzip = 1 << 10

// respond writes the response and returns its status.
func respond(w http.ResponseWriter, r *http.Request, got answer, fail *failure) (int, error) {
	body, status := encode(got, fail)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Encoding")
	if !compressible(body) || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, err := body.WriteTo(w)
		return status, err
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	zw, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return status, err
	}
	_, err = body.WriteTo(zw)
	return status, errors.Join(err, zw.Close())
}

// appendString appends s as a JSON string; what is no UTF-8 in it is replaced.
func appendString(dst []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		return append(dst, `""`...) // a string always marshals
	}
	return append(dst, quoted...)
}

func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}
