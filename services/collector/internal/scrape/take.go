package scrape

import (
	"bytes"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// uname is the series by which a node exporter names its host.
const uname = "node_uname_info"

// take puts the samples of a body into the round.
func (l *Loop) take(body []byte, openMetrics bool) {
	x := newExposition(body, openMetrics)
	if l.labeler.identify(nodeName(x.body)) {
		l.source.Forget()
	}
	x.parse(l.symbols, l.sample)
	l.reportMalformed(x)
}

// sample puts the sample on which the parser stands into the round.
func (l *Loop) sample(p textparse.Parser) {
	l.shown++
	series, timeMillis, value := p.Series()
	ref, known := l.source.Lookup(series)
	if !known {
		if l.source.Full() {
			l.source.Overflow(metricName(series))
			return
		}
		p.Labels(&l.ls)
		ls, wanted := l.labeler.label(l.ls)
		if !wanted {
			l.source.Ignore(series)
			return
		}
		ref = l.source.Learn(series, ls)
	}
	if ref != nil {
		l.source.Put(ref, timeMillis, value)
	}
}

// metricName returns the name in a series as it is exposed.
func metricName(series []byte) string {
	if i := bytes.IndexAny(series, "{ \t"); i > 0 {
		series = series[:i]
	}
	return string(series[:min(len(series), maxExample)])
}

// nodeName returns the nodename of the host whose node exporter wrote the body, "" if none did, or several: what
// others have gathered is of many hosts. It is looked for before the body is parsed, since all its series get the label.
func nodeName(body []byte) string {
	found := ""
	for {
		line := nextUname(&body)
		if line == nil {
			return found
		}
		switch name := nodeNameIn(line); {
		case name == "" || name == found:
		case found != "":
			return ""
		default:
			found = name
		}
	}
}

// nextUname returns the next line of uname, nil without one, and takes all up to its end off the body.
func nextUname(body *[]byte) []byte {
	line := *body
	if !bytes.HasPrefix(line, []byte(uname+"{")) {
		i := bytes.Index(line, []byte("\n"+uname+"{"))
		if i < 0 {
			return nil
		}
		line = line[i+1:]
	}
	end := bytes.IndexByte(line, '\n')
	if end < 0 {
		end = len(line)
	}
	*body = line[end:]
	return line[:end]
}

func nodeNameIn(line []byte) string {
	p := textparse.NewPromParser(bytes.Clone(line), labels.NewSymbolTable(), false)
	if entry, err := p.Next(); err != nil || entry != textparse.EntrySeries {
		return ""
	}
	var ls labels.Labels
	p.Labels(&ls)
	return ls.Get("nodename")
}

// labeler makes the labels of a target's series.
type labeler struct {
	target []telemetry.Label // job, instance and the user's, sorted
	rules  []rule
	local  Local  // this machine, if the target is on it
	host   string // "" if the target's host is not known
}

func newLabeler(t Target, local Local) (*labeler, error) {
	l := &labeler{}
	ls := []telemetry.Label{{Name: "job", Value: t.Job}, {Name: "instance", Value: t.instance()}}
	for name, value := range t.Labels {
		ls = append(ls, telemetry.Label{Name: name, Value: value})
	}
	l.target = telemetry.NewLabels(ls...)
	if local.is(t.URL) {
		l.local = local
	}
	l.host = l.local.Hostname
	for _, r := range t.MetricRelabel {
		compiled, err := r.compile()
		if err != nil {
			return nil, err
		}
		l.rules = append(l.rules, compiled)
	}
	return l, nil
}

// identify takes note of the host that the target named, and reports whether labels change by it. A host
// once known stays known while the target does not name another. This machine has the name that is configured for
// it, so that what two senders say of it is of one host; another one is behind a tunnel.
func (l *labeler) identify(nodeName string) (changed bool) {
	if nodeName != "" && strings.EqualFold(nodeName, l.local.System) {
		nodeName = l.local.Hostname
	}
	if nodeName == "" || nodeName == l.host {
		return false
	}
	l.host = nodeName
	return true
}

// label returns the labels of a scraped series: the target's, which move scraped ones of the same name to
// exported_<name>, the host's name where the series has none, and what the rules leave of them. wanted is
// false if a rule drops the series.
func (l *labeler) label(scraped labels.Labels) (ls telemetry.Labels, wanted bool) {
	all := make([]telemetry.Label, 0, scraped.Len()+len(l.target)+1)
	hosted := false
	scraped.Range(func(s labels.Label) {
		if l.targets(s.Name) {
			s.Name = l.exported(scraped, s.Name)
		}
		hosted = hosted || s.Name == "host"
		all = append(all, telemetry.Label{Name: s.Name, Value: s.Value})
	})
	all = append(all, l.target...)
	if l.host != "" && !hosted && !l.targets("host") {
		all = append(all, telemetry.Label{Name: "host", Value: l.host})
	}
	return apply(l.rules, telemetry.NewLabels(all...))
}

func (l *labeler) targets(name string) bool {
	for _, t := range l.target {
		if t.Name == name {
			return true
		}
	}
	return false
}

// exported returns a name for a scraped label that the target's labels displace: one that neither has.
func (l *labeler) exported(scraped labels.Labels, name string) string {
	name = "exported_" + name
	for scraped.Has(name) || l.targets(name) {
		name = "exported_" + name
	}
	return name
}

// own returns the labels of a series about the scrape itself. Rules do not apply to them.
func (l *labeler) own(name string) telemetry.Labels {
	all := append([]telemetry.Label{{Name: telemetry.MetricName, Value: name}}, l.target...)
	if l.host != "" && !l.targets("host") {
		all = append(all, telemetry.Label{Name: "host", Value: l.host})
	}
	return telemetry.NewLabels(all...)
}
