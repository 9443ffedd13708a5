// Package incident defines what people work on, and the store that keeps it.
//
// An incident joins the episodes of one fault: those of one signal, the messages of logs that speak of the same, and what else is in
// trouble near in place and time. Only the notifier writes incidents; everybody may read them.
//
// What the package guarantees:
//
//  1. An incident changes by compare-and-set only: of two writers that read the same revision, one fails
//     with [ErrConflict] and nothing of it is kept.
//  2. The same finding always gives the same incident id ([NewID]), so that a replay finds what it made.
//  3. Ids sort by the time of opening, so that a page of the newest needs no index.
//  4. Every change is also an [Event] on the stream INC, the audit trail, with the message id
//     <incident>.<version>; publishing it again changes nothing.
//  5. What cannot be read ([ErrUnreadable]) holds up nothing else: lists count it and go on, and nobody removes it.
//
// A reader:
//
//	store := incident.NewStore(kv) // the bucket [bus.BucketIncident]
//	page, err := store.List(ctx, incident.Query{State: incident.Open, Limit: 50})
package incident

import (
	"time"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// SchemaVersion is the version of the JSON form; a reader refuses newer ones.
const SchemaVersion = 1

// Bounds that keep an incident far below the bus' largest message, whatever findings say.
const (
	// MaxTimeline is how many changes an incident keeps; the stream INC has them all.
	MaxTimeline = 200
	// MaxEpisodes is how many episodes one incident joins.
	MaxEpisodes = 50
	// MaxConfirmations is how many messages an incident remembers.
	MaxConfirmations = 10
	// MaxCauses is how many causes an incident shows.
	MaxCauses = 3
	// MaxPlaces is under how many places an open incident is found.
	MaxPlaces = 128
	// MaxMerged is how many incidents that were merged into one it names.
	MaxMerged = 50
	// maxSize is the most bytes that an incident takes in the store; the bus takes messages of 1 MiB.
	maxSize = 700 << 10
)

// State says whether the danger is there, as the pipeline sees it; what people do about it is [Work], and both together are a [Stage].
type State string

// The states.
const (
	Open     State = "open"
	Resolved State = "resolved"
)

// Incident is one fault, predicted or present, from its opening to its end.
type Incident struct {
	Schema int `json:"schema"`
	// ID sorts by time of opening.
	ID    string `json:"id"`
	State State  `json:"state"`
	// Work is what people do about it.
	Work Work `json:"work,omitzero"`
	// Version counts the changes, from 1. With ID it names one change: deliveries and events derive their ids from it.
	Version int          `json:"version"`
	Kind    finding.Kind `json:"kind"`
	// Resource is what a message of a log is about, of an incident of that kind.
	Resource finding.Resource `json:"resource,omitempty"`
	Severity finding.Severity `json:"severity"`
	// Worst is the highest severity since the incident opened.
	Worst  finding.Severity `json:"worst"`
	Entity entity.Entity    `json:"entity"`
	Signal string           `json:"signal"`
	Series string           `json:"series"`

	OpenedAt   time.Time  `json:"opened_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	ResolvedAt *time.Time `json:"resolved_at,omitempty"`
	// Reopened counts how often it came back soon after it was resolved; ReopenedAt is the last such time.
	Reopened   int        `json:"reopened,omitempty"`
	ReopenedAt *time.Time `json:"reopened_at,omitempty"`

	Title       i18n.Text          `json:"title"`
	Message     i18n.Text          `json:"message"`
	Advice      i18n.Text          `json:"advice"`
	Evidence    []finding.Evidence `json:"evidence,omitempty"`
	Probability float64            `json:"probability"`
	Horizons    finding.Horizons   `json:"horizons"`
	ETA         finding.ETA        `json:"eta"`
	Used        float64            `json:"used"`
	Limit       float64            `json:"limit"`
	Unit        string             `json:"unit"`

	// Predicted is what was predicted when it opened (again); nil if it was opened for what was there already.
	Predicted *Prediction `json:"predicted,omitempty"`
	// Outcome is what became of it, as the samples tell: nil while it is open and its limit was not reached. What people
	// say of it later is theirs, and is not written here.
	Outcome *finding.Outcome `json:"outcome,omitempty"`

	// ConfirmedBy are the messages of logs that joined, the first one first, at most MaxConfirmations: of a prediction's incident those
	// that say that it has come true, of a message's incident further ones about the same resource.
	ConfirmedBy []Confirmation `json:"confirmed_by,omitempty"`

	// Checks are the four checks of the business transaction that it is about, made when it opened last; nil if it is about none, or they
	// are still being made. ChecksVersion is the change that brought them.
	Checks        *checks.Report `json:"checks,omitempty"`
	ChecksVersion int            `json:"checks_version,omitempty"`
	// Causes are the likeliest causes among the troubles of this incident, the likeliest first, at most MaxCauses. They are likely, and
	// never proven.
	Causes []Cause `json:"causes,omitempty"`
	// MergedInto is the incident that goes on in place of this one, which was found to be of the same fault; "" if there is none.
	// Merged are those that this one has taken over, the first one first, at most MaxMerged.
	MergedInto string   `json:"merged_into,omitempty"`
	Merged     []string `json:"merged,omitempty"`
	// Places are the places of the topology under which it is found while it is open: where its troubles are, and what these rest on
	// or are part of.
	Places []string `json:"places,omitempty"`

	// Episodes are the episodes of this incident, the first one first, at most MaxEpisodes: the oldest that is over makes room.
	Episodes []string `json:"episodes"`
	// Marks say how far each of Episodes has been applied, in the same order.
	Marks []Mark `json:"marks"`
	// LastFinding is the id of the newest finding applied, which makes applying it again a no-op.
	LastFinding string `json:"last_finding"`
	// Notified is what people were last told, or would have been, nil if nothing yet.
	Notified *Notice `json:"notified,omitempty"`
	// Aware are those who were told since it opened last.
	Aware []Told `json:"aware,omitempty"`
	// Held is why people are not told; nil if they are. Released is the change by which that ended last.
	Held     *Hold `json:"held,omitempty"`
	Released int   `json:"released,omitempty"`
	// Timeline holds the newest MaxTimeline changes, oldest first.
	Timeline []Change `json:"timeline,omitempty"`

	// Revision is the store's token for compare-and-set; 0 if the incident was not read from the store.
	Revision uint64 `json:"-"`
}

// Prediction is what was predicted at one time.
type Prediction struct {
	Time        time.Time        `json:"time"`
	Probability float64          `json:"probability"`
	Horizons    finding.Horizons `json:"horizons"`
	ETA         finding.ETA      `json:"eta"`
	// Calibration is the version of the table that it was corrected by.
	Calibration uint64 `json:"calibration"`
}

// Fault names what is wrong and with what: one open incident per fault.
func (i *Incident) Fault() string { return Fault(i.Kind, i.Signal) }

// FaultOf returns the fault of the k-th of i.Episodes.
func (i *Incident) FaultOf(k int) string {
	switch m := &i.Marks[k]; {
	case m.Trouble != nil:
		return Fault(m.Trouble.Kind, m.Trouble.Signal)
	case m.Fault != "":
		return m.Fault
	}
	return i.Fault()
}

// Unheard reports whether i was closed because nothing was heard of it, which does not say that it is over.
func (i *Incident) Unheard() bool {
	return i.State == Resolved && i.Notified != nil && i.Notified.Reason == ReasonUnheard
}

// Fault returns the name of the fault of a kind on a signal.
func Fault(kind finding.Kind, signal string) string { return string(kind) + " " + signal }

// ConfirmedBy is the name of the evidence that a message which joined gives as long as it is written.
const ConfirmedBy = "confirmed_by"

// EvidenceCheck begins the names of the evidence that tells the result of one of the four checks, of a finding that was published with them.
const EvidenceCheck = "check_"

// Confirmation is a message of a log that joined an incident.
type Confirmation struct {
	// Signal is that of its findings, by which it is told from others.
	Signal   string           `json:"signal"`
	Resource finding.Resource `json:"resource,omitempty"`
	Severity finding.Severity `json:"severity"`
	Title    i18n.Text        `json:"title"`
	// Message says who wrote what, with the newest entry that was told, without secrets.
	Message i18n.Text `json:"message"`
	// Entries is how many there were when it was last told.
	Entries float64 `json:"entries"`
	// Since and LastAt are the times of the first and the newest finding; StoppedAt is when it had not come for long enough,
	// nil while it goes on.
	Since     time.Time  `json:"since"`
	LastAt    time.Time  `json:"last_at"`
	StoppedAt *time.Time `json:"stopped_at,omitempty"`
}

// Mark is how far one episode has been applied to its incident.
type Mark struct {
	// Finding is the id of the episode's newest applied finding, Time its time, Version the change that it made.
	Finding string    `json:"finding"`
	Time    time.Time `json:"time"`
	Version int       `json:"version"`
	// Ended says that the episode is over: resolved, or followed by another one of the same fault.
	Ended bool `json:"ended,omitempty"`
	// Fault is that of the episode where Trouble does not tell it; "" is the incident's, as written before episodes of other faults
	// could join.
	Fault string `json:"fault,omitempty"`
	// Severity is what the episode said last.
	Severity finding.Severity `json:"severity,omitempty"`
	// Note says that the episode is too slight for an incident: it may be the cause, and keeps nothing open.
	Note bool `json:"note,omitempty"`
	// Trouble is what the episode is about; nil as written before it was kept.
	Trouble *Trouble `json:"trouble,omitempty"`
}

// Reason says why a change is told to people.
type Reason string

// The reasons for telling people.
const (
	ReasonOpened   Reason = "opened"
	ReasonReopened Reason = "reopened"
	ReasonRaised   Reason = "raised"
	ReasonMoved    Reason = "moved"
	ReasonResolved Reason = "resolved"
	// ReasonCause: another cause than the one that was told is likelier now.
	ReasonCause Reason = "cause"
	// ReasonUnheard: it is closed because nothing is heard of it any more, which does not say that it is over.
	ReasonUnheard Reason = "unheard"
	// ReasonExamined: the four checks of the transaction that it is about have been made.
	ReasonExamined Reason = "examined"
	// ReasonUndelivered: another channel could not tell of it. ReasonTest: nothing has happened, somebody tries a channel. Neither is a
	// change of an incident.
	ReasonUndelivered Reason = "undelivered"
	ReasonTest        Reason = "test"
	// ReasonUnacknowledged: nobody has acknowledged it since people were told last.
	ReasonUnacknowledged Reason = "unacknowledged"
)

// Notice is what people were told: one change, as it was queued for delivery.
type Notice struct {
	Version  int              `json:"version"`
	Time     time.Time        `json:"time"`
	Reason   Reason           `json:"reason"`
	Severity finding.Severity `json:"severity"`
	P50      *time.Time       `json:"p50,omitempty"`
	// Was is the P50 that people had been told before, of a forecast that moved.
	Was *time.Time `json:"was,omitempty"`
	// Count is how many times people have been told again, of a reminder.
	Count int `json:"count,omitempty"`
	// Cause is the fault that was the likeliest cause then.
	Cause string `json:"cause,omitempty"`
	// Channels are the names of the channels that it was queued for, Told the same with whom it was for; nil as written before people
	// were named.
	Channels []string `json:"channels,omitempty"`
	Told     []Told   `json:"told,omitempty"`
	// Held says that nobody was told, because the incident was held ([Incident.Held]).
	Held bool `json:"held,omitempty"`
}

// Change is one line of an incident's timeline.
type Change struct {
	Time    time.Time        `json:"time"`
	Version int              `json:"version"`
	Action  Action           `json:"action"`
	Level   finding.Severity `json:"severity"`
	Actor   string           `json:"actor"`
	Text    i18n.Text        `json:"text"`
	// Signal is that of the message which joined, or which a prediction joined, if the change tells of that.
	Signal string `json:"signal,omitempty"`
	// Command is the id of the command that made the change, Note what its actor wrote.
	Command string `json:"command,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Event is what the stream INC carries for each change: the incident as it was after it, without its timeline.
type Event struct {
	Schema   int      `json:"schema"`
	ID       string   `json:"id"` // <incident>.<version>
	Change   Change   `json:"change"`
	Incident Incident `json:"incident"`
}
