package tencent

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
)

// TestSignature is the example of Tencent Cloud's document "Signature Algorithm v3".
func TestSignature(t *testing.T) {
	body := `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	got := Authorization("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", "cvm.tencentcloudapi.com", time.Unix(1551113065, 0), []byte(body))
	want := "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, " +
		"Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestCodes says what each documented code means.
func TestCodes(t *testing.T) {
	const again, message, channel = "", "message", "channel"
	f := func(code, fault, remedy string) {
		t.Helper()
		err := judge(code, "number +8613800000000")
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent != (fault == message) || e.Channel != (fault == channel) || !strings.Contains(e.Remedy, remedy) {
			t.Errorf("%s: %+v", code, err)
		}
		if strings.Contains(err.Error(), "13800000000") {
			t.Errorf("%s: the error holds a number: %v", code, err)
		}
	}
	f("LimitExceeded.PhoneNumberDailyLimit", again, "frequency")
	f("LimitExceeded.DeliveryFrequencyLimit", again, "frequency")
	f("LimitExceeded.AppDailyLimit", channel, "raise")
	f("RequestLimitExceeded", again, "rate_per_minute")
	f("InternalError.Timeout", again, "again")
	f("InvalidParameterValue.IncorrectPhoneNumber", message, "number")
	f("FailedOperation.PhoneNumberInBlacklist", message, "carrier")
	f("InvalidParameterValue.TemplateParameterLengthLimit", message, "variable_length")
	f("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", message, "Internet")
	f("FailedOperation.ContainSensitiveWord", message, "words")
	f("FailedOperation.InsufficientBalanceInSmsPackage", channel, "buy")
	f("UnauthorizedOperation.SerivceSuspendDueToArrears", channel, "owes")
	f("FailedOperation.SignatureIncorrectOrUnapproved", channel, "sign")
	f("FailedOperation.TemplateIncorrectOrUnapproved", channel, "template")
	f("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", channel, "variables")
	f("UnauthorizedOperation.SmsSdkAppIdVerifyFail", channel, "app_id")
	f("AuthFailure.SignatureFailure", channel, "secret")
	f("AuthFailure.SignatureExpire", channel, "clock")
	f("InternalError.RequestTimeException", channel, "clock")
	f("AuthFailure.SecretIdNotFound", channel, "access_key_id")
	f("AuthFailure.UnauthorizedOperation", channel, "sub-account")
	f("UnauthorizedOperation.RequestIpNotInWhitelist", channel, "address")
	f("New.Code", channel, "table")
	if err := judge("Ok", "send success"); err != nil {
		t.Errorf("Ok: %v", err)
	}
}

func TestAnswer(t *testing.T) {
	c := &Client{Peer: &peer.Client{}}
	f := func(body, want string) {
		t.Helper()
		err := c.answer(peer.Reply{Status: 200, Body: []byte(body)})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", body, err)
		}
	}
	f(`{"Response":{"SendStatusSet":[{"SerialNo":"1","Code":"Ok","Message":"send success"}],"RequestId":"a"}}`, "")
	f(`{"Response":{"SendStatus":{"CallId":"1"},"RequestId":"a"}}`, "")
	f(`{"Response":{"SendStatusSet":[{"Code":"LimitExceeded.PhoneNumberDailyLimit","Message":"x"}]}}`, "LimitExceeded")
	f(`{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"x"},"RequestId":"a"}}`, "secret")
	f(`{"Response":{"RequestId":"a"}}`, "not understood")
	f(`{"Response":{"SendStatusSet":[]}}`, "not understood")
	f(`<html>`, "not understood")
	f(``, "not understood")
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}`))
	f.Add([]byte(`{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure"}}}`))
	c := &Client{Peer: &peer.Client{}}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := c.answer(peer.Reply{Status: 200, Body: body}); err == nil && !strings.Contains(strings.ToLower(string(body)), "status") {
			t.Errorf("%q counts as accepted", body)
		}
	})
}
