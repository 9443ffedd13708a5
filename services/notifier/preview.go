package notifier

import (
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Preview returns the message that a channel would carry of what people were told of an incident last, as lines of plain
// text without control characters; "" if there is nothing to tell. Without consoleURL it has no link; a nil zone is local
// time. It sends nothing.
func Preview(i *incident.Incident, lang i18n.Language, zone *time.Location, consoleURL string) string {
	if i.Notified == nil {
		return ""
	}
	return message.Reader{Language: lang, Zone: zone, ConsoleURL: consoleURL}.Render(i, i.Notified.Reason).Plain()
}
