import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends one purchase. Java's client places keys by murmur2 by itself; set no partitioner of your own. */
public class Send {
    public static void main(String[] args) throws Exception {
        String customer = args[1];
        String event = """
            {"specversion":"1.0","type":"purchase.completed","source":"till-java","id":"receipt-%s",
             "time":"%s","subject":"%s",
             "data":{"order_id":"order-%s","currency":"CNY","amount":12990}}
            """.formatted(customer, Instant.now().truncatedTo(ChronoUnit.MILLIS), customer, customer);
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            var sent = producer.send(new ProducerRecord<>("loyalty.purchases", customer, event)).get();
            System.out.println("partition " + sent.partition());
        }
    }
}
