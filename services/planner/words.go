package planner

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/capacity"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/plan"
)

// words says a plan in a sentence or two.
func words(p *plan.Plan) i18n.Text {
	name := i18n.Line(p.Entity.Name)
	if p.Missing != nil {
		return i18n.Text{En: name + ": no plan yet; " + p.Missing.En, Zh: name + "：暂无规划；" + p.Missing.Zh}
	}
	g, f, b := sayGrowth(p), sayFull(p.Full), sayPurchase(p)
	return i18n.Text{En: name + ": " + g.En + "; " + f.En + "; " + b.En, Zh: name + "：" + g.Zh + "；" + f.Zh + "；" + b.Zh}
}

func sayGrowth(p *plan.Plan) i18n.Text {
	v, en, zh := p.GrowthPerMonth, "grows by %s a month", "每月增长 %s"
	switch {
	case v < 0:
		v, en, zh = -v, "shrinks by %s a month", "每月减少 %s"
	case v == 0:
		return i18n.Text{En: "does not grow", Zh: "没有增长"}
	}
	amount := i18n.Amount(v, p.Unit)
	return i18n.Text{En: fmt.Sprintf(en, amount), Zh: fmt.Sprintf(zh, amount)}
}

func sayFull(d plan.Dates) i18n.Text {
	switch {
	case d.P10 == nil:
		return i18n.Text{En: "not full within two years", Zh: "两年内不会用满"}
	case d.P50 == nil:
		return i18n.Text{
			En: "full from " + iso(d.P10) + " at the earliest (10 %), more likely not within two years",
			Zh: "最早（10 %）自 " + iso(d.P10) + " 起用满，两年内多半不会",
		}
	case d.P90 == nil:
		return i18n.Text{
			En: fmt.Sprintf("full in the week of %s (80 %%: from %s to later than two years)", iso(d.P50), iso(d.P10)),
			Zh: fmt.Sprintf("于 %s 当周用满（80 %%：%s 至两年以后）", iso(d.P50), iso(d.P10)),
		}
	}
	return i18n.Text{
		En: fmt.Sprintf("full in the week of %s (80 %%: %s to %s)", iso(d.P50), iso(d.P10), iso(d.P90)),
		Zh: fmt.Sprintf("于 %s 当周用满（80 %%：%s 至 %s）", iso(d.P50), iso(d.P10), iso(d.P90)),
	}
}

func sayPurchase(p *plan.Plan) i18n.Text {
	b := &p.Purchase
	if b.By == nil {
		return i18n.Text{
			En: fmt.Sprintf("what there is lasts until %s at %s", iso(&b.Until), i18n.Percent(b.Confidence)),
			Zh: fmt.Sprintf("现有容量足够用至 %s（置信度 %s）", iso(&b.Until), i18n.Percent(b.Confidence)),
		}
	}
	amount := i18n.Amount(b.Amount, p.Unit)
	return i18n.Text{
		En: fmt.Sprintf("add %s by %s to last until %s at %s", amount, iso(b.By), iso(&b.Until), i18n.Percent(b.Confidence)),
		Zh: fmt.Sprintf("须在 %s 前增加 %s，可用至 %s（置信度 %s）", iso(b.By), amount, iso(&b.Until), i18n.Percent(b.Confidence)),
	}
}

func iso(t *time.Time) string { return t.Format(time.DateOnly) }

// silent says since when there has been no data.
func silent(since time.Time) *i18n.Text {
	day := since.UTC().Format(time.DateOnly)
	return &i18n.Text{En: "there has been no data since " + day, Zh: "自 " + day + " 起没有数据"}
}

// tooShort says how much history there is.
func tooShort(need, n int) *i18n.Text {
	return &i18n.Text{
		En: fmt.Sprintf("it needs %d full weeks of history and has %d", need, n),
		Zh: fmt.Sprintf("需要 %d 个完整周的历史，目前有 %d 个", need, n),
	}
}

// unfit says why the model cannot explain the past.
func unfit(err error) *i18n.Text {
	if errors.Is(err, capacity.ErrTooFewPoints) {
		return &i18n.Text{
			En: "the history has too many holes: " + err.Error(), Zh: "历史数据缺口过多：" + err.Error(),
		}
	}
	return &i18n.Text{En: "the past cannot be explained: " + err.Error(), Zh: "无法由历史得出规划：" + err.Error()}
}

// unread says that the history could not be read.
func unread(err error) *i18n.Text {
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	return &i18n.Text{En: "its history cannot be read, and is tried again: " + text, Zh: "无法读取历史，稍后重试：" + text}
}

func failing(err error) i18n.Text {
	return i18n.Text{En: "its query fails: " + err.Error(), Zh: "查询失败：" + err.Error()}
}

func crowded() i18n.Text {
	return i18n.Text{
		En: fmt.Sprintf("a plan takes %d drivers, and others come before it", mostDrivers),
		Zh: fmt.Sprintf("一份规划最多使用 %d 个驱动因素，排在其前的已足", mostDrivers),
	}
}

// dropped says why the model left an effect out.
func dropped(r capacity.Reason) i18n.Text {
	zh := map[capacity.Reason]string{
		capacity.Missing: "历史中四分之一以上的时段没有数据", capacity.Constant: "从未变化", capacity.Rare: "出现不足两次",
		capacity.Collinear: "与其他因素同步变化", capacity.TooFew: "数据点不足", capacity.Needless: "没有需要解释的变化",
	}
	return i18n.Text{En: r.String(), Zh: zh[r]}
}
