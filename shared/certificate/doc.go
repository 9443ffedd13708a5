// Package certificate says what is the matter with a certificate of TLS, before and after it has ended: a handshake that fails tells
// little of why, and nothing of what to do.
//
//	if err := certificate.Explain(err, certificate.Keys{CA: "bus.ca_file", Own: "bus.cert_file", URL: "bus.url"}); err != nil { … }
package certificate
