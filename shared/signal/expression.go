package signal

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

const (
	// maxExpression bounds an expression's length in bytes.
	maxExpression = 512
	// maxDepth bounds its nesting, and with it the stack of eval.
	maxDepth = 16
)

// expression is arithmetic over inputs, compiled to reverse Polish notation. "a ? b" is a where there is one and b
// otherwise, for inputs that only some senders have.
//
//	sum     = product { ("+" | "-") product }
//	product = choice { ("*" | "/") choice }
//	choice  = factor { "?" factor }
//	factor  = number | name | "-" factor | "(" sum ")"
type expression struct {
	text string
	code []step
}

// step pushes an input's value (op 'v'), pushes a number ('n'), negates ('~') or joins two values.
type step struct {
	op     byte
	input  int
	number float64
}

// parseExpression compiles text; inputs gives the names that it may use, in the order of eval's values.
// Errors say at which column, counted in bytes from 1.
func parseExpression(text string, inputs []string) (*expression, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("%d bytes are too long; use at most %d", len(text), maxExpression)
	}
	p := parser{text: text, inputs: inputs}
	if err := p.sum(0); err != nil {
		return nil, err
	}
	if p.space(); p.at < len(text) {
		return nil, p.wrong("an operator (+ - * / ?)")
	}
	return &expression{text: text, code: p.code}, nil
}

// eval returns the value for these inputs; not ok if it is not a finite number, a division by zero anywhere
// in it included.
func (e *expression) eval(values []float64) (float64, bool) {
	// Each level of nesting holds at most a term, a product and a choice that wait for their right-hand side.
	var stack [3*maxDepth + 4]float64
	top := 0
	for _, s := range e.code {
		switch s.op {
		case 'n':
			stack[top] = s.number
			top++
			continue
		case 'v':
			stack[top] = values[s.input]
			top++
			continue
		case '~':
			stack[top-1] = -stack[top-1] //nolint:gosec // the parser pushes an operand first
			continue
		}
		top--
		left, right := &stack[top-1], stack[top] //nolint:gosec // the parser pushes both operands first
		switch s.op {
		case '+':
			*left += right
		case '-':
			*left -= right
		case '*':
			*left *= right
		case '?':
			if math.IsNaN(*left) {
				*left = right
			}
		case '/':
			if right == 0 {
				return 0, false
			}
			*left /= right
		}
	}
	return stack[0], finite(stack[0])
}

// uses reports whether the expression reads the input.
func (e *expression) uses(input int) bool {
	if e == nil {
		return false
	}
	for _, s := range e.code {
		if s.op == 'v' && s.input == input {
			return true
		}
	}
	return false
}

type parser struct {
	text   string
	inputs []string
	at     int
	code   []step
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// peek returns the next byte that is no white space, 0 at the end.
func (p *parser) peek() byte {
	if p.space(); p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) wrong(wanted string) error {
	if p.at >= len(p.text) {
		return fmt.Errorf("column %d: the expression ends where %s must be", p.at+1, wanted)
	}
	return fmt.Errorf("column %d: %q where %s must be", p.at+1, p.text[p.at:min(p.at+20, len(p.text))], wanted)
}

func (p *parser) sum(depth int) error {
	return p.chain('+', '-', func() error {
		return p.chain('*', '/', func() error {
			return p.chain('?', '?', func() error { return p.factor(depth) })
		})
	})
}

// chain reads operands joined by either operator, from left to right.
func (p *parser) chain(this, that byte, operand func() error) error {
	if err := operand(); err != nil {
		return err
	}
	for op := p.peek(); op == this || op == that; op = p.peek() {
		p.at++
		if err := operand(); err != nil {
			return err
		}
		p.code = append(p.code, step{op: op})
	}
	return nil
}

func (p *parser) factor(depth int) error {
	if depth >= maxDepth {
		return fmt.Errorf("column %d: more than %d levels of parentheses and signs; write it simpler", p.at+1, maxDepth)
	}
	switch c := p.peek(); {
	case c == '-':
		p.at++
		if err := p.factor(depth + 1); err != nil {
			return err
		}
		p.code = append(p.code, step{op: '~'})
		return nil
	case c == '(':
		p.at++
		if err := p.sum(depth + 1); err != nil {
			return err
		}
		if p.peek() != ')' {
			return p.wrong(`")"`)
		}
		p.at++
		return nil
	case c == '.' || '0' <= c && c <= '9':
		return p.number()
	case 'a' <= c && c <= 'z' || c == '_':
		return p.name()
	}
	return p.wrong("a number, an input's name or a parenthesis")
}

func (p *parser) number() error {
	end := p.at
	for end < len(p.text) && (isDigit(p.text[end]) || p.text[end] == '.') {
		end++
	}
	// An exponent belongs to the number only with its digits.
	if exp := end; exp < len(p.text) && p.text[exp] == 'e' {
		if exp++; exp < len(p.text) && (p.text[exp] == '+' || p.text[exp] == '-') {
			exp++
		}
		for exp < len(p.text) && isDigit(p.text[exp]) {
			exp++
			end = exp
		}
	}
	v, err := strconv.ParseFloat(p.text[p.at:end], 64)
	if err != nil || !finite(v) {
		return p.wrong("a number")
	}
	p.at = end
	p.code = append(p.code, step{op: 'n', number: v})
	return nil
}

func (p *parser) name() error {
	end := p.at
	for end < len(p.text) && (isDigit(p.text[end]) || 'a' <= p.text[end] && p.text[end] <= 'z' || p.text[end] == '_') {
		end++
	}
	name := p.text[p.at:end]
	for i, in := range p.inputs {
		if in == name {
			p.at = end
			p.code = append(p.code, step{op: 'v', input: i})
			return nil
		}
	}
	return fmt.Errorf("column %d: there is no input %q (inputs: %s); correct the name or add the input",
		p.at+1, name, strings.Join(p.inputs, ", "))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
