package incident

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Action is what a change did: what a finding said ([finding.Opened] and so on), what a person commanded, or a reminder.
type Action = finding.Action

// What people can command.
const (
	// Assign gives it to Command.Owner, or to nobody.
	Assign        Action = "assign"
	Acknowledge   Action = "acknowledge"
	Unacknowledge Action = "unacknowledge"
	Mitigate      Action = "mitigate"
	Resolve       Action = "resolve"
	Reopen        Action = "reopen"
	Verify        Action = "verify"
	Close         Action = "close"
	// Comment keeps Command.Text.
	Comment Action = "comment"
	// AddLink keeps Command.URL under Command.Title.
	AddLink Action = "link"
	// Judge keeps Command.Verdict.
	Judge Action = "verdict"
)

// Remind is the change by which people were told again, as nobody had acknowledged the incident. Nobody commands it.
const Remind Action = "remind"

// Actions lists what people can command.
func Actions() []Action {
	return []Action{Assign, Acknowledge, Unacknowledge, Mitigate, Resolve, Reopen, Verify, Close, Comment, AddLink, Judge}
}

// Commands is the name of commands about incidents on the bus.
const Commands = "notifier.incident"

// Command is what a person wants done with one incident.
type Command struct {
	Schema int `json:"schema"`
	// ID is chosen by who sends: a command that comes again under its id changes nothing.
	ID       string `json:"id"`
	Incident string `json:"incident"`
	// Version is that of the incident which the person saw; it is refused if somebody has changed the stage or the owner
	// since. 0: whatever it is. Comments, links and verdicts do not ask for it.
	Version int    `json:"version,omitempty"`
	Action  Action `json:"action"`
	// Actor is who commands.
	Actor string `json:"actor"`
	// Text is a comment, or why something is done.
	Text string `json:"text,omitempty"`
	// Owner is to whom it is assigned, "" to nobody.
	Owner string `json:"owner,omitempty"`
	// URL and Title are a link's.
	URL   string `json:"url,omitempty"`
	Title string `json:"title,omitempty"`
	// Verdict is a judgement.
	Verdict Judgement `json:"verdict,omitempty"`
}

var commandID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// Validate reports what makes c unusable, for the person who wrote it, nil if nothing does.
func (c *Command) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !commandID.MatchString(c.ID) {
		bad("id: %.80q is not 1 to 64 letters, digits and _ . : -; choose one for each command, such as a UUID", c.ID)
	}
	if !ValidID(c.Incident) {
		bad("incident: %.80q is no id of an incident; list them with GET /api/v1/incidents", c.Incident)
	}
	if !slices.Contains(Actions(), c.Action) {
		bad("action: %.80q is not known; use one of %s", c.Action, names(Actions()))
	}
	if c.Version < 0 {
		bad("version: %d is negative; send that of the incident as you saw it, or leave it out", c.Version)
	}
	if c.Actor == "" {
		bad("actor: is empty; who commands must be known")
	}
	for _, f := range []struct {
		name, value string
		limit       int
	}{{"actor", c.Actor, MaxName}, {"owner", c.Owner, MaxName}, {"text", c.Text, MaxText}, {"url", c.URL, MaxURL}, {"title", c.Title, MaxTitle}} {
		if problem := unfit(f.value, f.limit, f.name == "text"); problem != "" {
			bad("%s: %s", f.name, problem)
		}
	}
	return errors.Join(append(errs, c.validateParts()...)...)
}

// validateParts looks at what only some actions know.
func (c *Command) validateParts() (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Action == Comment && strings.TrimSpace(c.Text) == "" {
		bad("text: is empty; write the comment there")
	}
	if c.Action == AddLink {
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			bad("url: is no http or https address without a user; give one such as https://tickets.example/4711")
		}
	} else if c.URL+c.Title != "" {
		bad("url, title: are for the action link; remove them")
	}
	if c.Owner != "" && c.Action != Assign {
		bad("owner: is for the action assign; remove it")
	}
	if known := slices.Contains(Judgements(), c.Verdict); c.Action == Judge && !known {
		bad("verdict: %.80q is not known; use one of %s", c.Verdict, names(Judgements()))
	} else if c.Action != Judge && c.Verdict != "" {
		bad("verdict: is for the action verdict; remove it")
	}
	return errs
}

// unfit says why a text cannot be kept, "" if it can.
func unfit(s string, limit int, lines bool) string {
	switch {
	case len(s) > limit:
		return fmt.Sprintf("is of %d bytes; %d are the most", len(s), limit)
	case !utf8.ValidString(s):
		return "is no UTF-8; send it as such"
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !(lines && (r == '\n' || r == '\t' || r == '\r')) }):
		return "holds control characters; remove them"
	}
	return ""
}

func names[T ~string](all []T) string {
	words := make([]string, len(all))
	for k := range all {
		words[k] = string(all[k])
	}
	return strings.Join(words, ", ")
}

// EncodeCommand returns c as JSON, with the schema version set.
func EncodeCommand(c *Command) ([]byte, error) {
	out := *c
	out.Schema = SchemaVersion
	if err := out.Validate(); err != nil {
		return nil, err
	}
	return marshal(&out)
}

// DecodeCommand reads what [EncodeCommand] wrote; the result is valid.
func DecodeCommand(data []byte) (*Command, error) {
	var c Command
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("decode command: %w", err)
	}
	if c.Schema < 1 || c.Schema > SchemaVersion {
		return nil, fmt.Errorf("command schema %d is not known; this release reads up to %d", c.Schema, SchemaVersion)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &c, nil
}

// Code says what became of a command.
type Code string

// The codes.
const (
	// Done: the incident was changed.
	Done Code = "done"
	// Repeated: it was done before.
	Repeated Code = "repeated"
	// Invalid: the command cannot be understood.
	Invalid Code = "invalid"
	// NotFound: there is no such incident.
	NotFound Code = "not_found"
	// Impossible: not in the stage in which the incident is.
	Impossible Code = "impossible"
	// Conflict: somebody has changed stage or owner since the version that the command names.
	Conflict Code = "conflict"
)

// Reply answers a command.
type Reply struct {
	Schema int  `json:"schema"`
	Code   Code `json:"code"`
	// Message says what was wrong and what to do; empty of what is done.
	Message i18n.Text `json:"message"`
	// Version, Stage and Possible are those of the incident as it is now.
	Version  int      `json:"version,omitempty"`
	Stage    Stage    `json:"stage,omitempty"`
	Possible []Action `json:"possible,omitempty"`
	// Changes are what was done since the version that a command in conflict named.
	Changes []Change `json:"changes,omitempty"`
}

// OK reports whether what the command wants is so.
func (r *Reply) OK() bool { return r.Code == Done || r.Code == Repeated }
