// Package translation hands what Forewarn says to translators, and takes back what they make of it.
//
// Sentences stand in the sources, every language beside the other, so that whoever changes one sees the other
// ([i18n.Text]). A translator does not read Go: the catalogue is a table of all of them, which a spreadsheet opens, and what is
// corrected there is written back to where it stands.
//
//	c, err := translation.Find(root)
//	err = c.Write(file)         // en, zh-CN, where
//	changed, err := c.Apply(corrected)
package translation
