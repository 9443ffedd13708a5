package chart_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/machinetest"
)

// paper returns a document with text in both languages, a picture with veils and a link.
func paper(t testing.TB) []byte {
	t.Helper()
	r, err := chart.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := r.NewDocument("风险周报 (47)", i18n.Chinese, 595.28, 841.89)
	ink := color.NRGBA{A: 255}
	d.Text(40, 60, 18, ink, "风险周报：总账表空间将耗尽 / LEDGER_DATA 91 %")
	var all strings.Builder // more than one font holds
	for c := rune(0x4E00); c < 0x4E00+600; c++ {
		all.WriteRune(c)
	}
	d.Text(40, 90, 2, ink, all.String())
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	end := at.Add(48 * time.Hour)
	p := chart.Chart{
		Frame:    chart.Frame{Title: "/u01", Language: i18n.Chinese},
		History:  chart.Series{Times: []time.Time{at.Add(-72 * time.Hour), at}, Values: []float64{50, 80}},
		Limit:    chart.Series{Times: []time.Time{at}, Values: []float64{100}},
		Forecast: chart.Forecast{At: at, Times: []time.Time{at, end}, Median: []float64{80, 100}, Low80: []float64{80, 90}, High80: []float64{80, 110}},
	}
	if err := d.Picture(40, 120, 0.7, p); err != nil {
		t.Fatal(err)
	}
	d.Link(40, 120, 200, 40, "https://forewarn.example/digest/2026-W47?team=a(b)")
	d.AddPage()
	d.Text(40, 60, 10, ink, "page two")
	data, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDocument: the table of the file leads to its objects, all streams unpack, and the same calls give the same bytes.
func TestDocument(t *testing.T) {
	data := paper(t)
	if again := paper(t); !bytes.Equal(data, again) {
		t.Error("the same calls give other bytes")
	}
	start, err := strconv.Atoi(string(regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(data)[1]))
	if err != nil || !bytes.HasPrefix(data[start:], []byte("xref\n")) {
		t.Fatalf("the table is not at %d: %v", start, err)
	}
	offsets := regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`).FindAllSubmatch(data[start:], -1)
	for i, m := range offsets {
		at, err := strconv.Atoi(string(m[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); err != nil || !bytes.HasPrefix(data[at:], []byte(want)) {
			t.Fatalf("object %d is not at %d", i+1, at)
		}
	}
	var text strings.Builder
	for _, part := range bytes.Split(data, []byte("\nstream\n"))[1:] {
		z, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, z); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"/F0 18 Tf", "/F2 2 Tf", "<00> <98CE>", "/A64 gs"} { // 98CE is 风
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in the streams", want)
		}
	}
	if !bytes.Contains(data, []byte("/Count 2")) || !bytes.Contains(data, []byte("/Lang (zh-CN)")) {
		t.Error("pages or language are missing")
	}
}

// TestDocumentIsRead: another program finds its words again.
func TestDocumentIsRead(t *testing.T) {
	reader := machinetest.Program(t, "pdftotext", "poppler-utils")
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, paper(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), reader, "-layout", file, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"风险周报：总账表空间将耗尽 / LEDGER_DATA 91 %", "一丁丂", "page two", "预测"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in %.400s", want, out)
		}
	}
}

func TestDocumentWithoutPages(t *testing.T) {
	r, err := chart.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.NewDocument("x", "", 100, 100).Bytes(); err == nil {
		t.Error("written without a page")
	}
}
