// Package digest is how services tell each other of a risk digest: what a team should know of a week or a month, on one
// page.
//
// The notifier makes it ([Keeper]) and answers a [Request] in JSON with a [Reply]. A [Digest] holds numbers, for programs;
// a [Paper] says the same in the words, the time zone and the order in which people read it. Every form that people see
// (a mail, a card in a chat, a page, a sheet of A4) is printed from the same paper, so that none says what another does not.
package digest
