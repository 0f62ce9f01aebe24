// The grpc-go peer: the same server and load client as ours and grpc-js's, with the same flags and lines.
//
//	grpc-go-bench server [--cert F --key F]                     prints "ready PORT"
//	grpc-go-bench client --target HOST:PORT --kind unary|stream|pingpong|echo|connections --concurrency N
//	    [--bytes N] [--rate N] [--ca F]                         a round's milliseconds a line in, its JSON a line out
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	hello "google.golang.org/grpc/examples/helloworld/helloworld"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("grpc-go-bench server|client")
	}
	if os.Args[1] == "server" {
		serve(os.Args[2:])
	} else {
		load(os.Args[2:])
	}
}

func serve(args []string) {
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	cert, key := flags.String("cert", "", ""), flags.String("key", "", "")
	flags.Parse(args)
	var options []grpc.ServerOption
	if *cert != "" {
		creds, err := credentials.NewServerTLSFromFile(*cert, *key)
		check(err)
		options = append(options, grpc.Creds(creds))
	}
	server := grpc.NewServer(options...)
	server.RegisterService(&helloService, nil)
	server.RegisterService(&benchService, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("ready %d\n", listener.Addr().(*net.TCPAddr).Port)
	check(server.Serve(listener))
}

// hello.HelloService with the messages of grpc-go's helloworld example, which are the same bytes.
var helloService = grpc.ServiceDesc{
	ServiceName: "hello.HelloService",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "SayHello", Handler: unary(func(in *hello.HelloRequest) (any, error) {
		return &hello.HelloReply{Message: "Hello " + in.GetName()}, nil
	})}},
}

// bench.BenchService, see bench/hello/bench.proto.
var benchService = grpc.ServiceDesc{
	ServiceName: "bench.BenchService",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "Echo", Handler: unary(func(in *wrapperspb.BytesValue) (any, error) {
		return in, nil
	})}},
	Streams: []grpc.StreamDesc{
		{StreamName: "Stream", ServerStreams: true, Handler: func(_ any, stream grpc.ServerStream) error {
			count := &wrapperspb.UInt32Value{}
			if err := stream.RecvMsg(count); err != nil {
				return err
			}
			message := wrapperspb.Bytes([]byte(strings.Repeat("x", 100)))
			for i := uint32(0); i < count.GetValue(); i++ {
				if err := stream.SendMsg(message); err != nil {
					return err
				}
			}
			return nil
		}},
		{StreamName: "PingPong", ServerStreams: true, ClientStreams: true, Handler: func(_ any, stream grpc.ServerStream) error {
			for {
				message := &wrapperspb.BytesValue{}
				if err := stream.RecvMsg(message); err != nil {
					return nil
				}
				if err := stream.SendMsg(message); err != nil {
					return err
				}
			}
		}},
	},
}

func unary[In any](answer func(*In) (any, error)) func(any, context.Context, func(any) error, grpc.UnaryServerInterceptor) (any, error) {
	return func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in := new(In)
		if err := decode(in); err != nil {
			return nil, err
		}
		return answer(in)
	}
}

func dial(target string, ca string) *grpc.ClientConn {
	creds := insecure.NewCredentials()
	if ca != "" {
		pem, err := os.ReadFile(ca)
		check(err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		creds = credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: "localhost"})
	}
	connection, err := grpc.NewClient("passthrough:///"+target, grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20), grpc.MaxCallSendMsgSize(16<<20)))
	check(err)
	return connection
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
