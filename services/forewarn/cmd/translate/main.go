// Command translate writes what Forewarn says to people as a table, and takes a corrected one back: see docs/translation.md.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/forewarn/forewarn/services/forewarn/internal/translation"
)

type cli struct {
	Export exportCommand `cmd:"" help:"Write all sentences as CSV."`
	Import importCommand `cmd:"" help:"Write what a table says otherwise into the sources."`
}

type exportCommand struct {
	File string `arg:"" help:"The table, such as sentences.csv."`
}

// Run writes the table.
func (c exportCommand) Run() (err error) {
	found, err := translation.Find(".")
	if err != nil {
		return err
	}
	f, err := os.Create(c.File)
	if err != nil {
		return err
	}
	if err := found.Write(f); err != nil {
		return err
	}
	fmt.Printf("%d sentences in %s\n", len(found.Sentences), c.File)
	return f.Close()
}

type importCommand struct {
	File string `arg:"" help:"The corrected table." type:"existingfile"`
}

// Run changes the sources.
func (c importCommand) Run() error {
	found, err := translation.Find(".")
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	places, err := found.Apply(f)
	if err != nil {
		return err
	}
	fmt.Printf("changed in %d places; look at them with git diff, and run the tests with -update for texts in golden files\n", places)
	return nil
}

func main() {
	command := kong.Parse(&cli{}, kong.Name("translate"), kong.Description("Hands what Forewarn says to translators. Run it at the root of the repository."))
	command.FatalIfErrorf(command.Run())
}
