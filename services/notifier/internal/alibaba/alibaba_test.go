package alibaba

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
)

// TestSignature is the example of Alibaba Cloud's document "V3 request structure and signature".
func TestSignature(t *testing.T) {
	query := canonical(map[string]string{"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"})
	got := Authorization("YourAccessKeyId", "YourAccessKeySecret", query, map[string]string{
		"host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-version": "2014-05-26",
		"x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d", "x-acs-content-sha256": hexSHA256(""),
	})
	want := "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
		"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEncoding(t *testing.T) {
	if got, want := canonical(map[string]string{"b": "a b*~/中", "a": "+"}), "a=%2B&b=a%20b%2A~%2F%E4%B8%AD"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCodes says what each documented code means.
func TestCodes(t *testing.T) {
	const again, message, channel = "", "message", "channel"
	f := func(code, fault, remedy string) {
		t.Helper()
		err := judge(code, "号码 13800000000 触发 user@example.com")
		var e *delivery.Error
		if !errors.As(err, &e) || e.Permanent != (fault == message) || e.Channel != (fault == channel) || !strings.Contains(e.Remedy, remedy) {
			t.Errorf("%s: %+v", code, err)
		}
		if strings.Contains(err.Error(), "13800000000") || strings.Contains(err.Error(), "user@") {
			t.Errorf("%s: the error holds what is personal: %v", code, err)
		}
	}
	f("isv.BUSINESS_LIMIT_CONTROL", again, "flow control")
	f("isp.SYSTEM_ERROR", again, "again")
	f("Throttling.User", again, "rate_per_minute")
	f("isv.MOBILE_NUMBER_ILLEGAL", message, "number")
	f("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", message, "mainland")
	f("isv.PARAM_LENGTH_LIMIT", message, "variable_length")
	f("isv.PARAM_NOT_SUPPORT_URL", message, "Internet")
	f("isv.BLACK_KEY_CONTROL_LIMIT", message, "words")
	f("isv.TEMPLATE_MISSING_PARAMETERS", channel, "variables")
	f("isv.SMS_TEMPLATE_ILLEGAL", channel, "template")
	f("isv.TTS_TEMPLATE_ILLEGAL", channel, "template")
	f("isv.SMS_SIGNATURE_ILLEGAL", channel, "sign")
	f("isv.DISPLAY_NUMBER_ILLEGAL", channel, "show_number")
	f("isv.DAY_LIMIT_CONTROL", channel, "limit")
	f("isv.OUT_OF_SERVICE", channel, "funds")
	f("isv.AMOUNT_NOT_ENOUGH", channel, "funds")
	f("isv.PRODUCT_UN_SUBSCRIPT", channel, "open the service")
	f("isp.RAM_PERMISSION_DENY", channel, "RAM")
	f("SignatureDoesNotMatch", channel, "secret")
	f("InvalidAccessKeyId.NotFound", channel, "access_key_id")
	f("InvalidTimeStamp.Expired", channel, "clock")
	f("isv.NEW", channel, "table")
	if err := judge("OK", "OK"); err != nil {
		t.Errorf("OK: %v", err)
	}
}

// TestAnswers that are no answer of the service.
func TestAnswers(t *testing.T) {
	f := func(status int, body string, channel bool, want string) {
		t.Helper()
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			w.Write([]byte(body)) //nolint:errcheck // the client fails the test
		}))
		defer srv.Close()
		p, err := peer.New(srv.URL, 5*time.Second, config.ClientTLS{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		c := Client{Peer: p, Version: "2017-05-25", KeyID: "id", Secret: "a-secret"}
		err = c.Call(t.Context(), "SendSms", nil)
		var e *delivery.Error
		if !errors.As(err, &e) || e.Channel != channel || e.Permanent || !strings.Contains(err.Error(), want) {
			t.Errorf("%d %s: %+v", status, body, err)
		}
	}
	f(http.StatusOK, "<html>", false, "proxy")
	f(http.StatusBadGateway, "<html>", false, "502")
	f(http.StatusForbidden, "", true, "403")
	f(http.StatusBadRequest, `{"Code":"SignatureDoesNotMatch","Message":"x"}`, true, "secret")
}

func FuzzJudge(f *testing.F) {
	f.Add("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控 13800000000")
	f.Fuzz(func(t *testing.T, code, words string) {
		if err := judge(code, words); err == nil && code != "OK" {
			t.Errorf("%q counts as accepted", code)
		}
	})
}
