package io.rivulet.bench;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: its connection is. Publishes to a subject per lite topic; one stream, in
 * files, has all subjects of a parent.
 */
final class NatsLiteProducer implements LiteProducer {
  private final Connection connection;
  private final JetStream stream;
  private final String topic;

  NatsLiteProducer(String endpoint, String topic) {
    this.topic = topic;
    this.connection = connect(endpoint);
    try {
      connection
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name(topic)
                  .subjects(subject(topic, ">"))
                  .storageType(StorageType.File)
                  .build());
      this.stream = connection.jetStream();
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    } catch (JetStreamApiException e) {
      close();
      throw new IllegalStateException(e);
    }
  }

  static Connection connect(String endpoint) {
    try {
      return Nats.connect(new Options.Builder().server("nats://" + endpoint).build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  static String subject(String topic, String liteTopic) {
    return topic + "." + liteTopic;
  }

  @Override
  public CompletableFuture<?> send(byte[] body, String liteTopic) {
    return stream.publishAsync(subject(topic, liteTopic), body);
  }

  @Override
  public void close() {
    NatsLiteFollower.close(connection);
  }
}
