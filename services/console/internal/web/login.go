package web

import (
	"net/http"
	"strings"

	"github.com/forewarn/forewarn/services/console/internal/guard"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 16 << 10

// loginForm is the content of the login page.
type loginForm struct {
	Next  string
	Error string
}

func (w *Web) login(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		w.showLogin(rw, r, http.StatusBadRequest, "/", "")
		return
	}
	next := localPath(r.PostForm.Get("next"))
	status, why := w.settings.Guard.Login(rw, r, strings.TrimSpace(r.PostForm.Get("token")))
	if status != 0 {
		w.showLogin(rw, r, status, next, why)
		return
	}
	http.Redirect(rw, r, next, http.StatusSeeOther) //nolint:gosec // localPath has let only paths of ours through
}

func (w *Web) logout(rw http.ResponseWriter, r *http.Request) {
	w.settings.Guard.Logout(rw)
	http.Redirect(rw, r, "/", http.StatusSeeOther)
}

// localPath returns next if it is a path on this server, else the overview's.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// showLogin answers with the login form.
func (w *Web) showLogin(rw http.ResponseWriter, r *http.Request, status int, next string, why guard.Reason) {
	p := w.newPage(rw, r)
	f := loginForm{Next: next}
	switch why {
	case guard.BadToken:
		f.Error = p.Say("This is not the token. It is the value of console.token in the configuration.", "访问令牌不正确。它是配置中 console.token 的值。")
	case guard.TooMany:
		f.Error = p.Say("Too many wrong tokens came from this address. Wait a few seconds, then try again.", "此地址的错误尝试过多，请稍候几秒再试。")
	}
	p.Title, p.Content, p.Session, p.Path = p.Say("Sign in", "登录"), f, false, "/"
	w.render(rw, status, "login", p)
}

// Refuse shows a person why the guard refused the request and what to do.
func (w *Web) Refuse(rw http.ResponseWriter, r *http.Request, status int, why guard.Reason) {
	switch why {
	case guard.BadHost:
		p := w.newPage(rw, r)
		w.say(rw, p, status, p.Say("Wrong address", "地址不正确"),
			p.Say("This console listens on its own machine only and does not answer under this name.", "控制台只在本机监听，不以此名称提供服务。"),
			p.Say("Open it as http://127.0.0.1 with its port, or set console.external_url to the address that people type.",
				"请用 http://127.0.0.1 加端口打开，或将 console.external_url 设为对外使用的地址。"))
	case guard.BadOrigin:
		p := w.newPage(rw, r)
		w.say(rw, p, status, p.Say("Refused", "已拒绝"),
			p.Say("Another site sent this form.", "此表单来自其他网站。"),
			p.Say("Open the console itself and do it there; behind a proxy, set console.external_url.", "请直接打开控制台操作；若经过代理，请设置 console.external_url。"))
	default:
		if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
			w.bounce(rw, r)
			return
		}
		next := "/"
		if r.Method == http.MethodGet {
			next = localPath(r.URL.RequestURI())
		}
		w.showLogin(rw, r, status, next, why)
	}
}

// bounce answers a link that was followed from another site, such as a chat: the browser does not send a
// strict cookie then, and does once this page loads the same address again.
func (w *Web) bounce(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	rw.Header().Set("Refresh", "0")
	p.Session = false
	w.say(rw, p, http.StatusOK, p.Say("Opening…", "正在打开…"),
		p.Say("One moment.", "请稍候。"), p.Say("If nothing happens, reload this page.", "如无反应，请刷新页面。"))
}
