package alibaba

import (
	"fmt"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/redact"
)

// judge says what a code means for another attempt. Permanent ones are about a number or the words; who is told says which.
func judge(code, words string) error {
	if code == "OK" {
		return nil
	}
	words = redact.New().Line(words)
	if r := []rune(words); len(r) > 120 {
		words = string(r[:120]) + "…"
	}
	e := &delivery.Error{What: fmt.Sprintf("Alibaba Cloud refused it with %s (%s)", code, words)}
	switch {
	case passing(code, e), aboutNumber(code, e), aboutWords(code, e), aboutAccount(code, e), aboutAsking(code, e), aboutApproval(code, e):
	default:
		e.Channel, e.Remedy = true, "see the service's table of error codes"
	}
	return e
}

// passing codes go away by themselves.
func passing(code string, e *delivery.Error) bool {
	switch {
	case code == "isv.BUSINESS_LIMIT_CONTROL":
		e.Remedy = "the number had all that the service's flow control lets it have in this minute, hour or day; raise it in the console if that is too little"
	case code == "isp.SYSTEM_ERROR", code == "ServiceUnavailable", code == "InternalError", code == "SignatureNonceUsed", code == "isv.VOICE_CALL_FAIL":
		e.Remedy = "it is tried again"
	case strings.HasPrefix(code, "Throttling"):
		e.Remedy = "too many calls at once; lower the channel's rate_per_minute"
	default:
		return false
	}
	return true
}

func aboutNumber(code string, e *delivery.Error) bool {
	switch code {
	case "isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT":
		e.Remedy = "correct the number"
	case "isv.DOMESTIC_NUMBER_NOT_SUPPORTED":
		e.Remedy = "the template is for numbers outside of the mainland; use one for inside"
	case "isv.COMPLAINT_REJECT", "isv.BLACK_LIST_CONTROL":
		e.Remedy = "the number is kept from such messages; let its owner ask the service"
	default:
		return false
	}
	e.Permanent = true
	return true
}

func aboutWords(code string, e *delivery.Error) bool {
	switch code {
	case "isv.PARAM_LENGTH_LIMIT":
		e.Remedy = "a variable is too long for the template; lower variable_length"
	case "isv.PARAM_NOT_SUPPORT_URL":
		e.Remedy = "a name looks like an address on the Internet, which variables must not be; take that variable out of the template"
	case "isv.BLACK_KEY_CONTROL_LIMIT", "isv.SMS_CONTENT_ILLEGAL", "isv.TEMPLATE_PARAMS_ILLEGAL":
		e.Remedy = "the service does not let these words pass; the incident is on the page"
	case "isv.INVALID_JSON_PARAM", "isv.INVALID_PARAMETERS":
		e.Remedy = "compare variables with the template's"
	default:
		return false
	}
	e.Permanent = true
	return true
}

func aboutAccount(code string, e *delivery.Error) bool {
	switch code {
	case "isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.ACCOUNT_ABNORMAL":
		e.Remedy = "add funds to the account, and look at its state in the console"
	case "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL":
		e.Remedy = "the account's own limit of messages is reached; raise it in the console"
	case "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE", "isv.ACCOUNT_NOT_EXISTS":
		e.Remedy = "open the service for this account in the console"
	default:
		return false
	}
	e.Channel = true
	return true
}

// aboutAsking are codes about who asks, and how.
func aboutAsking(code string, e *delivery.Error) bool {
	switch {
	case strings.HasPrefix(code, "InvalidAccessKeyId"):
		e.Remedy = "correct access_key_id, or enable the key"
	case code == "SignatureDoesNotMatch", code == "IncompleteSignature":
		e.Remedy = "set secret to the AccessKey secret that belongs to access_key_id"
	case strings.HasPrefix(code, "InvalidTimeStamp"):
		e.Remedy = "this machine's clock is off by more than 15 minutes; set it by NTP"
	case code == "isp.RAM_PERMISSION_DENY", code == "NoPermission", strings.HasPrefix(code, "Forbidden"):
		e.Remedy = "let the RAM user send: AliyunDysmsFullAccess for messages, AliyunDyvmsFullAccess for calls"
	case code == "isv.DENY_IP_RANGE":
		e.Remedy = "the service takes no messages for the mainland from this machine's address"
	default:
		return false
	}
	e.Channel = true
	return true
}

func aboutApproval(code string, e *delivery.Error) bool {
	switch code {
	case "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL":
		e.Remedy = "set sign to a signature that is approved for notifications"
	case "isv.SMS_TEMPLATE_ILLEGAL", "isv.TTS_TEMPLATE_ILLEGAL", "isv.TEMPLATE_ILLEGAL":
		e.Remedy = "set template_id to the code of a template that is approved"
	case "isv.TEMPLATE_MISSING_PARAMETERS":
		e.Remedy = "set variables to those of the template"
	case "isv.DISPLAY_NUMBER_ILLEGAL", "isv.BILLID_NOT_EXIST":
		e.Remedy = "correct show_number, or leave it out if the account calls in shared mode"
	default:
		return false
	}
	e.Channel = true
	return true
}
