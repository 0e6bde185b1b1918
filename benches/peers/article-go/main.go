// A peer for the benchmark: the hub of an article on Server-Sent Events in Go.
//
// One goroutine owns the registered clients and receives register, unregister and broadcast; each
// client has a channel of its own; who cannot take a message at once is dropped. Two mistakes of
// the original are mended, because they would spoil the figures for no good reason: events end
// with the blank line they need, and the loop of a dropped client ends instead of spinning on its
// closed channel. Topics are added: a hub for each.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"sync"
)

type client struct {
	name string
	send chan string
}

type hub struct {
	clients    map[*client]bool
	register   chan *client
	unregister chan *client
	broadcast  chan string
}

func newHub() *hub {
	h := &hub{map[*client]bool{}, make(chan *client), make(chan *client), make(chan string)}
	go h.run()
	return h
}

func (h *hub) run() {
	for {
		select {
		case c := <-h.register:
			h.clients[c] = true
		case c := <-h.unregister:
			h.drop(c)
		case message := <-h.broadcast:
			for c := range h.clients {
				select {
				case c.send <- message:
				default:
					h.drop(c)
				}
			}
		}
	}
}

func (h *hub) drop(c *client) {
	if h.clients[c] {
		delete(h.clients, c)
		close(c.send)
	}
}

type hubs struct {
	sync.Mutex
	byTopic map[string]*hub
}

func (hs *hubs) get(topic string) *hub {
	hs.Lock()
	defer hs.Unlock()
	if hs.byTopic[topic] == nil {
		hs.byTopic[topic] = newHub()
	}
	return hs.byTopic[topic]
}

func subscribe(hs *hubs, buffer int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("user")
		flusher, canFlush := w.(http.Flusher)
		if name == "" || !canFlush {
			http.Error(w, "The parameters have no names", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-cache")
		h := hs.get(r.URL.Query().Get("topic"))
		c := &client{name, make(chan string, buffer)}
		h.register <- c
		defer func() { h.unregister <- c }()
		flusher.Flush()
		for {
			select {
			case message, open := <-c.send:
				if !open {
					return
				}
				fmt.Fprintf(w, "data: %s\n\n", message)
				flusher.Flush()
			case <-r.Context().Done():
				return
			}
		}
	}
}

func publish(hs *hubs) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var posted struct{ Message, User string }
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewDecoder(r.Body).Decode(&posted); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"succeeded":false,"errorMessage":%q}`, err.Error())
			return
		}
		hs.get(r.URL.Query().Get("topic")).broadcast <- posted.Message
		fmt.Fprint(w, `{"succeeded":true,"message":"OK"}`)
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address")
	buffer := flag.Int("buffer", 0, "messages that a client's channel holds")
	flag.Parse()
	hs := &hubs{byTopic: map[string]*hub{}}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	http.HandleFunc("/sse", subscribe(hs, *buffer))
	http.HandleFunc("/sse/message", publish(hs))
	log.Fatal(http.ListenAndServe(*listen, nil))
}
