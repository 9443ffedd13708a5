package notifier

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/services/notifier/internal/when"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// routing returns what routes are made of.
func (c *Config) routing(people *person.Directory, calendar when.Calendar) route.Settings {
	s := route.Settings{Routes: c.Routes, People: people, Calendar: calendar}
	for k := range c.Teams {
		s.Teams = append(s.Teams, c.Teams[k].Team)
	}
	for k := range c.Channels {
		ch := &c.Channels[k]
		s.Channels = append(s.Channels, route.Channel{
			Name: ch.Name, MinSeverity: cmp.Or(ch.severity(), finding.Info), Reaches: kinds()[ch.Type].reaches,
		})
	}
	return s
}

// readers returns for whom messages of a channel are about what each team owns: what the channel leaves open is the team's.
func (c *Config) readers(ch *ChannelConfig) (map[string]message.Reader, error) {
	out := map[string]message.Reader{}
	for k := range c.Teams {
		t, own := &c.Teams[k], *ch
		own.Language = cmp.Or(ch.Language, t.Language)
		own.Timezone = cmp.Or(ch.Timezone, t.Timezone)
		reader, err := own.reader(c.ConsoleURL)
		if err != nil {
			return nil, err
		}
		out[t.Name] = reader
	}
	return out, nil
}

// Gaps says whom routes of a valid configuration mean and channels cannot address.
func Gaps(c Config) (lines []i18n.Text) {
	people, err := person.NewDirectory(c.People)
	if err != nil {
		return nil // told by Validate
	}
	table, err := route.New(c.routing(people, nil))
	if err != nil {
		return nil
	}
	for _, g := range c.digestGaps(people) {
		lines = append(lines, i18n.Text{
			En: "notifier." + g.Route + ": channel " + g.Channel + " has no address of " + g.Person + ", who gets no digest by it; complete notifier.people",
			Zh: "notifier." + g.Route + "：渠道 " + g.Channel + " 没有 " + g.Person + " 的地址，无法向其发送周报；请补全 notifier.people",
		})
	}
	for _, g := range table.Gaps() {
		lines = append(lines, i18n.Text{
			En: "notifier." + g.Route + ": channel " + g.Channel + " has no address of " + g.Person + ", so that somebody else or another channel is taken; " +
				"complete notifier.people",
			Zh: "notifier." + g.Route + "：渠道 " + g.Channel + " 没有 " + g.Person + " 的地址，将改为通知其他人或改用其他渠道；请补全 notifier.people",
		})
	}
	return lines
}

// digestGaps returns for whom digests are and whom a channel that they are sent by cannot address.
func (c *Config) digestGaps(people *person.Directory) (gaps []route.Gap) {
	add := func(at string, d *DigestConfig, own *route.Team) {
		for _, ch := range c.routing(people, nil).Channels {
			if ch.Reaches == nil || !slices.Contains(d.Channels, ch.Name) {
				continue
			}
			found, _ := people.Find(c.readersOfAll(d.To, own))
			for k := range found {
				if !ch.Reaches(&found[k]) {
					gaps = append(gaps, route.Gap{Route: at, Channel: ch.Name, Person: found[k].Name})
				}
			}
		}
	}
	add("digest", &c.Digest.DigestConfig, nil)
	for k := range c.Teams {
		add(fmt.Sprintf("teams[%d].digest", k), &c.Teams[k].Digest, &c.Teams[k].Team)
	}
	return gaps
}

// days returns the calendar, nil if there is none.
func (s *Settings) days() when.Calendar {
	if s.Calendar == nil {
		return nil // and no interface that holds a nil
	}
	return s.Calendar
}

// missed counts somebody whom a channel cannot address.
func (n *notifier) missed(m route.Miss) { n.metrics.missed.WithLabelValues(m.Channel).Inc() }

// collapses reports whether many incidents may share a message on the channel.
func (ch *ChannelConfig) collapses() bool {
	if ch.Collapse != nil {
		return *ch.Collapse
	}
	return !kinds()[ch.Type].machine
}
