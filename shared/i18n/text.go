// Package i18n holds what is said to people in every language that Forewarn speaks.
//
// Whoever writes a sentence writes it in all languages at once; whoever shows it chooses
// with [Text.In]. There is no message catalogue to keep in step.
//
//	t := i18n.Text{En: "disk full", Zh: "磁盘已满"}
//	t.In(i18n.Chinese) // "磁盘已满"
package i18n

// Language is a BCP 47 tag of a language that Forewarn speaks.
type Language string

// The languages that Forewarn speaks.
const (
	English Language = "en"
	Chinese Language = "zh-CN"
)

// Languages lists the known languages, the default first.
func Languages() []Language { return []Language{English, Chinese} }

// Valid reports whether Forewarn speaks l.
func (l Language) Valid() bool { return l == English || l == Chinese }

// Text is one sentence or phrase in every language.
type Text struct {
	En string `json:"en" yaml:"en"`
	Zh string `json:"zh" yaml:"zh"`
}

// In returns the text in language l, in English where that translation is missing.
func (t Text) In(l Language) string {
	if l == Chinese && t.Zh != "" {
		return t.Zh
	}
	return t.En
}
