package tencent

import (
	"fmt"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/redact"
)

// judge says what a code means for another attempt. Permanent ones are about a number or the words; who is told says which.
func judge(code, words string) error {
	if strings.EqualFold(code, "ok") {
		return nil
	}
	words = redact.New().Line(words)
	if r := []rune(words); len(r) > 120 {
		words = string(r[:120]) + "…"
	}
	e := &delivery.Error{What: fmt.Sprintf("Tencent Cloud refused it with %s (%s)", code, words)}
	switch {
	case limited(code, e), aboutMessage(code, e), aboutAccount(code, e), aboutAsking(code, e):
	case strings.HasPrefix(code, "InternalError"):
		e.Remedy = "it is tried again"
	default:
		e.Channel, e.Remedy = true, "see the service's table of error codes"
	}
	return e
}

// limited are codes of limits, which pass.
func limited(code string, e *delivery.Error) bool {
	switch {
	case code == "LimitExceeded.AppDailyLimit", code == "LimitExceeded.DailyLimit":
		e.Channel, e.Remedy = true, "the application's messages of today are used up; raise the limit in the console"
	case strings.HasPrefix(code, "LimitExceeded"):
		e.Remedy = "the number had all that the frequency limits let it have; raise them in the console if that is too little"
	case strings.HasPrefix(code, "RequestLimitExceeded"):
		e.Remedy = "too many calls at once; lower the channel's rate_per_minute"
	default:
		return false
	}
	return true
}

// aboutMessage are codes about a number, or about the words.
func aboutMessage(code string, e *delivery.Error) bool {
	switch code {
	case "InvalidParameterValue.IncorrectPhoneNumber", "InvalidParameterValue.CalledNumberVerifyFail", "UnsupportedOperation.UnsuportedRegion":
		e.Remedy = "correct the number; calls go to the mainland only, and messages elsewhere need a template for that"
	case "FailedOperation.PhoneNumberInBlacklist":
		e.Remedy = "the number's owner, or the carrier, refuses such messages; ask the service"
	case "InvalidParameterValue.TemplateParameterLengthLimit", "InvalidParameterValue.ContentLengthLimit":
		e.Remedy = "a variable, or all of it, is too long; lower variable_length"
	case "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter":
		e.Remedy = "a name looks like an address on the Internet, which variables must not be; take that variable out of the template"
	case "FailedOperation.ContainSensitiveWord", "InvalidParameter.DirtyWordFound":
		e.Remedy = "the service does not let these words pass; the incident is on the page"
	default:
		return false
	}
	e.Permanent = true
	return true
}

func aboutAccount(code string, e *delivery.Error) bool {
	switch code {
	case "FailedOperation.InsufficientBalanceInSmsPackage", "FailedOperation.InsufficientBalanceInVoicePackage",
		"UnauthorizedOperation.SerivceSuspendDueToArrears", "UnauthorizedOperation.ServiceSuspendDueToArrears":
		e.Remedy = "buy a package, or settle what the account owes"
	case "FailedOperation.SignatureIncorrectOrUnapproved":
		e.Remedy = "set sign to a signature that is approved, without brackets"
	case "FailedOperation.TemplateIncorrectOrUnapproved", "FailedOperation.TemplateUnapprovedOrNotExist":
		e.Remedy = "set template_id to the id of a template that is approved, and variables to those that it has"
	case "FailedOperation.TemplateParamSetNotMatchApprovedTemplate":
		e.Remedy = "set as many variables as the template has, in its order"
	case "FailedOperation.PhonenumberUnappliedOrExpired":
		e.Remedy = "the number from which it calls is not there any more; pay for it in the console"
	case "InvalidParameterValue.SdkAppIdNotExist", "InvalidParameterValue.SdkAppidNotExist", "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
		"UnauthorizedOperation.VoiceSdkAppidVerifyFail", "UnauthorizedOperation.SdkAppIdIsDisabled", "UnauthorizedOperation.SdkAppidIsDisabled":
		e.Remedy = "set sdk_app_id to the id of an application of this account that is not disabled"
	default:
		return false
	}
	e.Channel = true
	return true
}

// aboutAsking are codes about who asks, and how.
func aboutAsking(code string, e *delivery.Error) bool {
	switch {
	case code == "AuthFailure.SignatureExpire", code == "InternalError.RequestTimeException":
		e.Remedy = "this machine's clock is off by more than 5 minutes; set it by NTP"
	case code == "AuthFailure.SignatureFailure":
		e.Remedy = "set secret to the SecretKey that belongs to access_key_id"
	case code == "AuthFailure.UnauthorizedOperation", strings.HasPrefix(code, "UnauthorizedOperation.RequestPermission"):
		e.Remedy = "let the sub-account send: QcloudSMSFullAccess for messages, QcloudVMSFullAccess for calls"
	case strings.HasPrefix(code, "AuthFailure"):
		e.Remedy = "correct access_key_id, or enable the key"
	case code == "UnauthorizedOperation.RequestIpNotInWhitelist", strings.HasPrefix(code, "Ip"):
		e.Remedy = "add this machine's outer address to the addresses that may send"
	default:
		return false
	}
	e.Channel = true
	return true
}
