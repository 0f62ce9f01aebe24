package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	hello "google.golang.org/grpc/examples/helloworld/helloworld"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// What a round measured; the same fields as bench/hello/load.ts.
type result struct {
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
	P50Us   float64 `json:"p50Us"`
	P99Us   float64 `json:"p99Us"`
}

// One worker's turn: how many it did, and when a call took how long.
type turn func(ctx context.Context, worker int) int

func load(args []string) {
	flags := flag.NewFlagSet("client", flag.ExitOnError)
	target, kind, ca := flags.String("target", "", ""), flags.String("kind", "unary", ""), flags.String("ca", "", "")
	concurrency, size, rate := flags.Int("concurrency", 1, ""), flags.Int("bytes", 0, ""), flags.Int("rate", 0, "")
	flags.Parse(args)
	if *kind == "connections" {
		hold(*target, *ca, *concurrency)
	}
	next := turns(dial(*target, *ca), *kind, *concurrency, *size)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		ms, err := strconv.Atoi(lines.Text())
		check(err)
		duration := time.Duration(ms) * time.Millisecond
		if *rate > 0 {
			print(openLoop(next, *rate, duration))
		} else {
			print(closedLoop(next, *concurrency, duration))
		}
	}
}

func print(r result) {
	check(json.NewEncoder(os.Stdout).Encode(r))
}

func turns(connection *grpc.ClientConn, kind string, concurrency int, size int) turn {
	payload := bytes.Repeat([]byte("x"), size)
	switch kind {
	case "unary":
		return func(ctx context.Context, _ int) int {
			out := &hello.HelloReply{}
			check(connection.Invoke(ctx, "/hello.HelloService/SayHello", &hello.HelloRequest{Name: "world"}, out))
			if out.GetMessage() != "Hello world" {
				log.Fatalf("wrong answer: %q", out.GetMessage())
			}
			return 1
		}
	case "echo":
		return func(ctx context.Context, _ int) int {
			out := &wrapperspb.BytesValue{}
			check(connection.Invoke(ctx, "/bench.BenchService/Echo", wrapperspb.Bytes(payload), out))
			if len(out.GetValue()) != size {
				log.Fatalf("wrong answer: %d bytes", len(out.GetValue()))
			}
			return 1
		}
	case "stream":
		return func(ctx context.Context, _ int) int { return receive(ctx, connection, 10_000) }
	case "pingpong":
		streams := make([]grpc.ClientStream, concurrency)
		return func(ctx context.Context, worker int) int {
			if streams[worker] == nil {
				stream, err := connection.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/bench.BenchService/PingPong")
				check(err)
				streams[worker] = stream
			}
			check(streams[worker].SendMsg(wrapperspb.Bytes(payload)))
			out := &wrapperspb.BytesValue{}
			check(streams[worker].RecvMsg(out))
			if len(out.GetValue()) != size {
				log.Fatalf("wrong answer: %d bytes", len(out.GetValue()))
			}
			return 1
		}
	}
	log.Fatalf("no kind %q", kind)
	return nil
}

func receive(ctx context.Context, connection *grpc.ClientConn, count int) int {
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/bench.BenchService/Stream")
	check(err)
	check(stream.SendMsg(wrapperspb.UInt32(uint32(count))))
	check(stream.CloseSend())
	for received := 0; ; received++ {
		out := &wrapperspb.BytesValue{}
		err := stream.RecvMsg(out)
		if err == io.EOF {
			if received != count {
				log.Fatalf("%d of %d messages", received, count)
			}
			return received
		}
		check(err)
		if len(out.GetValue()) != 100 {
			log.Fatalf("wrong message: %d bytes", len(out.GetValue()))
		}
	}
}

func closedLoop(next turn, concurrency int, duration time.Duration) result {
	var mutex sync.Mutex
	var group sync.WaitGroup
	total, taken := 0, []float64{}
	startedAt := time.Now()
	for worker := 0; worker < concurrency; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			done, mine := 0, []float64{}
			for time.Since(startedAt) < duration {
				before := time.Now()
				done += next(context.Background(), worker)
				mine = append(mine, float64(time.Since(before).Nanoseconds())/1000)
			}
			mutex.Lock()
			defer mutex.Unlock()
			total += done
			taken = append(taken, mine...)
		}()
	}
	group.Wait()
	return summary(total, time.Since(startedAt), taken)
}

// Calls start when they are due, whether earlier ones have ended or not; a call's time runs from when it was due.
func openLoop(next turn, rate int, duration time.Duration) result {
	var mutex sync.Mutex
	var group sync.WaitGroup
	taken := []float64{}
	startedAt := time.Now()
	calls := int(float64(rate) * duration.Seconds())
	for call := 0; call < calls; call++ {
		due := startedAt.Add(time.Duration(float64(call) / float64(rate) * float64(time.Second)))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		group.Add(1)
		go func() {
			defer group.Done()
			next(context.Background(), 0)
			us := float64(time.Since(due).Nanoseconds()) / 1000
			mutex.Lock()
			taken = append(taken, us)
			mutex.Unlock()
		}()
	}
	group.Wait()
	return summary(calls, time.Since(startedAt), taken)
}

func summary(count int, took time.Duration, taken []float64) result {
	sort.Float64s(taken)
	at := func(share float64) float64 { return taken[min(len(taken)-1, int(share*float64(len(taken))))] }
	return result{Count: count, Seconds: took.Seconds(), P50Us: at(0.5), P99Us: at(0.99)}
}

// Opens `count` connections, makes one call on each, says so, and holds them until stdin ends.
func hold(target string, ca string, count int) {
	connections := make([]*grpc.ClientConn, count)
	for index := range connections {
		connections[index] = dial(target, ca)
		if got := turns(connections[index], "unary", 1, 0)(context.Background(), 0); got != 1 {
			log.Fatal(strings.Repeat("no answer", got))
		}
	}
	print(result{Count: count})
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
