package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const function = "quakes-from-go"

// functionScenario uploads the component that GUEST names, invokes it, and maps it to a stream.
func functionScenario(ctx context.Context, streams *kinesis.Client, client *lambda.Client) error {
	component, err := os.ReadFile(os.Getenv("GUEST"))
	if err != nil {
		return err
	}
	code, err := zipped("function.wasm", component)
	if err != nil {
		return err
	}
	name := aws.String(function)
	_, err = client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: name,
		Role:         aws.String("arn:aws:iam::000000000000:role/any"),
		Runtime:      types.RuntimeProvidedal2023,
		Handler:      aws.String("none"),
		Code:         &types.FunctionCode{ZipFile: code},
		Environment:  &types.Environment{Variables: map[string]string{"MIN_MAGNITUDE": "0"}},
	})
	if err != nil {
		return err
	}
	waiter := lambda.NewFunctionActiveV2Waiter(client)
	if err := waiter.Wait(ctx, &lambda.GetFunctionInput{FunctionName: name}, time.Minute); err != nil {
		return err
	}
	if err := invoke(ctx, client); err != nil {
		return err
	}
	if err := mapping(ctx, streams, client); err != nil {
		return err
	}
	if _, err := client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name}); err != nil {
		return err
	}
	_, err = client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: name})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return fmt.Errorf("a deleted function: %v", err)
	}
	return nil
}

// event is what EVENT names: a batch of one record as a mapping would bring it, and its data.
func event() (payload, data []byte, err error) {
	payload, err = os.ReadFile(os.Getenv("EVENT"))
	if err != nil {
		return nil, nil, err
	}
	var batch struct {
		Records []struct{ Kinesis struct{ Data []byte } }
	}
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, nil, err
	}
	return payload, batch.Records[0].Kinesis.Data, nil
}

// invoke calls the function with a batch, as a mapping would.
func invoke(ctx context.Context, client *lambda.Client) error {
	payload, _, err := event()
	if err != nil {
		return err
	}
	reply, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(function), Payload: payload})
	if err != nil {
		return err
	}
	if reply.StatusCode != 200 || reply.FunctionError != nil {
		return fmt.Errorf("Invoke: %d %s %s", reply.StatusCode, aws.ToString(reply.FunctionError), reply.Payload)
	}
	var answer map[string]any
	return json.Unmarshal(reply.Payload, &answer)
}

// mapping puts a record into a stream and finds what the function made of it in another one.
func mapping(ctx context.Context, streams *kinesis.Client, client *lambda.Client) error {
	for _, name := range []string{"go-in", "go-out"} {
		if err := create(ctx, streams, name, 1); err != nil {
			return err
		}
	}
	arn := func(name string) *string {
		return aws.String("arn:aws:kinesis:us-east-1:000000000000:stream/" + name)
	}
	made, err := client.CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
		FunctionName:      aws.String(function),
		EventSourceArn:    arn("go-in"),
		StartingPosition:  types.EventSourcePositionTrimHorizon,
		DestinationConfig: &types.DestinationConfig{OnSuccess: &types.OnSuccess{Destination: arn("go-out")}},
	})
	if err != nil {
		return err
	}
	_, quake, err := event()
	if err != nil {
		return err
	}
	_, err = streams.PutRecord(ctx, &kinesis.PutRecordInput{
		StreamName: aws.String("go-in"), PartitionKey: aws.String("k"), Data: quake,
	})
	if err != nil {
		return err
	}
	if err := first(ctx, streams, "go-out"); err != nil {
		return err
	}
	_, err = client.DeleteEventSourceMapping(ctx, &lambda.DeleteEventSourceMappingInput{UUID: made.UUID})
	return err
}

// first waits for the first record of a stream with one shard.
func first(ctx context.Context, client *kinesis.Client, name string) error {
	// The other process works in its own time; ctx bounds the asking.
	for ticker := time.NewTicker(50 * time.Millisecond); ; {
		found, err := readAll(ctx, client, name)
		if err != nil || len(found) > 0 {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("nothing came out of %s: %w", name, ctx.Err())
		}
	}
}
