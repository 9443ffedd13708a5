package web

import (
	"net/url"
	"strconv"
)

// paging says which page of a list this is, and where its other pages and its file are.
type paging struct {
	// path is the list's, query what was asked for beside the page.
	path  string
	query url.Values
	// Found is how many rows pass the filter, of which those from First to Last, counted from 1, are on the page.
	Found, First, Last int
	Page, Pages        int
}

// newPaging returns the page that is asked for of the list at a path.
func newPaging(path string, query url.Values, asked string) paging {
	p := paging{path: path, query: query, Page: 1}
	if n, err := strconv.Atoi(asked); err == nil && n > 0 {
		p.Page = n
	}
	return p
}

// cut notes how many rows there are and returns which of them are on the page: those from one index to before another.
func (p *paging) cut(found, size int) (from, to int) {
	p.Found = found
	p.Pages = max(1, (found+size-1)/size)
	p.Page = min(p.Page, p.Pages)
	from = (p.Page - 1) * size
	to = min(from+size, found)
	p.First, p.Last = from+1, to
	return from, to
}

// Filtered reports whether only some rows were asked for.
func (p *paging) Filtered() bool { return len(p.query) > 0 }

// All returns the address of the list without a filter.
func (p *paging) All() string { return p.path }

// Link returns the address of another page of the same list.
func (p *paging) Link(page int) string {
	if page <= 1 {
		return address(p.path, p.query)
	}
	q := url.Values{"page": {strconv.Itoa(page)}}
	for name, v := range p.query {
		q[name] = v
	}
	return address(p.path, q)
}

// CSV returns the address of the whole list as a file.
func (p *paging) CSV() string { return address(p.path+".csv", p.query) }

// Prev returns the number of the page before, 0 on the first.
func (p *paging) Prev() int { return p.Page - 1 }

// Next returns the number of the next page, 0 on the last.
func (p *paging) Next() int {
	if p.Page >= p.Pages {
		return 0
	}
	return p.Page + 1
}
