// The main path of streams through the AWS SDK for Java, version 2, as KCL and the Flink connector use it: the
// asynchronous client, HTTP/2, CBOR.
//
// Ends with 0 if everything was as it should be, and says what was not otherwise.

import java.io.FileInputStream;
import java.net.URI;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.TrustManagerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;

public final class MainPath {
    private static final String STREAM = "from-java";
    private static final int CALLS = 8;
    private static final int RECORDS = 100;

    private final KinesisAsyncClient kinesis;
    private final Seen seen;

    private MainPath(KinesisAsyncClient kinesis, Seen seen) {
        this.kinesis = kinesis;
        this.seen = seen;
    }

    public static void main(String[] arguments) throws Exception {
        Seen seen = new Seen();
        var http = NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2).maxConcurrency(16);
        String ca = System.getenv("CA");
        if (ca != null) {
            http.tlsTrustManagersProvider(() -> trusting(ca));
        }
        var keys = AwsBasicCredentials.create("test", "test");
        try (var client = KinesisAsyncClient.builder()
                .endpointOverride(URI.create(System.getenv("ENDPOINT")))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(keys))
                .httpClientBuilder(http)
                .overrideConfiguration(c -> c.addExecutionInterceptor(seen).apiCallTimeout(Duration.ofSeconds(30)))
                .build()) {
            new MainPath(client, seen).run();
        }
        System.out.println("all was as it should be: " + seen.types());
    }

    private static javax.net.ssl.TrustManager[] trusting(String path) {
        try (var file = new FileInputStream(path)) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null);
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    private void run() {
        Instant start = Instant.now();
        kinesis.createStream(r -> r.streamName(STREAM).shardCount(2)).join();
        kinesis.waiter().waitUntilStreamExists(r -> r.streamName(STREAM)).join();
        StreamDescriptionSummary summary =
                kinesis.describeStreamSummary(r -> r.streamName(STREAM)).join().streamDescriptionSummary();
        check(summary.openShardCount() == 2, "shards: " + summary);
        check(isNear(summary.streamCreationTimestamp(), start), "created: " + summary);

        Map<String, SdkBytes> sent = put();
        check(read(start).equals(sent), "the records are not those that were put");
        readFromNow(start);
        refusals();

        kinesis.deleteStream(r -> r.streamName(STREAM)).join();
        kinesis.waiter().waitUntilStreamNotExists(r -> r.streamName(STREAM)).join();
        check(seen.types().equals(java.util.Set.of("application/x-amz-cbor-1.1")), "types: " + seen.types());
    }

    /** Puts from many calls at once, over one connection. */
    private Map<String, SdkBytes> put() {
        Map<String, SdkBytes> sent = new HashMap<>();
        List<CompletableFuture<PutRecordsResponse>> calls = new ArrayList<>();
        for (int call = 0; call < CALLS; call++) {
            List<PutRecordsRequestEntry> entries = new ArrayList<>();
            for (int n = 0; n < RECORDS; n++) {
                byte[] bytes = new byte[n * 11];
                Arrays.fill(bytes, (byte) (call - n));
                String key = "ключ " + call + "/" + n;
                sent.put(key, SdkBytes.fromByteArray(bytes));
                entries.add(PutRecordsRequestEntry.builder().partitionKey(key).data(sent.get(key)).build());
            }
            calls.add(kinesis.putRecords(r -> r.streamName(STREAM).records(entries)));
        }
        for (var call : calls) {
            PutRecordsResponse reply = call.join();
            check(reply.failedRecordCount() == 0 && reply.records().size() == RECORDS, "PutRecords: " + reply);
        }
        byte[] large = new byte[1024 * 1024 - "large".length()];
        new java.util.Random(7).nextBytes(large);
        sent.put("large", SdkBytes.fromByteArray(large));
        var reply = kinesis.putRecord(r -> r.streamName(STREAM).partitionKey("large").data(sent.get("large"))).join();
        check(reply.sequenceNumber().startsWith("49"), "PutRecord: " + reply);
        return sent;
    }

    private Map<String, SdkBytes> read(Instant start) {
        Map<String, SdkBytes> found = new HashMap<>();
        for (Shard shard : kinesis.listShards(r -> r.streamName(STREAM)).join().shards()) {
            String iterator = kinesis.getShardIterator(r -> r.streamName(STREAM).shardId(shard.shardId())
                    .shardIteratorType(ShardIteratorType.TRIM_HORIZON)).join().shardIterator();
            String last = "";
            while (true) {
                String at = iterator;
                var page = kinesis.getRecords(r -> r.shardIterator(at)).join();
                for (Record record : page.records()) {
                    check(record.sequenceNumber().compareTo(last) > 0, "order: " + record);
                    last = record.sequenceNumber();
                    check(isNear(record.approximateArrivalTimestamp(), start), "arrived: " + record);
                    check(found.put(record.partitionKey(), record.data()) == null, "twice: " + record);
                }
                if (page.records().isEmpty() && page.millisBehindLatest() == 0) {
                    break;
                }
                iterator = page.nextShardIterator();
            }
        }
        return found;
    }

    /** A time that the client writes must be understood, too. */
    private void readFromNow(Instant start) {
        int count = 0;
        for (Shard shard : kinesis.listShards(r -> r.streamName(STREAM)).join().shards()) {
            String iterator = kinesis.getShardIterator(r -> r.streamName(STREAM).shardId(shard.shardId())
                    .shardIteratorType(ShardIteratorType.AT_TIMESTAMP).timestamp(start.minusSeconds(60)))
                    .join().shardIterator();
            count += kinesis.getRecords(r -> r.shardIterator(iterator).limit(1)).join().records().size();
        }
        check(count == 2, count + " records from a minute before the first");
    }

    private void refusals() {
        var missing = refused(ResourceNotFoundException.class,
                kinesis.describeStreamSummary(r -> r.streamName("absent")));
        check(missing.awsErrorDetails().errorMessage()
                .equals("Stream absent under account 000000000000 not found."), "missing: " + missing);
        refused(ResourceInUseException.class, kinesis.createStream(r -> r.streamName(STREAM).shardCount(1)));
    }

    private static <E extends AwsServiceException> E refused(Class<E> type, CompletableFuture<?> call) {
        try {
            call.join();
        } catch (CompletionException error) {
            check(type.isInstance(error.getCause()), "instead of " + type + ": " + error.getCause());
            return type.cast(error.getCause());
        }
        throw new AssertionError("was not refused: " + type);
    }

    private static boolean isNear(Instant moment, Instant start) {
        return Duration.between(start, moment).abs().compareTo(Duration.ofMinutes(2)) < 0;
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
