package chaos

import (
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	channel    = "events"
	hookSecret = "secret-of-the-webhook" //nolint:gosec // of a receiver on loopback that lives as long as the run
)

// receiver is the webhook of people who are told. Now and then it takes nothing.
type receiver struct {
	url    string
	server *http.Server

	mu    sync.Mutex
	rand  *rand.Rand
	heard map[string]int  // how often each delivery was taken
	moved map[string]bool // deliveries that only tell of another time: a newer message may replace them
	fails bool
}

// refusals is the share of messages that the receiver does not take.
const refusals = 0.05

func newReceiver(seed uint64) (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{
		url: "http://" + l.Addr().String(), heard: map[string]int{}, moved: map[string]bool{}, fails: true,
		rand: rand.New(rand.NewPCG(seed, 3)), //nolint:gosec // it is to be repeatable
	}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go r.server.Serve(l) //nolint:errcheck // it ends when the run does
	return r, nil
}

// ServeHTTP takes a message.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var m struct {
		Event string `json:"event"`
	}
	err := json.NewDecoder(req.Body).Decode(&m)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || r.fails && r.rand.Float64() < refusals {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	id := req.Header.Get("Forewarn-Delivery")
	r.heard[id]++
	r.moved[id] = m.Event == "moved"
}

// deliveries returns how often each message was taken, and which of them only told of another time.
func (r *receiver) deliveries() (heard map[string]int, moved map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	heard, moved = map[string]int{}, map[string]bool{}
	for id, n := range r.heard {
		heard[id], moved[id] = n, r.moved[id]
	}
	return heard, moved
}

func (r *receiver) close() { r.server.Close() } //nolint:errcheck,gosec // nobody sends any more
