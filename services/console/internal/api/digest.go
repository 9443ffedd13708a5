package api

import (
	"net/http"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// document is an answer that is no JSON.
type document struct {
	mediaType, name string
	data            []byte
}

// digest answers GET /api/v1/digest: numbers, or a document in one of its forms.
func (a *API) digest(r *http.Request, q query) (any, error) {
	forms := make([]string, 0, len(digest.Forms()))
	for _, f := range digest.Forms() {
		forms = append(forms, string(f))
	}
	form, errForm := q.oneOf("format", forms...)
	language, errLanguage := q.oneOf("language", string(i18n.English), string(i18n.Chinese))
	if err := firstOf([]error{errForm, errLanguage}); err != nil {
		return nil, err
	}
	request := digest.Request{
		Week: q["week"], Month: q["month"], Team: q["team"], Language: i18n.Language(language), Timezone: q["timezone"], Form: digest.Form(form),
	}
	if form == "" {
		request.Form = digest.JSON
	}
	reply, err := a.source.Digest(r.Context(), request)
	switch {
	case err != nil:
		return nil, err
	case reply.NotFound:
		return nil, &failure{status: http.StatusNotFound, code: "not_found", message: reply.Refusal}
	case reply.Refusal != "":
		return nil, badParameter("%s", reply.Refusal)
	case request.Form == digest.JSON:
		return reply.Digest, nil
	}
	return document{request.Form.MediaType(), "forewarn-digest." + extension(request.Form), reply.Document}, nil
}

// extension is how files of a form end.
func extension(f digest.Form) string {
	switch f {
	case digest.Text:
		return "txt"
	case digest.Markdown:
		return "md"
	}
	return string(f)
}
