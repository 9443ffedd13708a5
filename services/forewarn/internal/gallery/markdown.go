package gallery

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// What a platform's Markdown knows, as it documents it; what it does not know is shown as it was sent.
//
//	DingTalk  https://open.dingtalk.com/document/orgapp/custom-bot-send-message-type
//	WeCom     https://developer.work.weixin.qq.com/document/path/91770
//	Feishu    https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/using-markdown-tags

// dingTalkMarkdown has headings, quotes, lists, emphasis and links.
func dingTalkMarkdown() goldmark.Markdown {
	return dialect(nothing, nil, parser.NewATXHeadingParser(), parser.NewBlockquoteParser(), parser.NewListParser(), parser.NewListItemParser())
}

// weComMarkdown has headings, quotes, bold, links and three colours of fonts, and no lists. Each line is one.
func weComMarkdown() goldmark.Markdown {
	return dialect(fonts, []renderer.Option{html.WithHardWraps()}, parser.NewATXHeadingParser(), parser.NewBlockquoteParser())
}

// larkMarkdown, which is Feishu's lark_md, has emphasis and links. Each line is one.
func larkMarkdown() goldmark.Markdown {
	return dialect(nothing, []renderer.Option{html.WithHardWraps()})
}

// dialect returns what reads paragraphs, emphasis, code and links, and beside them the given blocks, and writes HTML. Elements of HTML are
// text, but for those that are allowed.
func dialect(allowed allowed, options []renderer.Option, blocks ...parser.BlockParser) goldmark.Markdown {
	ranked := []util.PrioritizedValue{util.Prioritized(parser.NewParagraphParser(), 1000)}
	for i, b := range blocks {
		ranked = append(ranked, util.Prioritized(b, 100+i))
	}
	inline := []util.PrioritizedValue{
		util.Prioritized(parser.NewCodeSpanParser(), 100), util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewRawHTMLParser(), 400), util.Prioritized(parser.NewEmphasisParser(), 500),
	}
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(parser.WithBlockParsers(ranked...), parser.WithInlineParsers(inline...))),
		goldmark.WithRendererOptions(append(options, renderer.WithNodeRenderers(util.Prioritized(allowed, 10)))...),
	)
}

// allowed tells which elements of HTML a platform acts on.
type allowed func(tag []byte) bool

func nothing([]byte) bool { return false }

var font = regexp.MustCompile(`^(<font color="(info|comment|warning)">|</font>)$`)

// fonts are WeCom's three colours.
func fonts(tag []byte) bool { return font.Match(tag) }

// RegisterFuncs replaces how raw HTML is written.
func (a allowed) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkSkipChildren, nil
		}
		raw, ok := n.(*ast.RawHTML)
		if !ok {
			return ast.WalkStop, fmt.Errorf("raw HTML is a %T", n)
		}
		tag := raw.Segments.Value(source)
		if !a(tag) {
			tag = util.EscapeHTML(tag)
		}
		_, err := w.Write(tag)
		return ast.WalkSkipChildren, err
	})
}

// markup makes HTML of a message.
func markup(m goldmark.Markdown, text string) (template.HTML, error) {
	var b bytes.Buffer
	if err := m.Convert([]byte(text), &b); err != nil {
		return "", fmt.Errorf("read Markdown: %w", err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // goldmark escapes text, and we all HTML that is not allowed
}
