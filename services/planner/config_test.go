package planner

import (
	"math"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/signal"
)

// TestConfig: what is wrong is told with key, value, rule and remedy, all at once.
func TestConfig(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Fatalf("the default: %v", err)
	}
	c.Drivers = []Driver{
		{Name: "vouchers", Query: `sum(increase(erp_vouchers_total[1d]))`, Rules: []string{"filesystem-space"}, Entities: "volume:erp-.*"},
		{Name: "用户", Query: "erp_users"},
	}
	if err := c.Validate(); err != nil {
		t.Fatalf("two drivers: %v", err)
	}
	c = Config{
		Confidence: math.NaN(), ReserveMonths: 25, Headroom: 1, YearEnd: 0,
		Drivers: []Driver{
			{Name: "quarter end", Query: "sum(", Entities: "("},
			{Name: "users", Query: "x[1d]"},
			{Name: "users", Query: `"text"`, Rules: []string{""}},
		},
	}
	err := c.Validate()
	for _, want := range []string{
		"confidence: NaN is out of range; set 0.5 to 0.999", "reserve_months: 25", "headroom: 1 is no share", "year_end: 0 is no month",
		`drivers[0].name: "quarter end" is no name`, `drivers[0].query: "sum(" is no PromQL`, `drivers[0].entities: "(" is no regular expression`,
		`drivers[1].query: "x[1d]" gives a range vector`, `drivers[2].name: "users" is there twice`, `drivers[2].query`, `drivers[2].rules[0]`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
}

func TestRulesAreChecked(t *testing.T) {
	cat, err := signal.Open(signal.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	c.Drivers = []Driver{{Name: "users", Rules: []string{"filesystem-space", "file-system"}}}
	if err := c.CheckRules(cat); err == nil || !strings.Contains(err.Error(), `capacity.drivers[0].rules[1]: "file-system" is not in the catalogue`) {
		t.Errorf("error %v", err)
	}
	c.Drivers[0].Rules = c.Drivers[0].Rules[:1]
	if err := c.CheckRules(cat); err != nil {
		t.Error(err)
	}
}

func TestCourses(t *testing.T) {
	good := func(text string, growth float64, values ...float64) {
		t.Helper()
		c, ok := courseOf(text)
		if !ok || c.Growth != growth || len(c.Values) != len(values) || len(values) > 0 && c.Values[0] != values[0] {
			t.Errorf("%q: %+v, %v", text, c, ok)
		}
	}
	good("+20%", 0.2)
	good(" 20%", 0.2)
	good("-5 %", -0.05)
	good("0%", 0)
	good("120", 0, 120)
	good("1e3", 0, 1000)
	for _, text := range []string{"", "%", "many", "NaN", "NaN%", "Inf", "-100%", "1001%", "1e300", "20%%"} {
		if c, ok := courseOf(text); ok {
			t.Errorf("%q is read as %+v", text, c)
		}
	}
}

func FuzzCourse(f *testing.F) {
	for _, text := range []string{"+20%", "120", "-5 %", "NaN", "1e309%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := courseOf(text)
		if !ok {
			return
		}
		if !(c.Growth > -1 && c.Growth <= maxGrowth) {
			t.Errorf("%q grows by %v", text, c.Growth)
		}
		for _, v := range c.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%q stands at %v", text, v)
			}
		}
	})
}
