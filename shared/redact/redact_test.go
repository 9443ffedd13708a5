package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/redact"
)

func TestLine(t *testing.T) {
	r := redact.New()
	f := func(line, want string) {
		t.Helper()
		if got := r.Line(line); got != want {
			t.Errorf("%s\n got %s\nwant %s", line, got, want)
		}
	}
	f("login ok user=lihua password=S3cr3t! from 10.0.0.1", "login ok user=lihua password=[secret] from 10.0.0.1")
	f(`{"user":"lihua","dbPassword": "a \"b\" c","apiKey":"xyz"}`, `{"user":"lihua","dbPassword": "[secret]","apiKey":"[secret]"}`)
	f("登录失败，密码：abc123，请重试", "登录失败，密码：[secret]，请重试")
	f("jdbc:oracle:thin:nc/pw@db; url=https://erp:pa55@host/x", "jdbc:oracle:thin:nc/pw@db; url=https://erp:[secret]@host/x")
	f("Authorization: Bearer abcdef123456", "Authorization: Bearer [secret]")
	f("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def from sso", "got [secret] from sso")
	f("key -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- end", "key [secret] end")
	f("aws AKIAIOSFODNN7EXAMPLE used", "aws [secret] used")
	f("身份证11010519491231002X不存在", "身份证[id]不存在")
	f("id 110105194912310021 has a wrong check digit", "id 110105194912310021 has a wrong check digit")
	f("手机13912345678、+86 139-1234-5678", "手机[phone]、[phone]")
	f("call 010-65881234 or order 1391234567890", "call 010-65881234 or order 1391234567890")
	f("pay to 6222 0212 3456 7894, ok", "pay to [card], ok")
	f("card 4111111111111111", "card [card]")
	f("took 8192 4111 1111 1111 1111 123 ms", "took 8192 [card] 123 ms")
	f("amex 3782-822463-10005.", "amex [card].")
	f("order 4111111111111112 took 12 ms", "order 4111111111111112 took 12 ms")
	f("开户账号：1100 0123 4567 89 余额不足", "开户账号：[account] 余额不足")
	f("transfer to DE89 3704 0044 0532 0130 00 failed", "transfer to [account] failed")
	f("员工张三 实发 12,345.60 元", "员工张三 实发 [amount] 元")
	f("salary=9800.00, bonus: 1200", "salary=[amount], bonus: [amount]")
	f("mail to zhang.san@corp.com.cn bounced", "mail to [mail] bounced")
	// What operators need stays.
	f("password is wrong for user nc", "password is wrong for user nc")
	f("2026-03-02 10:00:00,123 ORA-01653: unable to extend table NC.GL_DETAIL by 8192", "2026-03-02 10:00:00,123 ORA-01653: unable to extend table NC.GL_DETAIL by 8192")
	f("trace 9f86d081884c7d659a2feaa0c55ad015 at 1767225600123", "trace 9f86d081884c7d659a2feaa0c55ad015 at 1767225600123")
	f("token=null", "token=null")
	f("", "")
}

// TestTwice: what is redacted stays as it is.
func TestTwice(t *testing.T) {
	r := redact.New()
	line := "password=a token: 'b' 卡号 6222021234567894 工资：100 13912345678 a@b.cn 11010519491231002X"
	once := r.Line(line)
	if twice := r.Line(once); twice != once || once == line {
		t.Errorf("once  %s\ntwice %s", once, twice)
	}
}

// FuzzLine: whatever surrounds them, planted secrets never come out, and text stays text.
func FuzzLine(f *testing.F) {
	f.Add("user ", " failed")
	f.Add("密码=", "，")
	f.Add("\"", "\\")
	f.Add("1", "2")
	r := redact.New()
	f.Fuzz(func(t *testing.T, before, after string) {
		if !utf8.ValidString(before) || !utf8.ValidString(after) {
			return // log bodies are UTF-8
		}
		for _, planted := range []string{"password=Zx9!kQpLw", "11010519491231002X", "AKIAIOSFODNN7EXAMPLE"} {
			got := r.Line(before + " " + planted + " " + after)
			if !utf8.ValidString(got) {
				t.Errorf("no UTF-8: %q", got)
			}
			secret := planted[strings.Index(planted, "=")+1:]
			if strings.Contains(got, secret) && !strings.Contains(before+after, secret) {
				t.Errorf("%q came out in %q", secret, got)
			}
		}
	})
}

func BenchmarkLine(b *testing.B) {
	r := redact.New()
	const line = "2026-03-02 10:00:00,123 ERROR [http-8080-exec-17] nc.bs.gl Voucher 20260302-00017 not saved: ORA-01653: unable to extend table"
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		r.Line(line)
	}
}
