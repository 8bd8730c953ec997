// Greets who is named by the event.
package main

import (
	"encoding/json"

	"shardmill/guest/handler"
)

func init() { handler.Handle(handle) }

func main() {}

func handle(event []byte, _ handler.Context) ([]byte, error) {
	var given struct{ Name *string }
	if err := json.Unmarshal(event, &given); err != nil {
		return nil, err
	}
	if given.Name == nil {
		return nil, handler.Error{Type: "NoName", Message: "the event has no `name`"}
	}
	return json.Marshal(map[string]string{"greeting": "hello, " + *given.Name})
}
