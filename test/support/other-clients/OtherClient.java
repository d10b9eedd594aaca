import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A publisher and a reader as a Java service has them, with Java's own client and Avro, and the settings of docs/other-clients.md. */
public class OtherClient {
  static final String BROKERS = System.getenv("KAFKA_BROKERS");
  static final String REGISTRY = System.getenv("SCHEMA_REGISTRY_URL");
  static final String PREFIX = System.getenv("TOPIC_PREFIX");

  public static void main(String[] args) throws Exception {
    if (args[0].equals("publish")) publish(args[1]);
    else subscribe();
  }

  static void publish(String commandId) throws Exception {
    String topic = PREFIX + "run.close.requested";
    JsonNode latest = ask("/subjects/" + topic + "-value/versions/latest");
    Schema schema = new Schema.Parser().parse(latest.get("schema").asText());
    Schema orders = schema.getField("orders").schema();
    GenericRecord order = new GenericRecordBuilder(orders.getElementType())
        .set("orderId", "1").set("userId", "ada").set("displayName", "Ada")
        .set("text", "flat white").set("submittedAt", 1791446700000L).build();
    GenericRecord command = new GenericRecordBuilder(schema)
        .set("commandId", commandId).set("runId", "run of " + commandId).set("channelId", "office")
        .set("initiatorUserId", "ben").set("actorUserId", "ben").set("requestedAt", 1791447300000L)
        .set("orders", List.of(order)).build();
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.write(ByteBuffer.allocate(5).put((byte) 0).putInt(latest.get("id").asInt()).array());
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(value, null);
    new GenericDatumWriter<GenericRecord>(schema).write(command, encoder);
    encoder.flush();
    Map<String, Object> settings = Map.of("bootstrap.servers", BROKERS, "acks", "all", "enable.idempotence", true);
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      RecordMetadata sent = producer.send(new ProducerRecord<>(topic, "office", value.toByteArray())).get();
      System.out.println("published at " + sent.topic() + "/" + sent.partition() + "/" + sent.offset());
    }
  }

  static void subscribe() throws Exception {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", BROKERS, "group.id", System.getenv("GROUP_ID"),
        "auto.offset.reset", "earliest", "isolation.level", "read_committed");
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(PREFIX + "run.closed"));
      while (true) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) print(record.value());
      }
    }
  }

  static void print(byte[] value) throws Exception {
    ByteBuffer framed = ByteBuffer.wrap(value);
    if (framed.get() != 0) throw new IllegalStateException("the first byte is not 0");
    Schema writer = new Schema.Parser().parse(ask("/schemas/ids/" + framed.getInt()).get("schema").asText());
    GenericRecord event = new GenericDatumReader<GenericRecord>(writer)
        .read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
    System.out.println(event.get("eventId") + " " + ((GenericRecord) event.get("runner")).get("displayName")
        + " " + ((GenericRecord) event.get("fairness")).get("explanation"));
  }

  static JsonNode ask(String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(REGISTRY + path)).build();
    return new ObjectMapper().readTree(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
  }
}
