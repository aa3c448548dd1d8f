package io.rivulet.client;

import io.rivulet.api.v1.BodyEncoding;
import io.rivulet.api.v1.Message;
import io.rivulet.api.v1.StoredMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.GZIPInputStream;

/** Immutable. A message with its place. */
public final class ReceivedMessage {
  // What a producer's gzip may unfold to; the server takes bodies of 128 MiB at most.
  private static final int MAX_BODY_BYTES = 256 << 20;

  private final StoredMessage stored;

  ReceivedMessage(StoredMessage stored) {
    this.stored = stored;
  }

  public String topic() {
    return stored.getTopic();
  }

  /** The lite topic; empty unless the topic is LITE. */
  public String liteTopic() {
    return message().getLiteTopic();
  }

  /** The message group; empty unless the topic is FIFO. */
  public String messageGroup() {
    return message().getMessageGroup();
  }

  public String id() {
    return message().getMessageId();
  }

  /** A copy of the body, unfolded if its producer compressed it. */
  public byte[] body() {
    byte[] body = message().getBody().toByteArray();
    if (message().getBodyEncoding() != BodyEncoding.BODY_ENCODING_GZIP) {
      return body;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return in.readNBytes(MAX_BODY_BYTES);
    } catch (IOException notGzip) {
      // It was not compressed although its producer said so: better the bytes than nothing.
      return body;
    }
  }

  /** The body as UTF-8. */
  public String text() {
    return new String(body(), StandardCharsets.UTF_8);
  }

  /** The tag; empty if it has none. */
  public String tag() {
    return message().getTag();
  }

  public List<String> keys() {
    return message().getKeysList();
  }

  public Map<String, String> properties() {
    return message().getPropertiesMap();
  }

  public OptionalInt priority() {
    return message().hasPriority() ? OptionalInt.of(message().getPriority()) : OptionalInt.empty();
  }

  /** Place in the queue: from 0, consecutive. */
  public long offset() {
    return stored.getOffset();
  }

  /** Which queue and, for a lite topic, which life of its name the offset belongs to. */
  public long incarnation() {
    return stored.getIncarnation();
  }

  public Instant storedAt() {
    return Instant.ofEpochMilli(stored.getStoredAtMillis());
  }

  public Instant bornAt() {
    return Instant.ofEpochMilli(message().getBornAtMillis());
  }

  /** When it was to be delivered at the earliest; empty if its producer did not say. */
  public Optional<Instant> deliverAt() {
    return message().getDeliverAtMillis() == 0
        ? Optional.empty()
        : Optional.of(Instant.ofEpochMilli(message().getDeliverAtMillis()));
  }

  /** Continues behind this message; see {@link ReadFrom#token}. Empty if a group received it. */
  public String token() {
    return stored.getToken();
  }

  /** Where a dead letter comes from and why it is one; empty for all other messages. */
  public Optional<DeadLetter> deadLetter() {
    return stored.hasOrigin()
        ? Optional.of(
            new DeadLetter(
                stored.getOrigin().getTopic(),
                stored.getOrigin().getMessageId(),
                stored.getOrigin().getGroup(),
                stored.getOrigin().getReason()))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return topic()
        + (liteTopic().isEmpty() ? "" : "/" + liteTopic())
        + " offset "
        + offset()
        + " id "
        + id();
  }

  /**
   * Where a dead letter comes from.
   *
   * @param topic that it was sent to
   * @param id its id there
   * @param group the group that could not handle it
   * @param reason a sentence for people
   */
  public record DeadLetter(String topic, String id, String group, String reason) {}

  private Message message() {
    return stored.getMessage();
  }
}
