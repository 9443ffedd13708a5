package seal

import (
	"errors"
	"fmt"
)

// Where the keys are: the first variable holds them, the second names a file that does.
const (
	Variable     = "FOREWARN_SECRET_KEY"
	FileVariable = "FOREWARN_SECRET_KEY_FILE"
)

// FromEnvironment returns the ring that the environment names, nil if it names none.
func FromEnvironment(getenv func(string) string, readFile func(string) ([]byte, error)) (*Ring, error) {
	text, path := getenv(Variable), getenv(FileVariable)
	switch {
	case text == "" && path == "":
		return nil, nil
	case text != "" && path != "":
		return nil, errors.New(Variable + " and " + FileVariable + " are both set; unset one of them")
	case text != "":
		r, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", Variable, err)
		}
		return r, nil
	}
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; create the file by `forewarn secrets key`, or correct the path", FileVariable, err)
	}
	r, err := Parse(string(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", FileVariable, path, err)
	}
	return r, nil
}
