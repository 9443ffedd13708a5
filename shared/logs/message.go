package logs

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/query"
)

// Message is a known message that goes on: one of the dictionary of signatures that an entity has written of late.
type Message struct {
	// Signal is that of its findings: "log-<signature>/<entity>".
	Signal    string        `json:"signal"`
	Signature string        `json:"signature"`
	Entity    entity.Entity `json:"entity"`
	// Count is how many entries it was found in since First; Last is when the newest was written.
	Count uint64    `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Sample is an entry, redacted.
	Sample string `json:"sample"`
}

// ReadMessages reads all known messages that go on at one worker.
func ReadMessages(ctx context.Context, ask query.Ask) (all []Message, err error) {
	err = read(ctx, ask, Request{Messages: true}, func(p Page) { all = append(all, p.Messages...) })
	return all, err
}
