package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// maxBody bounds what a request may bring, in bytes: texts are of 2,000, and JSON may write each byte in six.
const maxBody = 64 << 10

// readBody reads the body of a request into a struct: one JSON object of at most maxBody bytes and nothing behind it. It is strict: a
// field that is misspelt is no field left out. Its errors are for the caller: 415, 413 or 400.
func readBody(r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &failure{status: http.StatusUnsupportedMediaType, code: "not_json", message: "the body must be JSON; send it with Content-Type: application/json"}
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return badBody("the body could not be read; send it again")
	}
	if len(data) > maxBody {
		return &failure{
			status: http.StatusRequestEntityTooLarge, code: "too_large", message: fmt.Sprintf("the body is longer than %d bytes; shorten its texts", maxBody),
		}
	}
	return decodeBody(data, into)
}

// decodeBody decodes one JSON object and nothing behind it.
func decodeBody(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if d.DisallowUnknownFields(); !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) { // null would be an object without fields
		return badBody("the body is no JSON object; see docs/api.md for its form")
	}
	if err := d.Decode(into); err != nil {
		return badBody("the body cannot be read (%v); see docs/api.md for its form", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badBody("something follows the object in the body; send one at a time")
	}
	return nil
}

// badBody says what is to be corrected in a body.
func badBody(format string, args ...any) error {
	return &failure{status: http.StatusBadRequest, code: "bad_body", message: fmt.Sprintf(format, args...)}
}
