// Go's net/rpc with ugorji's MsgpackSpecRpc codec: requests, an error, pipelining.
// ugorji SOCKET prints one line of JSON.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/rpc"
	"os"
	"reflect"

	"github.com/ugorji/go/codec"
)

type values map[string]interface{}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func connect(path string) *rpc.Client {
	handle := &codec.MsgpackHandle{WriteExt: true}
	handle.RawToString = true
	handle.MapType = reflect.TypeOf(map[string]interface{}(nil))
	connection, err := net.Dial("unix", path)
	check(err)
	return rpc.NewClientWithCodec(codec.MsgpackSpecRpc.ClientCodec(connection, handle))
}

func create(name string) values {
	return values{"type": "customer", "values": values{"name": name}}
}

// Sends all, then waits for all.
func pipeline(client *rpc.Client, count int) (int, bool) {
	replies := make([]map[string]interface{}, count)
	calls := make([]*rpc.Call, count)
	for i := range calls {
		calls[i] = client.Go("record.create", create(fmt.Sprintf("客户%d", i)), &replies[i], nil)
	}
	rising, last := true, int64(0)
	for i, call := range calls {
		check((<-call.Done).Error)
		id := reflect.ValueOf(replies[i]["id"]).Convert(reflect.TypeOf(int64(0))).Int()
		rising, last = rising && id > last, id
	}
	return count, rising
}

func main() {
	client := connect(os.Args[1])
	seen := values{}
	var pong, made, got, count map[string]interface{}
	check(client.Call("server.ping", values{}, &pong))
	check(client.Call("record.create", create("王秀兰"), &made))
	check(client.Call("record.get", values{"type": "customer", "id": made["id"]}, &got))
	missing := client.Call("record.get", values{"type": "customer", "id": 999999}, &got)
	if missing != nil {
		seen["error"] = missing.Error()
	}
	seen["pong"], seen["name"] = pong["pong"], got["name"]
	seen["pipelined"], seen["rising"] = pipeline(client, 200)
	check(client.Call("record.count", values{"type": "customer"}, &count))
	seen["count"] = count["count"]
	line, err := json.Marshal(seen)
	check(err)
	fmt.Println(string(line))
}
