package signature

import "fmt"

// Open returns the dictionary with the additions of YAML files, the later ones first heeded; read is os.ReadFile. An error names
// the file and all that is wrong with it.
func Open(names []string, read func(name string) ([]byte, error)) (*Dictionary, error) {
	all := make([]Additions, len(names))
	for i, name := range names {
		data, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("%w; correct the name, or remove it", err)
		}
		if all[i], err = ParseYAML(data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return New(all...)
}
