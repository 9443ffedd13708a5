package i18n

import (
	"strings"
	"testing"
	"unicode"
)

func TestLine(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		if got := Line(s); got != want {
			t.Errorf("Line(%q) = %q, want %q", s, got, want)
		}
	}
	f(" a\t b\r\nc ", "a b c")
	f("/mnt/\x1b]0;owned\a\x1b[2J", "/mnt/]0;owned[2J")
	f("a\u202eb\u200bc\u2028d", "abc d")
	f("a\xff\ufffdb\u009b2Jc", "ab2Jc")
	f("磁盘 已满", "磁盘 已满")
}

func FuzzLine(f *testing.F) {
	f.Add("/mnt/\x1b[2J\n")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Line(s)
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) || Line(got) != got {
			t.Errorf("Line(%q) = %q", s, got)
		}
	})
}
