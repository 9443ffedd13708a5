package app

import (
	"context"
	"io"
	"os"

	"github.com/forewarn/forewarn/services/forewarn/internal/patterns"
)

// PatternsOptions is what the command line says.
type PatternsOptions struct {
	// Input is a log file, "-" for Stdin; Output is text or csv.
	Input, Output string
	Stdin         *os.File
	Environ       []string
}

// Patterns shows of which patterns the lines of a log file are.
func Patterns(ctx context.Context, o PatternsOptions, out, notes io.Writer) error {
	return patterns.Run(ctx, patterns.Options{Input: o.Input, Stdin: o.Stdin, Output: o.Output, Language: language(o.Environ)}, out, notes)
}
