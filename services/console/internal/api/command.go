package api

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/shared/incident"
)

// maxCommand bounds the body of a command, in bytes: texts are of 2,000, and JSON may write each in six.
const maxCommand = 32 << 10

// commandBody is what a command is written as: who commands and which incident are told by the token and the address.
type commandBody struct {
	ID      string             `json:"id"`
	Action  incident.Action    `json:"action"`
	Version int                `json:"version"`
	Text    string             `json:"text"`
	Owner   string             `json:"owner"`
	URL     string             `json:"url"`
	Title   string             `json:"title"`
	Verdict incident.Judgement `json:"verdict"`
}

// commandView is the answer to a command that was carried out, now or when it came first.
type commandView struct {
	ID       string            `json:"id"`
	Repeated bool              `json:"repeated"`
	Version  int               `json:"version"`
	Stage    incident.Stage    `json:"stage"`
	Possible []incident.Action `json:"possible"`
}

// command serves POST /api/v1/incidents/{id}/commands.
func (a *API) command(r *http.Request, _ query) (any, error) {
	body, err := readCommand(r)
	if err != nil {
		return nil, err
	}
	c := &incident.Command{
		ID: body.ID, Incident: r.PathValue("id"), Version: body.Version, Action: body.Action, Actor: guard.Actor(r),
		Text: body.Text, Owner: body.Owner, URL: body.URL, Title: body.Title, Verdict: body.Verdict,
	}
	if c.ID == "" {
		c.ID = rand.Text()
	}
	if err := c.Validate(); err != nil {
		return nil, &failure{status: http.StatusBadRequest, code: "bad_command", message: err.Error()}
	}
	reply, err := a.source.Command(r.Context(), c)
	if err != nil {
		return nil, err
	}
	if !reply.OK() {
		return nil, refusedCommand(reply)
	}
	return commandView{c.ID, reply.Code == incident.Repeated, reply.Version, reply.Stage, reply.Possible}, nil
}

// readCommand reads the body of a request strictly: a field that is misspelt is no field left out.
func readCommand(r *http.Request) (body commandBody, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return body, &failure{status: http.StatusUnsupportedMediaType, code: "not_json", message: "a command is JSON; send it with Content-Type: application/json"}
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxCommand+1))
	if err != nil {
		return body, badCommand("the body could not be read; send it again")
	}
	if len(data) > maxCommand {
		return body, &failure{
			status: http.StatusRequestEntityTooLarge, code: "too_large",
			message: fmt.Sprintf("a command is at most %d bytes; shorten the text", maxCommand),
		}
	}
	return decodeCommand(data)
}

// decodeCommand decodes one JSON object and nothing behind it.
func decodeCommand(data []byte) (body commandBody, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return body, badCommand("the body is no command (%v); see docs/api.md", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return body, badCommand("the body holds more than one command; send one at a time")
	}
	return body, nil
}

func badCommand(format string, args ...any) error {
	return &failure{status: http.StatusBadRequest, code: "bad_command", message: fmt.Sprintf(format, args...)}
}

// refusedCommand says why a command was not carried out, and how the incident is now.
func refusedCommand(reply *incident.Reply) error {
	f := &failure{code: string(reply.Code), message: reply.Message.En, now: &now{reply.Version, reply.Stage, reply.Possible, reply.Changes}}
	switch reply.Code {
	case incident.NotFound:
		f.status, f.now = http.StatusNotFound, nil
	case incident.Impossible, incident.Conflict:
		f.status = http.StatusConflict
	default:
		f.status, f.code, f.now = http.StatusBadRequest, "bad_command", nil
	}
	return f
}

// now is how an incident is that a command did not fit.
type now struct {
	Version  int               `json:"version"`
	Stage    incident.Stage    `json:"stage"`
	Possible []incident.Action `json:"possible"`
	// Changes are what was done since the version that the command named.
	Changes []incident.Change `json:"changes,omitempty"`
}
