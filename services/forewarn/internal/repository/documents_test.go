package repository

import (
	"cmp"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// section is one section of the configuration file and the type that it fills.
type section struct{ name, dir, typ string }

// composition is the package that names the sections, as config.Section literals over the fields of its Config.
const composition = "services/forewarn/internal/app"

// configured returns the sections of the configuration file.
func configured(t *testing.T) (list []section) {
	t.Helper()
	st := structs{byDir(program(t))}
	s, typ := st.find(composition, "Config")
	all, ok := typ.(*ast.StructType)
	if !ok {
		t.Fatalf("%s has no struct Config with a field per section; tell this test where it went", composition)
	}
	types := map[string]*ast.SelectorExpr{}
	for _, f := range all.Fields.List {
		if sel, ok := f.Type.(*ast.SelectorExpr); ok && len(f.Names) == 1 {
			types[f.Names[0].Name] = sel
		}
	}
	for name, field := range literalSections(s) {
		if sel := types[field]; sel != nil {
			pkg := sel.X.(*ast.Ident).Name
			list = append(list, section{name, strings.TrimPrefix(s.imports()[pkg], modulePrefix), sel.Sel.Name})
		}
	}
	if len(list) == 0 {
		t.Fatalf("%s names no sections; tell this test where they went", s.path)
	}
	slices.SortFunc(list, func(a, b section) int { return cmp.Compare(a.name, b.name) })
	return list
}

// literalSections returns the field for each section's name, from literals {Name: "bus", Into: &c.Bus}.
func literalSections(s *source) map[string]string {
	out := map[string]string{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		var name, field string
		for _, el := range lit.Elts {
			kv, ok := el.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			switch v := kv.Value.(type) {
			case *ast.BasicLit:
				name, _ = strconv.Unquote(v.Value)
			case *ast.UnaryExpr:
				if sel, ok := v.X.(*ast.SelectorExpr); ok {
					field = sel.Sel.Name
				}
			}
		}
		if name != "" && field != "" {
			out[name] = field
		}
		return true
	})
	return out
}

// document returns the text of a file of the repository; an absent one is an error of the test.
func document(t *testing.T, name, remedy string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	if err != nil {
		t.Errorf("%s is missing; %s", name, remedy)
		return ""
	}
	return string(data)
}

// names reports whether the text names a key: in back-quotes, alone or as the end of a path, or in a YAML example.
func names(text, key string) bool {
	return regexp.MustCompile("(?m)`([\\w\\[\\]<>*-]+\\.)*" + regexp.QuoteMeta(key) + "(:.*)?`|^\\s*#? ?(- )?" + regexp.QuoteMeta(key) + ":").MatchString(text)
}

// TestConfigurationIsDocumented: docs/configuration.md has a heading per section and names every key below it,
// and the README of a service names every key of its own section.
func TestConfigurationIsDocumented(t *testing.T) {
	st := structs{byDir(program(t))}
	manual := document(t, "docs/configuration.md", "write it: a heading per section, a table of keys, defaults and meaning")
	for _, sec := range configured(t) {
		chapter := chapterOf(manual, sec.name)
		if chapter == "" && manual != "" {
			t.Errorf("docs/configuration.md has no heading that names `%s`; add the section (%s.%s)", sec.name, sec.dir, sec.typ)
		}
		readme := ""
		if strings.HasPrefix(sec.dir, "services/") {
			readme = document(t, sec.dir+"/README.md", "write it: subjects, configuration, metrics, failure modes")
		}
		for _, k := range st.keys(sec.dir, sec.typ) {
			if !k.tagged {
				t.Errorf("%s: %s.%s has no yaml tag; add one", k.at, sec.name, k.path)
			}
			if k.scalar && !k.env {
				t.Errorf("%s: %s.%s cannot be set by a FOREWARN_ variable; add an env tag (and envPrefix to the struct that holds it)", k.at, sec.name, k.path)
			}
			if k.group {
				continue
			}
			if chapter != "" && !names(chapter, k.last()) {
				t.Errorf("docs/configuration.md, section %s, does not name `%s` (%s); add default and meaning", sec.name, k.path, k.at)
			}
			if readme != "" && !names(readme, k.last()) {
				t.Errorf("%s/README.md does not name `%s` (%s); add it to the configuration table", sec.dir, k.path, k.at)
			}
		}
	}
}

