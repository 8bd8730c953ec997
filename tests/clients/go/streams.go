package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const stream = "from-go"

// streamScenario puts records of many sizes and finds each again, once, in order of its key.
func streamScenario(ctx context.Context, client *kinesis.Client) error {
	if err := create(ctx, client, stream, 3); err != nil {
		return err
	}
	sent := map[string][]byte{}
	for call := range 4 {
		var entries []types.PutRecordsRequestEntry
		for n := range 100 {
			key := fmt.Sprintf("ключ %d/%d", call, n)
			data := bytes.Repeat([]byte{byte(call), byte(n), 0xff}, n*7)
			entries = append(entries, types.PutRecordsRequestEntry{PartitionKey: &key, Data: data})
			sent[key] = data
		}
		reply, err := client.PutRecords(ctx, &kinesis.PutRecordsInput{
			StreamName: aws.String(stream), Records: entries,
		})
		if err != nil {
			return err
		}
		if *reply.FailedRecordCount != 0 || len(reply.Records) != len(entries) {
			return fmt.Errorf("PutRecords: %+v", reply)
		}
	}
	single := bytes.Repeat([]byte("x"), 1<<20-1)
	sent["single"] = single
	_, err := client.PutRecord(ctx, &kinesis.PutRecordInput{
		StreamName: aws.String(stream), PartitionKey: aws.String("single"), Data: single,
	})
	// A key and its data share one MiB.
	var invalid *types.InvalidArgumentException
	if !errors.As(err, &invalid) {
		return fmt.Errorf("a record above 1 MiB: %v", err)
	}
	sent["single"] = single[:1<<20-len("single")]
	_, err = client.PutRecord(ctx, &kinesis.PutRecordInput{
		StreamName: aws.String(stream), PartitionKey: aws.String("single"), Data: sent["single"],
	})
	if err != nil {
		return err
	}
	found, err := readAll(ctx, client, stream)
	if err != nil {
		return err
	}
	if len(found) != len(sent) {
		return fmt.Errorf("%d records came out, %d went in", len(found), len(sent))
	}
	for key, data := range sent {
		if !bytes.Equal(found[key], data) {
			return fmt.Errorf("the record with key %q changed", key)
		}
	}
	return deleteAndMiss(ctx, client, stream)
}

func create(ctx context.Context, client *kinesis.Client, name string, shards int32) error {
	_, err := client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &name, ShardCount: &shards})
	if err != nil {
		return err
	}
	waiter := kinesis.NewStreamExistsWaiter(client)
	return waiter.Wait(ctx, &kinesis.DescribeStreamInput{StreamName: &name}, time.Minute)
}

// readAll gives the data of all records by their keys; a key that comes twice is an error.
func readAll(ctx context.Context, client *kinesis.Client, name string) (map[string][]byte, error) {
	found := map[string][]byte{}
	shards, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &name})
	if err != nil {
		return nil, err
	}
	for _, shard := range shards.Shards {
		start, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
			StreamName: &name, ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		})
		if err != nil {
			return nil, err
		}
		last := ""
		for iterator := start.ShardIterator; ; {
			page, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator})
			if err != nil {
				return nil, err
			}
			for _, record := range page.Records {
				if *record.SequenceNumber <= last {
					return nil, fmt.Errorf("%s follows %s", *record.SequenceNumber, last)
				}
				last = *record.SequenceNumber
				if _, twice := found[*record.PartitionKey]; twice {
					return nil, fmt.Errorf("%q came twice", *record.PartitionKey)
				}
				if age := time.Since(*record.ApproximateArrivalTimestamp); age < -time.Minute || age > within {
					return nil, fmt.Errorf("a record arrived %s ago", age)
				}
				found[*record.PartitionKey] = record.Data
			}
			if len(page.Records) == 0 && *page.MillisBehindLatest == 0 {
				break
			}
			iterator = page.NextShardIterator
		}
	}
	return found, nil
}

func deleteAndMiss(ctx context.Context, client *kinesis.Client, name string) error {
	if _, err := client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: &name}); err != nil {
		return err
	}
	waiter := kinesis.NewStreamNotExistsWaiter(client)
	if err := waiter.Wait(ctx, &kinesis.DescribeStreamInput{StreamName: &name}, time.Minute); err != nil {
		return err
	}
	_, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &name})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return fmt.Errorf("a deleted stream: %v", err)
	}
	return nil
}
