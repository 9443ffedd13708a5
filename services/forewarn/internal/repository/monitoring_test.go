package repository

import (
	"go/ast"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestMetricsOfDeployments: what is below deploy (alert rules, dashboards, autoscaling) names metrics that the programs register. A rule
// about a metric that nobody sends never fires.
func TestMetricsOfDeployments(t *testing.T) {
	dir := root(t)
	known := registered(t)
	name := regexp.MustCompile(`\bforewarn_[a-z0-9_]+`)
	asked := 0
	err := filepath.WalkDir(filepath.Join(dir, "deploy"), func(file string, e fs.DirEntry, err error) error {
		switch path.Ext(file) {
		case ".yml", ".yaml", ".json", ".tpl":
		default:
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, metric := range name.FindAllString(string(data), -1) {
			asked++
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				metric = strings.TrimSuffix(metric, part)
			}
			if !known[metric] {
				t.Errorf("%s names %s, which no program registers; correct it", strings.TrimPrefix(file, dir+"/"), metric)
			}
		}
		return nil
	})
	if err != nil || asked < 40 {
		t.Errorf("%d metrics named, %v", asked, err)
	}
}

// registered returns the metrics that programs may register: all literals of that shape, and those of a metrics.go behind its
// owner's prefix.
func registered(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, s := range program(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			switch {
			case err != nil:
			case metricName.MatchString(text):
				known[text] = true
			case path.Base(s.path) == "metrics.go" && metricSuffix.MatchString(text):
				known["forewarn_"+s.owner()+"_"+text] = true
			}
			return true
		})
	}
	return known
}