// chapterOf returns the part of a manual from the heading that names the section to the next heading of that level.
func chapterOf(manual, section string) string {
	heading := regexp.MustCompile("(?m)^(#{2,3}) .*\\b" + regexp.QuoteMeta(section) + "\\b.*$")
	loc := heading.FindStringSubmatchIndex(manual)
	if loc == nil {
		return ""
	}
	rest := manual[loc[1]:]
	next := regexp.MustCompile(fmt.Sprintf(`(?m)^#{1,%d} `, loc[3]-loc[2])).FindStringIndex(rest)
	if next == nil {
		return manual[loc[0]:]
	}
	return manual[loc[0] : loc[1]+next[0]]
}

// TestMetricsAreDocumented: every metric is named for its owner, and its owner's README names it. Metrics of shared
// packages are in the README of the single binary, or in one of their own.
func TestMetricsAreDocumented(t *testing.T) {
	cache := map[string]string{}
	read := func(name string) string {
		if _, ok := cache[name]; !ok {
			data, _ := os.ReadFile(filepath.Join(root(t), name)) // absent: nothing is documented
			cache[name] = string(data)
		}
		return cache[name]
	}
	missing := map[string][]string{}
	for _, s := range program(t) {
		for metric, node := range metrics(s) {
			where := []string{s.module() + "/README.md"}
			if s.module() == "shared" {
				where = []string{s.dir() + "/README.md", "services/forewarn/README.md"}
			}
			found := false
			for _, name := range where {
				found = found || strings.Contains(read(name), metric)
			}
			if !found {
				readme := strings.Join(where, " or ")
				missing[readme] = append(missing[readme], metric)
			}
			if !strings.HasPrefix(metric, "forewarn_"+s.owner()+"_") {
				t.Errorf("%s: metric %s; name it forewarn_%s_<what>_<unit> for its owner", s.at(node), metric, s.owner())
			}
		}
	}
	for _, readme := range sortedKeys(missing) {
		slices.Sort(missing[readme])
		t.Errorf("%s does not name %d metrics; add each with its meaning:\n\t%s", readme, len(missing[readme]), strings.Join(missing[readme], "\n\t"))
	}
}

var metricName = regexp.MustCompile(`^forewarn_[a-z0-9_]*[a-z0-9]$`)

// metrics returns the metrics that a file declares: all literals of that shape in a metrics.go, those with their
// owner's name elsewhere (cookies and headers look alike), prometheus options given in parts, and names given to helpers.
func metrics(s *source) map[string]ast.Node {
	out := map[string]ast.Node{}
	all := path.Base(s.path) == "metrics.go"
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.BasicLit:
			text, err := strconv.Unquote(x.Value)
			if err == nil && metricName.MatchString(text) && (all || strings.HasPrefix(text, "forewarn_"+s.owner()+"_")) {
				out[text] = x
			}
		case *ast.CallExpr:
			if name := helperName(x); all && name != "" {
				out["forewarn_"+s.owner()+"_"+name] = x
			}
		case *ast.CompositeLit:
			if name := optionsName(x); metricName.MatchString(name) {
				out[name] = x
			}
		}
		return true
	})
	return out
}

// helperName returns the name given to a helper of a metrics.go that adds the prefix, called with a name and a help
// text: counter("published_total", "Batches given to publishers.").
func helperName(call *ast.CallExpr) string {
	if len(call.Args) < 2 {
		return ""
	}
	var text [2]string
	for i := range text {
		lit, ok := call.Args[i].(*ast.BasicLit)
		if !ok {
			return ""
		}
		text[i], _ = strconv.Unquote(lit.Value)
	}
	if strings.HasPrefix(text[0], "forewarn_") || !metricSuffix.MatchString(text[0]) || !strings.Contains(text[1], " ") {
		return ""
	}
	return text[0]
}

