package release

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// ours is how our own modules begin. They have the version of the release.
const ours = "github.com/forewarn/forewarn"

// bill is a software bill of materials, in the JSON form of CycloneDX 1.5: of each program the modules that the linker put into it,
// as the program says itself.
type bill struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Time      string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// writeBill writes the bill of what was built.
func writeBill(path string, from source, built []Binary) error {
	b := bill{Format: "CycloneDX", Spec: "1.5", Version: 1}
	product := component{Type: "application", Ref: mainProgram, Name: mainProgram, Version: from.version, PURL: "pkg:golang/" + ours + "@" + from.version}
	product.Properties = []property{{"forewarn:commit", from.commit}}
	b.Metadata = metadata{from.time.Format(time.RFC3339), product}
	modules, all := map[string]component{}, dependency{Ref: product.Ref}
	for _, program := range built {
		c, uses, err := describe(program, from, modules)
		if err != nil {
			return err
		}
		b.Components = append(b.Components, c)
		b.Dependencies = append(b.Dependencies, uses)
		all.On = append(all.On, c.Ref)
	}
	b.Dependencies = append([]dependency{all}, b.Dependencies...)
	for _, m := range modules {
		b.Components = append(b.Components, m)
	}
	slices.SortFunc(b.Components, func(x, y component) int { return strings.Compare(x.Ref, y.Ref) })
	b.Serial = serial(b)
	data, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644) //nolint:gosec // for everybody
}

// describe returns a program as a component, and what it depends on, whose components it adds to modules.
func describe(b Binary, from source, modules map[string]component) (component, dependency, error) {
	info, err := buildinfo.ReadFile(b.Path)
	if err != nil {
		return component{}, dependency{}, fmt.Errorf("read what %s is made of: %w", b.Path, err)
	}
	sum, err := sha256Of(b.Path)
	if err != nil {
		return component{}, dependency{}, err
	}
	c := component{
		Type: "application", Ref: filepath.Base(b.Path), Name: b.Program, Version: from.version, Hashes: []hash{{"SHA-256", sum}},
		Properties: []property{{"forewarn:platform", b.Platform.String()}},
	}
	uses := dependency{Ref: c.Ref}
	for _, m := range foreign(info) {
		mc := moduleComponent(m)
		modules[mc.Ref] = mc
		uses.On = append(uses.On, mc.Ref)
	}
	slices.Sort(uses.On)
	return c, uses, nil
}

// foreign returns the modules of others that a program is made of, Go's own library among them.
func foreign(info *debug.BuildInfo) (list []*debug.Module) {
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if !strings.HasPrefix(m.Path, ours+"/") && !strings.HasPrefix(m.Path, ".") {
			list = append(list, m)
		}
	}
	return append(list, &debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")})
}

func moduleComponent(m *debug.Module) component {
	purl := "pkg:golang/" + m.Path + "@" + strings.ReplaceAll(m.Version, "+", "%2B")
	c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
	if m.Sum != "" {
		c.Properties = []property{{"go:sum", m.Sum}} // no hash of a file: that of the module's tree, as in go.sum
	}
	return c
}

// serial returns a UUID that follows from the content.
func serial(b bill) string {
	data, err := json.Marshal(b)
	if err != nil {
		panic(err) // a struct of strings
	}
	h := sha256.Sum256(data)
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // version 8, which leaves the content to us
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
