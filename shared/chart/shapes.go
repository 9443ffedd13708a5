package chart

import (
	"image/color"

	"gonum.org/v1/plot/vg"

	"github.com/forewarn/forewarn/shared/i18n"
)

// symbol is how a kind of mark looks: a shape that no other kind has, filled or hollow, and a colour.
type symbol struct {
	path   func(x, y, r float64) vg.Path
	hollow bool
	color  color.NRGBA
	name   i18n.Text
}

func (t theme) symbol(k MarkKind) symbol {
	switch k {
	case Opened:
		return symbol{path: triangle, color: t.limit, name: i18n.Text{En: "opened", Zh: "事件"}}
	case Acknowledged:
		return symbol{path: square, hollow: true, color: rgb(skyBlue), name: i18n.Text{En: "acknowledged", Zh: "确认"}}
	case Resolved:
		return symbol{path: disc, color: rgb(green), name: i18n.Text{En: "resolved", Zh: "恢复"}}
	case CleanUp:
		return symbol{path: arrowDown, color: rgb(green), name: i18n.Text{En: "clean-up", Zh: "清理"}}
	case Restart:
		return symbol{path: disc, hollow: true, color: rgb(purple), name: i18n.Text{En: "restart", Zh: "重启"}}
	case Resized:
		return symbol{path: diamond, color: rgb(purple), name: i18n.Text{En: "resized", Zh: "扩容"}}
	case Failed:
		return symbol{path: cross, color: t.limit, name: i18n.Text{En: "failed", Zh: "故障"}}
	}
	return symbol{path: square, color: t.faint, name: i18n.Text{En: string(k)}}
}

func triangle(x, y, r float64) vg.Path {
	return polygon(point(x, y-r), point(x+r, y+0.8*r), point(x-r, y+0.8*r))
}

func arrowDown(x, y, r float64) vg.Path {
	return polygon(point(x, y+r), point(x+r, y-0.8*r), point(x-r, y-0.8*r))
}

func square(x, y, r float64) vg.Path {
	return box{x - 0.85*r, y - 0.85*r, x + 0.85*r, y + 0.85*r}.path()
}

func diamond(x, y, r float64) vg.Path {
	return polygon(point(x, y-r), point(x+r, y), point(x, y+r), point(x-r, y))
}

// cross is an x of strokes as thick as half its arm.
func cross(x, y, r float64) vg.Path {
	a, b := r, 0.45*r
	return polygon(
		point(x-a, y-a+b), point(x-a+b, y-a), point(x, y-b), point(x+a-b, y-a), point(x+a, y-a+b), point(x+b, y),
		point(x+a, y+a-b), point(x+a-b, y+a), point(x, y+b), point(x-a+b, y+a), point(x-a, y+a-b), point(x-b, y),
	)
}

// symbolAt draws a symbol.
func (s *sheet) symbolAt(k symbol, x, y, r float64) {
	if k.hollow {
		s.fill(k.path(x, y, r), s.paper)
		s.stroke(k.path(x, y, r-0.5), line{color: k.color, width: 1.6})
		return
	}
	s.fill(k.path(x, y, r), k.color)
}
