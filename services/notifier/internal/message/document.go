package message

// Document is what is sent of its own accord, such as a digest, and not because an incident changed. It is complete: a channel
// takes the forms that it can show.
type Document struct {
	// Subject is one line.
	Subject string
	// Plain is text, HTML a whole page in which Images are <img src="cid:ID">, Markdown a card of a chat, escaped.
	Plain, HTML, Markdown string
	Images                []Image
	Files                 []File
	// URL of the page that shows it, "" if there is none.
	URL string
}

// Image is a picture that a text refers to, as PNG.
type Image struct {
	ID  string // letters and digits
	PNG []byte
}

// File goes along.
type File struct {
	Name, MediaType string
	Data            []byte
}
