package message

import (
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// Tone is how urgent a message is: its colour, where a platform has colours, beside the words of its first line, which say the
// same to those who see no colours.
type Tone string

// The tones.
const (
	ToneCritical Tone = "critical"
	ToneWarning  Tone = "warning"
	ToneInfo     Tone = "info"
	ToneResolved Tone = "resolved"
	// ToneUnheard is of what was closed and is not known to be over.
	ToneUnheard Tone = "unheard"
)

func toneOf(i *incident.Incident, why incident.Reason) Tone {
	switch {
	case why == incident.ReasonResolved:
		return ToneResolved
	case why == incident.ReasonUnheard:
		return ToneUnheard
	case i.Severity == finding.Critical:
		return ToneCritical
	case i.Severity == finding.Warning:
		return ToneWarning
	}
	return ToneInfo
}

// Symbol returns a sign that is told from the others by its shape, "" for no tone.
func (t Tone) Symbol() string {
	return map[Tone]string{ToneCritical: "⛔", ToneWarning: "⚠️", ToneInfo: "ℹ️", ToneResolved: "✅", ToneUnheard: "❔"}[t]
}
