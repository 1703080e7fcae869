import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The plain job on Kafka Streams, exactly once. Arguments: bootstrap input output app folder threads. */
public final class StreamsJob {
    /** Reads, changes and writes the customer's state; forwards the points and a change of tier. */
    static final class Purchases implements Processor<String, byte[], String, byte[]> {
        private ProcessorContext<String, byte[]> context;
        private KeyValueStore<String, byte[]> customers;

        @Override
        public void init(ProcessorContext<String, byte[]> given) {
            context = given;
            customers = given.getStateStore("customers");
        }

        @Override
        public void process(Record<String, byte[]> record) {
            try {
                Job.Purchase purchase = Job.read(record.value());
                Job.Step step = Job.step(customers.get(purchase.customer), purchase);
                customers.put(purchase.customer, step.state());
                context.forward(new Record<>(purchase.customer, step.points(), record.timestamp()));
                if (step.tier() != null) {
                    context.forward(new Record<>(purchase.customer, step.tier(), record.timestamp()));
                }
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    }

    static Properties settings(String[] args) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("application.id", args[3]);
        settings.put("state.dir", args[4]);
        settings.put("num.stream.threads", args[5]);
        settings.put("processing.guarantee", "exactly_once_v2");
        settings.put("commit.interval.ms", "100");
        settings.put("replication.factor", "1");
        settings.put("statestore.cache.max.bytes", "10485760");
        settings.put("auto.offset.reset", "earliest");
        settings.put("producer.linger.ms", "20");
        return settings;
    }

    static Topology topology(String input, String output) {
        var store = Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore("customers"), Serdes.String(), Serdes.ByteArray());
        return new Topology()
                .addSource("purchases", new StringDeserializer(), new ByteArrayDeserializer(), input)
                .addProcessor("job", Purchases::new, "purchases")
                .addStateStore(store.withCachingEnabled(), "job")
                .addSink("answers", output, new StringSerializer(), new ByteArraySerializer(), "job");
    }

    public static void main(String[] args) throws InterruptedException {
        KafkaStreams streams = new KafkaStreams(topology(args[1], args[2]), settings(args));
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        Thread.currentThread().join();
    }
}
