package promapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// passingError is one that may be gone at the next attempt.
type passingError struct {
	err   error
	after time.Duration // what the server asks to wait
	tried int
}

func (e *passingError) Error() string {
	if e.tried > 1 {
		return fmt.Sprintf("%v (tried %d times)", e.err, e.tried)
	}
	return e.err.Error()
}
func (e *passingError) Unwrap() error { return e.err }

// transportError is of a server that cannot be reached. A redirect does not pass.
func (c *Client) transportError(err error) error {
	var known *RedirectError
	if errors.As(err, &known) {
		return fmt.Errorf("%w; name that address, or log in: set %s", known, c.set.HowToSay)
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err // the address is told by the caller
	}
	return &passingError{err: err}
}

// RedirectError is of a server that sends a query elsewhere, where no secret may go.
type RedirectError struct{ To string }

// Error names the other address.
func (e *RedirectError) Error() string { return fmt.Sprintf("the server sends on to %s", e.To) }

// RefuseRedirect is for [http.Client]: it makes redirects an error.
func RefuseRedirect(r *http.Request, _ []*http.Request) error {
	return &RedirectError{r.URL.Redacted()}
}

// refusal says what a status means and what to do about it.
func (c *Client) refusal(resp *http.Response) error {
	said, address := reason(resp.Body), *resp.Request.URL
	address.RawQuery = ""
	at := address.Redacted()
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("the server does not let us in (%s%s); set %s", resp.Status, said.colon(), c.set.HowToSay)
	case code == http.StatusNotFound:
		return fmt.Errorf("there is no API at %s; name what comes before /api/v1, such as http://victoria:8481/select/0/prometheus", at)
	case code == http.StatusBadRequest:
		return fmt.Errorf("the server refuses the query%s", said.colon())
	case code == http.StatusUnprocessableEntity, code == http.StatusRequestEntityTooLarge, said.kind == "timeout":
		return fmt.Errorf("%w%s", ErrTooMuch, said.colon())
	case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
		wait, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return &passingError{err: fmt.Errorf("the server answers %s%s", resp.Status, said.colon()), after: time.Duration(min(max(wait, 0), 60)) * time.Second}
	default:
		return fmt.Errorf("the server answers %s%s", resp.Status, said.colon())
	}
}

// said is what a server says about an error.
type said struct{ kind, text string }

func (s said) colon() string {
	if s.text == "" {
		return ""
	}
	return ": " + s.text
}

// reason reads the error of an answer: the API's JSON, or the beginning of what there is.
func reason(body io.Reader) said {
	data, _ := io.ReadAll(io.LimitReader(body, 64<<10)) //nolint:errcheck // less is enough
	var api struct{ ErrorType, Error string }
	if json.Unmarshal(data, &api) == nil && api.Error != "" {
		return said{api.ErrorType, fmt.Sprintf("%.400s", i18n.Line(api.Error))}
	}
	return said{"", fmt.Sprintf("%.200s", i18n.Line(string(data)))}
}
