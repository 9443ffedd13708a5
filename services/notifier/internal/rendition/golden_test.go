package rendition_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/rendition"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

var update = flag.Bool("update", false, "write the golden files")

func printer(t testing.TB) *rendition.Printer {
	t.Helper()
	p, err := rendition.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestGolden compares every form in both languages with what it was.
func TestGolden(t *testing.T) {
	p := printer(t)
	for _, l := range i18n.Languages() {
		for _, name := range []string{week, month, all, calm, first, blind} {
			paper := paper(t, l, name)
			doc, err := p.Document(paper, "digest")
			if err != nil {
				t.Fatal(err)
			}
			forms := map[string][]byte{"txt": []byte(doc.Plain)}
			if name == week || name == month {
				forms["html"], forms["md"] = []byte(doc.HTML), []byte(doc.Markdown)
			}
			if l == i18n.Chinese && name == week { // one sheet and one picture will do
				forms["pdf"], forms["png"] = doc.Files[0].Data, doc.Images[0].PNG
			}
			for kind, data := range forms {
				golden(t, filepath.Join("testdata", name+"."+string(l)+"."+kind), data)
			}
		}
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(want, got) {
		return
	}
	if utf8.Valid(got) {
		t.Errorf("%s (-want +got):\n%s", file, cmp.Diff(string(want), string(got)))
		return
	}
	t.Errorf("%s differs: %d bytes, want %d; look at it and run with -update", file, len(got), len(want))
}

// TestThreeLinesSuffice: what a phone shows first says risk, date, change, close, purchase and score.
func TestThreeLinesSuffice(t *testing.T) {
	lead := paper(t, i18n.English, week).Lead
	if len(lead) != 3 {
		t.Fatalf("%d lines: %q", len(lead), lead)
	}
	for i, want := range []string{"/u01 on erp-01", "Month end", "Buy 40.0 GiB"} {
		if !strings.Contains(lead[i], want) {
			t.Errorf("line %d is %q, which lacks %q", i, lead[i], want)
		}
	}
}

// TestCardFits: however short the limit, a card is valid text, keeps its link, and ends with a whole line.
func TestCardFits(t *testing.T) {
	for _, l := range i18n.Languages() {
		p := paper(t, l, month)
		whole := rendition.Markdown(p, 1<<20)
		for limit := 300; limit < len(whole)+20; limit += 7 {
			card := rendition.Markdown(p, limit)
			link := "(" + p.URL + ")"
			if len(card) > limit || !utf8.ValidString(card) || !strings.HasSuffix(card, link) {
				t.Fatalf("limit %d: %d bytes, ends %q", limit, len(card), card[max(0, len(card)-80):])
			}
			body := strings.TrimSpace(card[:strings.LastIndex(card, "[")])
			if !strings.HasPrefix(whole, body) {
				t.Fatalf("limit %d: is no beginning of the whole", limit)
			}
			if rest := whole[len(body):]; rest != "" && rest[0] != '\n' {
				t.Fatalf("limit %d: a line is cut before %.20q", limit, rest)
			}
			last := body[strings.LastIndex(body, "\n")+1:]
			if strings.HasPrefix(last, "####") {
				t.Fatalf("limit %d: ends with a title: %q", limit, last)
			}
		}
	}
}

// TestHostileWords: nothing that systems are called becomes markup.
func TestHostileWords(t *testing.T) {
	p := paper(t, i18n.English, week)
	evil := "<script>alert(1)</script>[x](http://evil.example) @all \u202e\n# y"
	p.Lead[0], p.Sections[0].Rows[0][0].Text, p.Sections[0].Rows[0][0].URL = evil, evil, "javascript:alert(1)"
	doc, err := printer(t).Document(p, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "javascript:", "\u202e"} {
		for form, text := range map[string]string{"html": doc.HTML, "text": doc.Plain, "markdown": doc.Markdown} {
			if form != "text" && strings.Contains(text, bad) || bad == "\u202e" && strings.Contains(text, bad) {
				t.Errorf("%q is in the %s", bad, form)
			}
		}
	}
	if strings.Contains(doc.Markdown, "](http://evil") || strings.Contains(doc.Markdown, "@all") {
		t.Error("a link or a mention is in the card")
	}
}

// TestSheetIsOnePage: however much there is, and however long its words are.
func TestSheetIsOnePage(t *testing.T) {
	p := paper(t, i18n.Chinese, month)
	for range 4 {
		p.Sections = append(p.Sections, p.Sections...)
	}
	p.Sections[0].Rows[0][0].Text = strings.Repeat("没有空格的很长名称", 60)
	p.Sections[0].Rows[0][1].Text = strings.Repeat("x", 500)
	sheet, err := printer(t).PDF(p)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(sheet, []byte("/Type /Page ")); n != 1 {
		t.Errorf("%d pages", n)
	}
}

// FuzzPrint: whatever a paper says, every form can be printed.
func FuzzPrint(f *testing.F) {
	data, err := json.Marshal(digest.Paper{Language: "en", Title: "t", Lead: []string{"a"}, Sections: []digest.Section{{Title: "s", Rows: [][]digest.Cell{{{Text: "x"}}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	p := printer(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var paper digest.Paper
		if json.Unmarshal(data, &paper) != nil {
			return
		}
		card := rendition.Markdown(&paper, rendition.MaxCard)
		if paper.URL == "" && len(card) > rendition.MaxCard || !utf8.ValidString(card) || !utf8.ValidString(rendition.Text(&paper)) {
			t.Errorf("card of %d bytes", len(card))
		}
		if _, err := p.Print(&paper, digest.PDF); err != nil && len(paper.Sections) == 0 {
			t.Error(err)
		}
	})
}
