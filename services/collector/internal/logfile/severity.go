package logfile

import (
	"strings"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// severityWindow is how much of an entry is looked at: what is said later is text, not its level.
const severityWindow = 256

// severities are the words that log libraries write for levels.
var severities = map[string]telemetry.Severity{
	"FATAL": telemetry.SeverityFatal, "CRITICAL": telemetry.SeverityFatal, "CRIT": telemetry.SeverityFatal,
	"EMERG": telemetry.SeverityFatal, "EMERGENCY": telemetry.SeverityFatal, "ALERT": telemetry.SeverityFatal,
	"PANIC": telemetry.SeverityFatal, "DPANIC": telemetry.SeverityFatal,
	"ERROR": telemetry.SeverityError, "ERR": telemetry.SeverityError, "SEVERE": telemetry.SeverityError,
	"WARN": telemetry.SeverityWarn, "WARNING": telemetry.SeverityWarn,
	"INFO": telemetry.SeverityInfo, "NOTICE": telemetry.SeverityInfo, "INFORMATION": telemetry.SeverityInfo,
	"DEBUG": telemetry.SeverityDebug, "FINE": telemetry.SeverityDebug, "CONFIG": telemetry.SeverityDebug,
	"TRACE": telemetry.SeverityTrace, "FINER": telemetry.SeverityTrace, "FINEST": telemetry.SeverityTrace,
}

// chinese are words that Chinese products write for levels; they need no boundary.
var chinese = []struct {
	word     string
	severity telemetry.Severity
}{
	{"致命", telemetry.SeverityFatal},
	{"严重", telemetry.SeverityError},
	{"错误", telemetry.SeverityError},
	{"警告", telemetry.SeverityWarn},
	{"信息", telemetry.SeverityInfo},
}

// severityOf returns the level that the entry's first line names: the first known word in capitals
// ("2026-01-02 ERROR …"), or in any case where punctuation sets it apart ("[error]", "level=warn",
// "\"level\":\"info\""). Prose ("no error found") is no level.
func severityOf(text string) telemetry.Severity {
	text, _, _ = strings.Cut(text[:min(len(text), severityWindow)], "\n")
	for i := 0; i < len(text); {
		if !letter(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && letter(text[end]) {
			end++
		}
		if s, ok := level(text, i, end); ok {
			return s
		}
		i = end
	}
	for _, c := range chinese {
		if strings.Contains(text, c.word) {
			return c.severity
		}
	}
	return telemetry.SeverityUnspecified
}

// level judges the word text[i:end].
func level(text string, i, end int) (telemetry.Severity, bool) {
	if end-i > len("INFORMATION") {
		return 0, false
	}
	word := text[i:end]
	upper := strings.ToUpper(word)
	s, ok := severities[upper]
	return s, ok && (word == upper || setApart(text, i, end))
}

// setApart reports whether punctuation stands on the word's left, and on its right anything but prose.
func setApart(text string, i, end int) bool {
	if i == 0 || !strings.ContainsRune("[=<\"'|:(", rune(text[i-1])) {
		return false
	}
	return end == len(text) || strings.ContainsRune("]>\"'|:), \t", rune(text[end]))
}

func letter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }
