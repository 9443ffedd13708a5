package signal

import (
	"math"
	"strings"
	"testing"
)

func TestExpression(t *testing.T) {
	inputs := []string{"a", "b_2", "zero", "gone"}
	values := []float64{6, 4, 0, math.NaN()}
	f := func(text string, want float64) {
		t.Helper()
		e, err := parseExpression(text, inputs)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		got, ok := e.eval(values)
		if ok == math.IsNaN(want) || ok && got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, ok, want)
		}
	}
	no := math.NaN()
	f("a", 6)
	f(" a - b_2 ", 2)
	f("a-b_2-1", 1)
	f("a / b_2 / 2", 0.75)
	f("a - b_2 * 2", -2)
	f("(a - b_2) * 2", 4)
	f("-a + -(-b_2)", -2)
	f("- -a", 6)
	f("1.5e3 + .5", 1500.5)
	f("2e-1*10", 2)
	f("100 * (a - b_2) / a", 100.0/3)
	f("a / zero", no)
	f("1 / (1 / zero)", no)
	f("zero / zero", no)
	f("a + gone", no)
	f("zero * gone", no)
	f("1e308 * 10", no)
	f("gone ? a", 6)
	f("gone ? gone ? b_2", 4)
	f("zero ? a", 0)
	f("a - gone ? b_2 * 2", -2)
	f("gone ? gone", no)
	f(strings.Repeat("(", maxDepth-1)+"a"+strings.Repeat(")", maxDepth-1), 6)
	f(strings.Repeat("a+a*gone?(", maxDepth-1)+"a"+strings.Repeat(")", maxDepth-1), 6*(math.Pow(6, maxDepth)-1)/5)
	f(strings.Repeat("a+a*(", maxDepth-1)+"a"+strings.Repeat(")", maxDepth-1), 6*(math.Pow(6, maxDepth)-1)/5)
}

func TestExpressionErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := parseExpression(text, []string{"size", "avail"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: the error is %v; want %q in it", text, err, want)
		}
	}
	f("", "column 1: the expression ends where a number, an input's name or a parenthesis must be")
	f("size -", "column 7: the expression ends where a number")
	f("size avail", `column 6: "avail" where an operator`)
	f("sice - avail", `column 1: there is no input "sice" (inputs: size, avail)`)
	f("(size", `column 6: the expression ends where ")"`)
	f("size)", `column 5: ")" where an operator`)
	f("1.2.3", `column 1: "1.2.3" where a number`)
	f("1e999", `where a number`)
	f("2e", `column 2: "e" where an operator`)
	f("size % 2", "where an operator")
	f("Size", "where a number, an input's name")
	f("\xff", "where a number, an input's name")
	f(strings.Repeat("(", 300), "levels of parentheses")
	f(strings.Repeat("-", 300), "levels of parentheses")
	f(strings.Repeat("1+", 300)+"1", "601 bytes are too long")
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"a - b", "100*(a-b)/a", "-(-a)", "1e3+.5", "((((a))))", "a/0", "a a", "1..2", "e", "1e", "a-", "数"} {
		f.Add(s, 1.0, 2.0)
	}
	f.Add("a/b", 0.0, math.Inf(1))
	f.Fuzz(func(t *testing.T, text string, a, b float64) {
		e, err := parseExpression(text, []string{"a", "b"})
		if err != nil {
			return
		}
		v, ok := e.eval([]float64{a, b})
		if ok && !finite(v) {
			t.Fatalf("%q is %v", text, v)
		}
		again, err := parseExpression(" ( "+text+" ) ", []string{"a", "b"})
		if err != nil {
			return // now too deep or too long
		}
		if w, same := again.eval([]float64{a, b}); same != ok || ok && w != v {
			t.Fatalf("%q is %v, in parentheses %v", text, v, w)
		}
	})
}
