package peer

import (
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
)

// Quote returns what an error may show of a peer's words: one line of at most 120 characters, in which nothing acts, and none of
// the secrets.
func Quote(words string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			words = strings.ReplaceAll(words, s, "***")
		}
	}
	return message.CutRunes(message.Escape(words), 120)
}
