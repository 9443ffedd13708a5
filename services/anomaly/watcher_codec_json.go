package anomaly

import (
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// keptJSON is what snapshots of the first version hold of one.
type keptJSON struct {
	ofRule
	Entity entity.Packed `json:"entity"`
	Series string        `json:"series"`
	Group  uint64        `json:"group"`
	Last   int64         `json:"last"`
	signal.ReadingJSON
	Heard    int64            `json:"heard"`
	Episode  string           `json:"episode"`
	Opened   int64            `json:"opened"`
	Bad      bool             `json:"bad"`
	Severity finding.Severity `json:"severity"`
	Value    float64          `json:"value"`
	Told     float64          `json:"told"`
	ToldAt   int64            `json:"told_at"`
	Beyond   int64            `json:"beyond"`
	Family   string           `json:"family"`
}

// draw makes the same of it as snapshots hold now.
func (k *keptJSON) draw(p *portrait) {
	*p = portrait{
		kept: kept{Series: k.Series, Group: k.Group, Last: k.Last, Reading: k.Reading(), Heard: k.Heard, Value: k.Value},
		of:   k.ofRule, entity: k.Entity, family: k.Family,
		episode: episode{ID: k.Episode, Opened: k.Opened, Bad: k.Bad, Severity: k.Severity, Told: k.Told, ToldAt: k.ToldAt, Beyond: k.Beyond},
	}
}
