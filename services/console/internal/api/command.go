package api

import (
	"crypto/rand"
	"net/http"

	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/shared/incident"
)

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
	var body commandBody
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	if !incident.ValidID(r.PathValue("id")) {
		return nil, noIncident()
	}
	c := &incident.Command{
		ID: body.ID, Incident: r.PathValue("id"), Version: body.Version, Action: body.Action, Actor: guard.Actor(r),
		Text: body.Text, Owner: body.Owner, URL: body.URL, Title: body.Title, Verdict: body.Verdict,
	}
	if c.ID == "" {
		c.ID = rand.Text()
	}
	if err := c.Validate(); err != nil {
		return nil, badBody("%v", err)
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

// refusedCommand says why a command was not carried out, and how the incident is now.
func refusedCommand(reply *incident.Reply) error {
	f := &failure{code: string(reply.Code), message: reply.Message.En, now: &now{reply.Version, reply.Stage, reply.Possible, reply.Changes}}
	switch reply.Code {
	case incident.NotFound:
		f.status, f.now = http.StatusNotFound, nil
	case incident.Impossible, incident.Conflict:
		f.status = http.StatusConflict
	default:
		f.status, f.code, f.now = http.StatusBadRequest, "bad_body", nil
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
