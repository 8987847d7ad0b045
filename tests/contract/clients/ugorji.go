// Go with ugorji's codec. net/rpc with MsgpackSpecRpc asks: requests, errors, pipelining. It knows no
// notifications, so a second connection sends and takes them with the codec's encoder and decoder.
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

func connect(path string) (net.Conn, *codec.MsgpackHandle) {
	handle := &codec.MsgpackHandle{WriteExt: true}
	handle.RawToString = true
	handle.MapType = reflect.TypeOf(map[string]interface{}(nil))
	connection, err := net.Dial("unix", path)
	check(err)
	return connection, handle
}

func create(name string) values {
	return values{"type": "customer", "values": values{"name": name}}
}

// A connection that hears of customers.
type listener struct {
	encoder *codec.Encoder
	decoder *codec.Decoder
	events  [][]interface{}
}

func listen(path string) *listener {
	connection, handle := connect(path)
	l := &listener{codec.NewEncoder(connection, handle), codec.NewDecoder(connection, handle), nil}
	check(l.encoder.Encode([]interface{}{2, "record.create", []interface{}{create("不该有")}}))
	types := values{"types": []string{"customer"}}
	check(l.encoder.Encode([]interface{}{0, 1, "event.subscribe", []interface{}{types}}))
	if reply := l.next(); reply[2] != nil {
		check(fmt.Errorf("event.subscribe: %v", reply[2]))
	}
	return l
}

func (l *listener) next() []interface{} {
	var message []interface{}
	check(l.decoder.Decode(&message))
	return message
}

func (l *listener) hear(count int) {
	for len(l.events) < count {
		message := l.next()
		event := message[2].([]interface{})[0].(map[string]interface{})
		record := event["record"].(map[string]interface{})
		l.events = append(l.events, []interface{}{message[1], event["type"], record["name"]})
	}
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

func failure(client *rpc.Client, op string, params values) string {
	var nothing map[string]interface{}
	if err := client.Call(op, params, &nothing); err != nil {
		return err.Error()
	}
	return "no error"
}

func main() {
	listener := listen(os.Args[1])
	connection, handle := connect(os.Args[1])
	client := rpc.NewClientWithCodec(codec.MsgpackSpecRpc.ClientCodec(connection, handle))
	seen := values{}
	var pong, made, got, count map[string]interface{}
	check(client.Call("server.ping", values{}, &pong))
	check(client.Call("record.create", create("王秀兰"), &made))
	check(client.Call("record.get", values{"type": "customer", "id": made["id"]}, &got))
	seen["pong"], seen["name"] = pong["pong"], got["name"]
	seen["error"] = failure(client, "record.get", values{"type": "customer", "id": 999999})
	seen["unknown"] = failure(client, "record.gett", values{"type": "customer", "id": 1})
	seen["pipelined"], seen["rising"] = pipeline(client, 200)
	listener.hear(201)
	seen["events"] = listener.events
	check(client.Call("record.count", values{"type": "customer"}, &count))
	seen["count"] = count["count"]
	line, err := json.Marshal(seen)
	check(err)
	fmt.Println(string(line))
}