var metricSuffix = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

// optionsName returns the full name in prometheus options such as CounterOpts{Namespace:, Subsystem:, Name:}.
func optionsName(lit *ast.CompositeLit) string {
	parts := map[string]string{}
	for _, el := range lit.Elts {
		kv, ok := el.(*ast.KeyValueExpr)
		if !ok {
			return ""
		}
		id, ok := kv.Key.(*ast.Ident)
		if !ok {
			return ""
		}
		if v, ok := kv.Value.(*ast.BasicLit); ok {
			parts[id.Name], _ = strconv.Unquote(v.Value)
		}
	}
	if parts["Namespace"] == "" || parts["Name"] == "" {
		return ""
	}
	return strings.ReplaceAll(parts["Namespace"]+"_"+parts["Subsystem"]+"_"+parts["Name"], "__", "_")
}

// TestServicesHaveReadme: each service says what it reads and writes and how it fails.
func TestServicesHaveReadme(t *testing.T) {
	mods, err := filepath.Glob(filepath.Join(root(t), "services", "*", "go.mod"))
	if err != nil || len(mods) == 0 {
		t.Fatalf("no services found: %v", err)
	}
	for _, mod := range mods {
		name := "services/" + filepath.Base(filepath.Dir(mod)) + "/README.md"
		text := strings.ToLower(document(t, name, "write it: subjects, configuration, metrics, failure modes"))
		for _, word := range []string{"configuration", "metrics", "fail"} {
			if text != "" && !strings.Contains(text, word) {
				t.Errorf("%s does not speak of %q; a service's README has subjects, configuration, metrics and failure modes", name, word)
			}
		}
	}
}

// TestDecisionsAreIndexed: records are numbered without gaps, have a status, and docs/README.md lists each.
func TestDecisionsAreIndexed(t *testing.T) {
	index := document(t, "docs/README.md", "write the index of the documentation")
	records, err := filepath.Glob(filepath.Join(root(t), "docs", "adr", "*.md"))
	if err != nil || len(records) == 0 {
		t.Fatalf("no records in docs/adr: %v", err)
	}
	for i, record := range records {
		name := filepath.Base(record)
		text := document(t, "docs/adr/"+name, "")
		if want := fmt.Sprintf("%04d-", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("docs/adr/%s: the number should be %s; numbers are given in order", name, want)
		}
		if !strings.HasPrefix(text, fmt.Sprintf("# %d. ", i+1)) || !strings.Contains(text, "\nStatus: ") {
			t.Errorf("docs/adr/%s: begin with %q and a line %q", name, fmt.Sprintf("# %d. Title", i+1), "Status: accepted")
		}
		if !strings.Contains(index, "adr/"+name) {
			t.Errorf("docs/README.md does not list adr/%s; add it", name)
		}
	}
}

// TestDocumentsAreIndexed: docs/README.md leads to every document beside it.
func TestDocumentsAreIndexed(t *testing.T) {
	index := document(t, "docs/README.md", "write the index of the documentation")
	found, err := filepath.Glob(filepath.Join(root(t), "docs", "*.md"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no documents in docs: %v", err)
	}
	for _, name := range found {
		if base := filepath.Base(name); base != "README.md" && !strings.Contains(index, "("+base+")") {
			t.Errorf("docs/README.md does not link to %s; say who should read it", base)
		}
	}
}

// TestLinksLead: a relative link in a document leads to a file.
func TestLinksLead(t *testing.T) {
	dir := root(t)
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)]*)?\)`)
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "services/*/*.md", "shared/*/*.md", "models/*/*.md", "deploy/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range link.FindAllStringSubmatch(string(data), -1) {
				if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(m[1]))); err != nil {
					rel, _ := filepath.Rel(dir, name)
					t.Errorf("%s links to %s, which is not there; correct the link or add the file", rel, m[1])
				}
			}
		}
	}
}
