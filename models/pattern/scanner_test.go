package pattern

import (
	"strings"
	"testing"
)

// masked returns what people see of a masked line.
func masked(s *scanner, line string, limit int) string {
	return strings.ReplaceAll(string(s.mask([]byte(line), limit)), "\x00", holeText)
}

func TestMask(t *testing.T) {
	var s scanner
	f := func(line, want string) {
		t.Helper()
		if got := masked(&s, line, 2048); got != want {
			t.Errorf("%q\n got %q\nwant %q", line, got, want)
		}
	}
	// Numbers: signs, separators and units belong to them.
	f("slot 10", "slot <*>")
	f("delta -3 and +4", "delta <*> and <*>")
	f("took 0.37 s, 1,234,567 rows", "took <*> s, <*> rows")
	f("took 15ms of 1h30m at 95%", "took <*> of <*> at <*>%")
	f("size 67.1MB x 1024x768", "size <*> x <*>")
	f("id=5,age=-7;code=1e-9", "id=<*>,age=<*>;code=<*>")
	f("a - b -> c", "a - b -> c")
	// Hexadecimal.
	f("mask 0xFF at 0022bee1 deadbeef", "mask <*> at <*> <*>")
	f("added facade decade", "added facade decade")
	f("sha 9f86d081884c7d65", "sha <*>")
	// UUIDs and addresses, also those without a decimal digit in some part.
	f("batch deadbeef-cafe-4bad-babe-feedfacefade ok", "batch <*> ok")
	f("from 10.0.0.1:8080 to /10.2.3.4", "from <*> to <*>")
	f("via fe80::1ff:fe23:4567:890a port", "via <*> port")
	f("via ::1 and 2001:db8:0:0:0:0:2:1.", "via <*> and <*>.")
	f("mac aa:bb:cc:dd:ee:ff or AA-BB-CC-DD-EE-0F", "mac <*> or <*>")
	f("wwn 50:06:01:60:3b:a0:12:34", "wwn <*>")
	f("std::string and add: dad", "std::string and add: dad")
	// Times.
	f("2026-03-02T08:15:30.123+08:00 up", "<*> up")
	f("at Fri Jun 17 07:07:00 2005", "at <*>")
	f("Sun, 04 Dec 2005 04:47:44 GMT", "<*> <*> GMT")
	f("[02/Mar/2026:08:15:31 +0800] x", "[<*> <*>] x")
	f("Jun 14 15:16:01 combo", "<*> combo")
	f("02-MAR-2026 08:15:31", "<*> <*>")
	f("Jul 01 08:16:53 PDT 2005", "<*>")
	f("at 10:15 PM sharp", "at <*> sharp")
	f("may 5 Mayor Marion on Monday", "may <*> Mayor Marion on Monday")
	f("<2026-3-2 上午10时05分03秒 CST>", "<<*> <*>时<*>分<*>秒 CST>")
	// Paths and URLs.
	f("open /var/log/app.log: denied", "open <*>: denied")
	f("./a.out or ~/x or ../y/z or C:\\temp\\a.txt or \\\\srv\\share\\f", "<*> or <*> or <*> or <*> or <*>")
	f("GET /a/b?x=1&y=c%20d HTTP", "GET <*> HTTP")
	f("see https://example.com/a?b=c#d.", "see <*>.")
	f("in Main.java:12 read/write 4 kB/s", "in Main.java:<*> read/write <*> kB/s")
	f("写入/data/凭证/三月.xlsx失败", "写入<*>失败")
	f("/ and //", "/ and //")
	// Identifiers.
	f("blk_-123 blk_9", "blk_<*> blk_<*>")
	f("attempt_1445144423722_0020_m_000001_0 done", "attempt_<*> done")
	f("eth0 tty2 worker-17 node03.example.com", "eth<*> tty<*> worker-<*> node<*>.example.com")
	f("log4j OAuth2Token i18n", "log4j OAuth2Token i18n")
	f("x@8a2a501 #12", "x@<*> #<*>")
	f("ORA-01555: snapshot <BEA-000337> INV-0001 paid", "ORA-01555: snapshot <BEA-000337> INV-<*> paid")
	// Quoted strings, but not the words of structured logs, nor apostrophes.
	f(`user "John Smith" can't 'x y' won't`, `user "<*>" can't '<*>' won't`)
	f(`{"level":"info","msg":"link down","n":5}`, `{"level":"info","msg":"link down","n":<*>}`)
	f(`level=warn msg="link down" port=5`, `level=warn msg="link down" port=<*>`)
	f(`a "b c`, `a "b c`)
	f(`数据源“erpDS”满，见《手册》`, `数据源“<*>”满，见《<*>》`)
	// Empty values are values, calls are not.
	f("user= uid=0 name=,x init() () [] {}", "user=<*> uid=<*> name=<*>,x init() (<*>) [<*>] {<*>}")
	f("a = b, c == d", "a = b, c == d")
	// Lists are one thing from two on.
	f("del blk_1 blk_2 blk_3 blk_4 blk_5 end", "del blk_<*> blk_<*> end")
	f("ha ha ha ha ha", "ha ha ha ha ha")
	// Gaps, colours, controls, byte order marks.
	f("  a\t\tb  \u3000c ", "a b c")
	f("\x1b[1;31mERROR\x1b[0m \x1b]0;title\x07x", "ERROR x")
	f("\ufeffstart\x00\x01end\x7f", "start end")
	// Chinese.
	f("凭证号记-0012保存成功，金额：-3,000.50", "凭证号记-<*>保存成功，金额：<*>")
	f("共１２３条", "共<*>条")
	// What is no text.
	f("bad \xff\xfe\x80 bytes\xc3", "bad <*> bytes<*>")
	f("", "")
	f("   ", "")
	f("masked <*> before eth<*>", "masked <*> before eth<*>")
}

func TestLongLines(t *testing.T) {
	var s scanner
	if got, want := masked(&s, strings.Repeat("x", 3000), 64), strings.Repeat("x", 64)+holeText; got != want {
		t.Errorf("a long word is masked as %q, want %q", got, want)
	}
	m := newMiner(t, DefaultConfig())
	long := func(last string) []byte { return []byte(strings.Repeat("word ", 300) + last) }
	if one, two := m.Add(long("up")), m.Add(long("down")); one.ID != two.ID || !strings.HasSuffix(one.Text, "word <*>") {
		t.Errorf("lines that differ behind the last word that counts are %q and %q", one.Text, two.Text)
	}
	if match := m.Add(append(long(""), make([]byte, 2<<20)...)); match.ID != m.Find(long("")).ID {
		t.Errorf("two megabytes more make it %q", match.Text)
	}
}

// FuzzMask: any bytes are survived, and what is masked stays as it is when it is masked again.
func FuzzMask(f *testing.F) {
	for _, line := range everything(f) {
		f.Add(line)
	}
	for _, line := range []string{"", "<*>-<*>:-5", "\"a\\\"b\" 'x", "=() =[] a= ", "\x1b[", "\x1b]", "Fri Jun 5", "::1", "上午5", "/", "“a”", "\xe4\xb8", "a_1_", "AB-123: AB-<*>:", "0 AM0"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var s scanner
		once := masked(&s, string(line), 1<<14)
		if len(line) > 1<<12 {
			return // the mark is longer than what it stands for
		}
		if twice := masked(&s, once, 1<<14); twice != once {
			t.Errorf("%q is masked as %q, and that as %q", line, once, twice)
		}
	})
}
