// countproxy stands before an OpenStack whose services listen on consecutive ports of 127.0.0.1, and counts calls.
//
//	countproxy -from 24880 -to 34880 -control 34890 -names keystone,placement,glance,neutron,nova,cinder,swift
//
// Who logs in at the first port of the proxy gets a catalogue that names the proxy's ports. Both blocks of ports have as
// many digits, so that bodies keep their length. What services ask of each other goes past it: only clients' calls count.
//
//	GET control/stats    {"total": .., "by_call": {"nova POST /servers": ..}, "errors": {"409 neutron POST ..": ..}}
//	GET control/reset
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// identifiers are what differs between calls of one kind: ids of services, projects and buckets.
var identifiers = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|bench-[A-Za-z0-9_.-]+`)

// counts is what was asked since the last reset.
type counts struct {
	mutex  sync.Mutex
	Total  int            `json:"total"`
	ByCall map[string]int `json:"by_call"`
	Errors map[string]int `json:"errors"`
}

func (c *counts) add(call string, status int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.Total++
	c.ByCall[call]++
	if status >= http.StatusBadRequest {
		c.Errors[fmt.Sprintf("%d %s", status, call)]++
	}
}

func (c *counts) reset() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.Total, c.ByCall, c.Errors = 0, map[string]int{}, map[string]int{}
}

func (c *counts) write(w io.Writer) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err := json.NewEncoder(w).Encode(c); err != nil {
		log.Print(err)
	}
}

// answer remembers the status that was written.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// rewriter turns the cloud's addresses into the proxy's.
func rewriter(from, to, services int) func([]byte) []byte {
	return func(body []byte) []byte {
		for n := range services {
			was, is := fmt.Sprintf("127.0.0.1:%d", from+n), fmt.Sprintf("127.0.0.1:%d", to+n)
			body = bytes.ReplaceAll(body, []byte(was), []byte(is))
		}
		return body
	}
}

// forward is the proxy of one service.
func forward(target *url.URL, transport http.RoundTripper, rewrite func([]byte) []byte) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = target.Host // links in answers then name the cloud, and are rewritten
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(r *http.Response) error {
			for _, values := range r.Header {
				for n := range values {
					values[n] = string(rewrite([]byte(values[n])))
				}
			}
			if !strings.Contains(r.Header.Get("Content-Type"), "json") {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			r.Body = io.NopCloser(bytes.NewReader(rewrite(body)))
			return nil
		},
	}
}

func main() {
	from := flag.Int("from", 0, "first port of the cloud")
	to := flag.Int("to", 0, "first port of the proxy, with as many digits")
	control := flag.Int("control", 0, "port for statistics")
	names := flag.String("names", "", "names of the services in the order of their ports")
	flag.Parse()
	services := strings.Split(*names, ",")
	rewrite := rewriter(*from, *to, len(services))
	transport := &http.Transport{
		MaxIdleConns: 256, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, DisableCompression: true,
	}
	seen := &counts{}
	seen.reset()
	for n, name := range services {
		target := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", *from+n)}
		proxy := forward(target, transport, rewrite)
		counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			told := &answer{w, http.StatusOK}
			proxy.ServeHTTP(told, r)
			seen.add(name+" "+r.Method+" "+identifiers.ReplaceAllString(r.URL.Path, "*"), told.status)
		})
		go func() { log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *to+n), counted)) }()
	}
	http.HandleFunc("/stats", func(w http.ResponseWriter, _ *http.Request) { seen.write(w) })
	http.HandleFunc("/reset", func(http.ResponseWriter, *http.Request) { seen.reset() })
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *control), nil))
}
