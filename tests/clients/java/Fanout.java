// Enhanced fan-out through the AWS SDK for Java, version 2, as KCL uses it: the asynchronous client, HTTP/2, events in
// CBOR.
//
// Ends with 0 if everything was as it should be, and says what was not otherwise.

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

public final class Fanout {
    private static final String STREAM = "pushed-to-java";
    private static final String SHARD = "shardId-000000000000";
    private static final int RECORDS = 50;

    public static void main(String[] arguments) throws Exception {
        Seen seen = new Seen();
        var keys = AwsBasicCredentials.create("test", "test");
        try (var kinesis = KinesisAsyncClient.builder()
                .endpointOverride(URI.create(System.getenv("ENDPOINT")))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(keys))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2)
                        .http2Configuration(c -> c.initialWindowSize(512 * 1024)))
                .overrideConfiguration(c -> c.addExecutionInterceptor(seen))
                .build()) {
            run(kinesis);
        }
        check(seen.types().contains("application/x-amz-cbor-1.1"), "CBOR is spoken: " + seen.types());
        check(seen.types().contains("application/vnd.amazon.eventstream"), "events come: " + seen.types());
        System.out.println("all was as it should be: " + seen.types());
    }

    private static void run(KinesisAsyncClient kinesis) throws Exception {
        kinesis.createStream(r -> r.streamName(STREAM).shardCount(1)).get(30, TimeUnit.SECONDS);
        var arn = kinesis.describeStreamSummary(r -> r.streamName(STREAM)).get(30, TimeUnit.SECONDS)
                .streamDescriptionSummary().streamARN();
        var consumer = kinesis.registerStreamConsumer(r -> r.streamARN(arn).consumerName("app"))
                .get(30, TimeUnit.SECONDS).consumer();
        List<SubscribeToShardEvent> events = Collections.synchronizedList(new ArrayList<>());
        var first = new CountDownLatch(1);
        var handler = SubscribeToShardResponseHandler.builder()
                .subscriber(event -> {
                    events.add((SubscribeToShardEvent) event);
                    first.countDown();
                })
                .build();
        CompletableFuture<Void> ended = kinesis.subscribeToShard(r -> r.consumerARN(consumer.consumerARN())
                .shardId(SHARD).startingPosition(p -> p.type(ShardIteratorType.LATEST)), handler);
        check(first.await(30, TimeUnit.SECONDS), "an event comes at once");
        for (int number = 0; number < RECORDS; number++) {
            var data = SdkBytes.fromUtf8String("record " + number);
            kinesis.putRecord(r -> r.streamName(STREAM).partitionKey("k").data(data)).get(30, TimeUnit.SECONDS);
        }
        // The end of the shard ends the subscription.
        kinesis.splitShard(r -> r.streamName(STREAM).shardToSplit(SHARD).newStartingHashKey("1000"))
                .get(30, TimeUnit.SECONDS);
        ended.get(30, TimeUnit.SECONDS);
        var records = events.stream().flatMap(event -> event.records().stream()).toList();
        check(records.size() == RECORDS, "each record comes once: " + records.size());
        for (int number = 0; number < RECORDS; number++) {
            var record = records.get(number);
            check(record.data().asUtf8String().equals("record " + number), "records come in order");
            check(record.partitionKey().equals("k"), "a record has its key");
            var age = Duration.between(record.approximateArrivalTimestamp(), java.time.Instant.now());
            check(age.abs().compareTo(Duration.ofMinutes(2)) < 0, "a record arrived just now");
        }
        var last = events.get(events.size() - 1);
        check(last.continuationSequenceNumber() == null, "nothing follows the last event");
        check(last.childShards().size() == 2, "the last event names the children");
        check(last.childShards().get(0).parentShards().equals(List.of(SHARD)), "children name their parent");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
