package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.group.Backoff;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicAttributes;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Immutable. The form of topic and group definitions in records and rows. */
final class Definitions {
  private Definitions() {}

  static void write(ByteWriter out, TopicDefinition topic) {
    out.putString(topic.name()).putString(topic.type().name());
    out.putVarLong(topic.liteTtl().map(Duration::toMillis).orElse(-1L) + 1);
    out.putBoolean(topic.reclaimsUnsubscribed());
  }

  /** What a plain topic does not have; follows the rest. */
  static void write(ByteWriter out, Backpressure backpressure) {
    out.putVarLong(backpressure.maxBacklog()).putVarLong(backpressure.maxKeyBacklog());
    out.putVarLong(backpressure.maxAge().map(Duration::toMillis).orElse(0L));
    out.putVarLong(backpressure.hold().toMillis());
  }

  static Backpressure readBackpressure(ByteReader in) {
    long maxBacklog = in.getVarLong();
    long maxKeyBacklog = in.getVarLong();
    long maxAge = in.getVarLong();
    return new Backpressure(
        maxBacklog,
        maxKeyBacklog,
        maxAge == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(maxAge)),
        Duration.ofMillis(in.getVarLong()));
  }

  /** What few topics have; follows the backpressure. */
  static void write(ByteWriter out, TopicAttributes attributes) {
    out.putOptionalString(attributes.contentType().orElse(null));
    out.putBoolean(attributes.corsOrigins().isPresent());
    attributes.corsOrigins().ifPresent(out::putStrings);
  }

  static TopicAttributes readAttributes(ByteReader in) {
    Optional<String> contentType = Optional.ofNullable(in.getOptionalString());
    return new TopicAttributes(
        contentType, in.getBoolean() ? Optional.of(in.getStrings()) : Optional.empty());
  }

  static TopicDefinition readTopic(ByteReader in) {
    String name = in.getString();
    TopicType type = TopicType.valueOf(in.getString());
    long ttlMillis = in.getVarLong() - 1;
    return new TopicDefinition(
        name,
        type,
        ttlMillis < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(ttlMillis)),
        in.getBoolean());
  }

  static void write(ByteWriter out, GroupDefinition group) {
    out.putString(group.name()).putString(group.kind().name());
    out.putOptionalString(group.boundTopic().orElse(null));
    out.putOptionalString(group.litePrefix().orElse(null)).putString(group.model().name());
    switch (group.start()) {
      case StartFrom.First _ -> out.putByte(0);
      case StartFrom.Last _ -> out.putByte(1);
      case StartFrom.At at -> out.putByte(2).putLong(at.time().toEpochMilli());
    }
    out.putVarInt(group.maxAttempts()).putVarInt(group.liteSubscriptionQuota());
    out.putVarInt(group.backoff().steps().size());
    group.backoff().steps().forEach(step -> out.putVarLong(step.toMillis()));
  }

  static GroupDefinition readGroup(ByteReader in) {
    String name = in.getString();
    GroupKind kind = GroupKind.valueOf(in.getString());
    Optional<String> boundTopic = Optional.ofNullable(in.getOptionalString());
    Optional<String> litePrefix = Optional.ofNullable(in.getOptionalString());
    SubscriptionModel model = SubscriptionModel.valueOf(in.getString());
    StartFrom start =
        switch (in.getByte()) {
          case 0 -> new StartFrom.First();
          case 1 -> new StartFrom.Last();
          default -> new StartFrom.At(Instant.ofEpochMilli(in.getLong()));
        };
    int maxAttempts = in.getVarInt();
    int quota = in.getVarInt();
    int count = in.getCount(1);
    List<Duration> steps = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      steps.add(Duration.ofMillis(in.getVarLong()));
    }
    return new GroupDefinition(
        name, kind, boundTopic, litePrefix, model, start, maxAttempts, new Backoff(steps), quota);
  }

  static byte[] toRow(TopicDefinition topic) {
    ByteWriter out = new ByteWriter(64);
    write(out, topic);
    boolean hasAttributes = !topic.attributes().equals(TopicAttributes.NONE);
    if (hasAttributes || !topic.backpressure().equals(Backpressure.NONE)) {
      write(out, topic.backpressure());
    }
    if (hasAttributes) {
      write(out, topic.attributes());
    }
    return out.toBytes();
  }

  static byte[] toRow(GroupDefinition group) {
    ByteWriter out = new ByteWriter(128);
    write(out, group);
    if (!group.scheduling().equals(Scheduling.PLAIN)) {
      Schedulings.write(out, group.scheduling());
    }
    return out.toBytes();
  }

  static TopicDefinition topicOfRow(byte[] row) {
    ByteReader in = new ByteReader(row);
    TopicDefinition topic = readTopic(in);
    if (in.hasRemaining()) {
      topic = topic.with(readBackpressure(in));
    }
    return in.hasRemaining() ? topic.with(readAttributes(in)) : topic;
  }

  static GroupDefinition groupOfRow(byte[] row) {
    ByteReader in = new ByteReader(row);
    GroupDefinition group = readGroup(in);
    return in.hasRemaining() ? group.with(Schedulings.read(in)) : group;
  }
}
