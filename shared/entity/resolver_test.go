package entity

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestHost(t *testing.T) {
	r, err := NewResolver(map[string]string{
		"10.0.0.5": "ERP-01", "erp-01.corp.example": "erp-01", "nat.example:9101": "inner-1", "nat.example:9102": "inner-2",
		"old": "older", "older": "oldest", "oldest": "oldest", "[2001:db8::1]": "six",
	})
	if err != nil {
		t.Fatal(err)
	}
	f := func(series, want string) {
		t.Helper()
		ls, err := telemetry.ParseSeries(series)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Host(ls); got != want {
			t.Errorf("%s is on %q; want %q", series, got, want)
		}
	}
	f(`up`, "")
	f(`up{host="erp-01",nodename="n",instance="i:1"}`, "erp-01")
	f(`up{nodename="erp-01",instance="i:1"}`, "erp-01")
	f(`up{instance="erp-02:9100"}`, "erp-02")
	f(`up{instance="erp-02"}`, "erp-02")
	f(`up{instance="10.0.0.6:9100"}`, "10.0.0.6")
	f(`up{instance="[fe80::1]:9100"}`, "fe80::1")
	f(`up{instance="[fe80::1]"}`, "fe80::1")
	f(`up{instance="fe80::1"}`, "fe80::1")
	f(`up{instance="[FE80:0::1]:9100"}`, "fe80::1")
	f(`up{instance="[::ffff:10.0.0.6]:9100"}`, "10.0.0.6")
	f(`up{instance=":9100"}`, "")
	f(`up{instance="[fe80::1"}`, "[fe80::1")
	f(`up{instance="]::1[:1"}`, "]::1[:1")
	f(`up{instance="erp-02:http"}`, "erp-02:http")
	f(`up{instance="https://erp/x"}`, "https://erp/x")
	f(`up{host="ERP-01"}`, "erp-01")
	f(`up{instance="10.0.0.5:9100"}`, "erp-01")
	f(`up{instance="ERP-01.corp.example:9100"}`, "erp-01")
	f(`up{host="10.0.0.5"}`, "erp-01")
	f(`up{instance="nat.example:9101"}`, "inner-1")
	f(`up{instance="nat.example:9102"}`, "inner-2")
	f(`up{instance="nat.example:9103"}`, "nat.example")
	f(`up{host="old"}`, "oldest")
	f(`up{instance="[2001:db8:0:0::1]:9100"}`, "six")
	if got := new(Resolver).Canonical("Erp"); got != "erp" {
		t.Errorf("without aliases Erp is %q", got)
	}
}

func TestNewResolverTellsAllFaults(t *testing.T) {
	_, err := NewResolver(map[string]string{"": "a", "b": "", "c": "d", "C": "e", "f": "g", "g": "f"})
	for _, want := range []string{`"": "a" has an empty name`, `"b": "" has an empty name`, `"c" means both "e" and "d"`, `"f" leads back to itself`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s:\n%v", want, err)
		}
	}
}

func TestSplitInstance(t *testing.T) {
	f := func(instance, host, port string) {
		t.Helper()
		if h, p := SplitInstance(instance); h != host || p != port {
			t.Errorf("%q is %q and %q; want %q and %q", instance, h, p, host, port)
		}
	}
	f("erp-01:9100", "erp-01", "9100")
	f("[::1]:80", "::1", "80")
	f("::1", "::1", "")
	f("[::1]x", "[::1]x", "")
	f("a:b:1", "a:b:1", "")
	f("a:", "a:", "")
	f("a:123456", "a:123456", "")
	f("", "", "")
}

// FuzzResolver: whatever people and senders call hosts, a name has one meaning.
func FuzzResolver(f *testing.F) {
	f.Add("10.0.0.5", "erp-01", "erp-01", "ERP", "10.0.0.5:9100")
	f.Add("a", "b", "b", "a", "[::1]:9100")
	f.Add("::FFFF:10.0.0.1", "x", "", "", "[")
	f.Add("a", "a", "A", "b", ":1")
	f.Fuzz(func(t *testing.T, from1, to1, from2, to2, instance string) {
		host, port := SplitInstance(instance)
		if port == "" && host != instance && "["+host+"]" != instance {
			t.Errorf("SplitInstance(%q) = %q without a port", instance, host)
		}
		if len(host)+len(port) > len(instance) {
			t.Errorf("SplitInstance(%q) = %q, %q", instance, host, port)
		}
		aliases := map[string]string{from1: to1, from2: to2}
		r, err := NewResolver(aliases)
		if err != nil {
			return
		}
		for _, name := range []string{from1, to1, from2, to2, host} {
			one := r.Canonical(name)
			if again := r.Canonical(one); again != one {
				t.Errorf("%q is %q, which is %q", name, one, again)
			}
		}
		for from, to := range aliases {
			if r.Canonical(from) != r.Canonical(to) {
				t.Errorf("%q and %q are two", from, to)
			}
		}
		r.Host(telemetry.NewLabels(telemetry.Label{Name: "instance", Value: instance}))
	})
}
