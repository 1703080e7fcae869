import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The plain job on Flink, RocksDB, exactly once. Arguments: bootstrap input output app folder parallelism. */
public final class FlinkJob {
    /** Purchases, parsed once in the source, so that four fields go through the exchange and not the JSON. */
    public static final class Parse implements KafkaRecordDeserializationSchema<Job.Purchase> {
        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Job.Purchase> out)
                throws IOException {
            out.collect(Job.read(record.value()));
        }

        @Override
        public TypeInformation<Job.Purchase> getProducedType() {
            return TypeInformation.of(Job.Purchase.class);
        }
    }

    /** Reads, changes and writes the customer's state; collects the points and a change of tier. */
    public static final class Purchases
            extends KeyedProcessFunction<String, Job.Purchase, Tuple2<byte[], byte[]>> {
        private transient ValueState<byte[]> customer;

        @Override
        public void open(OpenContext context) {
            var state = new ValueStateDescriptor<>("customer", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
            customer = getRuntimeContext().getState(state);
        }

        @Override
        public void processElement(
                Job.Purchase purchase, Context context, Collector<Tuple2<byte[], byte[]>> out)
                throws IOException {
            Job.Step step = Job.step(customer.value(), purchase);
            customer.update(step.state());
            byte[] key = purchase.customer.getBytes(StandardCharsets.UTF_8);
            out.collect(Tuple2.of(key, step.points()));
            if (step.tier() != null) {
                out.collect(Tuple2.of(key, step.tier()));
            }
        }
    }

    /** The key of an answer as it is. */
    public static final class Key implements SerializationSchema<Tuple2<byte[], byte[]>> {
        @Override
        public byte[] serialize(Tuple2<byte[], byte[]> answer) {
            return answer.f0;
        }
    }

    /** The value of an answer as it is. */
    public static final class Value implements SerializationSchema<Tuple2<byte[], byte[]>> {
        @Override
        public byte[] serialize(Tuple2<byte[], byte[]> answer) {
            return answer.f1;
        }
    }

    static Configuration settings(String folder) {
        Configuration settings = new Configuration();
        settings.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        settings.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file://" + folder + "/checkpoints");
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
        settings.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
        settings.setString("state.backend.rocksdb.localdir", folder + "/rocksdb");
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        settings.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        return settings;
    }

    static KafkaSource<Job.Purchase> source(String bootstrap, String input, String app) {
        return KafkaSource.<Job.Purchase>builder()
                .setBootstrapServers(bootstrap)
                .setTopics(input)
                .setGroupId(app)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(new Parse())
                .build();
    }

    static KafkaSink<Tuple2<byte[], byte[]>> sink(String bootstrap, String output, String app) {
        var records = KafkaRecordSerializationSchema.<Tuple2<byte[], byte[]>>builder()
                .setTopic(output)
                .setKeySerializationSchema(new Key())
                .setValueSerializationSchema(new Value())
                .build();
        return KafkaSink.<Tuple2<byte[], byte[]>>builder()
                .setBootstrapServers(bootstrap)
                .setRecordSerializer(records)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(app)
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setProperty("linger.ms", "20")
                .setProperty("transaction.timeout.ms", "120000")
                .build();
    }

    public static void main(String[] args) throws Exception {
        int parallelism = Integer.parseInt(args[5]);
        var flink = StreamExecutionEnvironment.createLocalEnvironment(parallelism, settings(args[4]));
        flink.fromSource(source(args[0], args[1], args[3]), WatermarkStrategy.noWatermarks(), "purchases")
                .keyBy(purchase -> purchase.customer, Types.STRING)
                .process(new Purchases())
                .returns(Types.TUPLE(
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO))
                .sinkTo(sink(args[0], args[2], args[3]));
        flink.execute(args[3]);
    }
}
