package io.rivulet.server.rivulet;

import com.google.protobuf.Timestamp;
import io.rivulet.api.v1.CorsOrigins;
import io.rivulet.api.v1.Edge;
import io.rivulet.api.v1.GroupDescription;
import io.rivulet.api.v1.GroupStart;
import io.rivulet.api.v1.LiteBacklog;
import io.rivulet.api.v1.LiteProgress;
import io.rivulet.api.v1.LiteSubscriber;
import io.rivulet.api.v1.LiteTopic;
import io.rivulet.api.v1.TopicProgress;
import io.rivulet.engine.group.Backoff;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicAttributes;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Immutable. Definitions and descriptions of the engine and of the wire. */
public final class DefinitionMapping {
  private DefinitionMapping() {}

  /**
   * A topic as somebody wants it.
   *
   * @param known as it is; empty: it is not there
   */
  public static Outcome<TopicDefinition> toEngine(
      io.rivulet.api.v1.TopicDefinition topic, Optional<TopicDefinition> known) {
    Optional<TopicType> type =
        switch (topic.getType()) {
          case TOPIC_TYPE_NORMAL -> Optional.of(TopicType.NORMAL);
          case TOPIC_TYPE_FIFO -> Optional.of(TopicType.FIFO);
          case TOPIC_TYPE_LITE -> Optional.of(TopicType.LITE);
          case TOPIC_TYPE_PRIORITY -> Optional.of(TopicType.PRIORITY);
          case TOPIC_TYPE_DELAY -> Optional.of(TopicType.DELAY);
          case TOPIC_TYPE_TRANSACTION -> Optional.of(TopicType.TRANSACTION);
          case TOPIC_TYPE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    if (type.isEmpty()) {
      return illegal("a topic's type is NORMAL, FIFO, LITE or PRIORITY: give one");
    }
    Backpressure backpressure;
    TopicAttributes attributes;
    try {
      backpressure =
          topic.hasBackpressure()
              ? SchedulingMapping.toEngine(topic.getBackpressure())
              : known.map(TopicDefinition::backpressure).orElse(Backpressure.NONE);
      attributes =
          topic.hasAttributes()
              ? toEngine(topic.getAttributes())
              : known.map(TopicDefinition::attributes).orElse(TopicAttributes.NONE);
    } catch (IllegalArgumentException outOfRange) {
      return illegal(String.valueOf(outOfRange.getMessage()));
    }
    return Durations.read("lite_ttl", topic.hasLiteTtl(), topic.getLiteTtl())
        .map(ttl ->
            new TopicDefinition(
                topic.getName(),
                type.get(),
                ttl,
                topic.getReclaimsUnsubscribed(),
                backpressure,
                attributes));
  }

  private static TopicAttributes toEngine(io.rivulet.api.v1.TopicAttributes attributes) {
    return new TopicAttributes(
        Optional.of(attributes.getContentType()).filter(type -> !type.isEmpty()),
        attributes.hasCorsOrigins()
            ? Optional.of(List.copyOf(attributes.getCorsOrigins().getOriginsList()))
            : Optional.empty());
  }

  private static io.rivulet.api.v1.TopicAttributes toWire(TopicAttributes attributes) {
    io.rivulet.api.v1.TopicAttributes.Builder builder =
        io.rivulet.api.v1.TopicAttributes.newBuilder();
    attributes.contentType().ifPresent(builder::setContentType);
    attributes
        .corsOrigins()
        .ifPresent(
            origins -> builder.setCorsOrigins(CorsOrigins.newBuilder().addAllOrigins(origins)));
    return builder.build();
  }

  public static io.rivulet.api.v1.TopicDefinition toWire(TopicDefinition topic) {
    io.rivulet.api.v1.TopicDefinition.Builder builder =
        io.rivulet.api.v1.TopicDefinition.newBuilder()
            .setName(topic.name())
            .setType(io.rivulet.api.v1.TopicType.valueOf("TOPIC_TYPE_" + topic.type().name()))
            .setReclaimsUnsubscribed(topic.reclaimsUnsubscribed());
    topic.liteTtl().ifPresent(ttl -> builder.setLiteTtl(Durations.write(ttl)));
    if (!topic.backpressure().equals(Backpressure.NONE)) {
      builder.setBackpressure(SchedulingMapping.toWire(topic.backpressure()));
    }
    if (!topic.attributes().equals(TopicAttributes.NONE)) {
      builder.setAttributes(toWire(topic.attributes()));
    }
    return builder.build();
  }

  /**
   * A group as somebody wants it.
   *
   * @param known as it is; empty: it is not there
   */
  public static Outcome<GroupDefinition> toEngine(
      io.rivulet.api.v1.GroupDefinition group, Optional<GroupDefinition> known) {
    Outcome<Backoff> backoff = backoff(group.getBackoffList());
    if (backoff instanceof Outcome.Refused<Backoff>(var refusal)) {
      return Outcome.refused(refusal);
    }
    Outcome<StartFrom> start = start(group.getStart());
    if (start instanceof Outcome.Refused<StartFrom>(var refusal)) {
      return Outcome.refused(refusal);
    }
    boolean isLite = group.getKind() == io.rivulet.api.v1.GroupKind.GROUP_KIND_LITE;
    boolean isExclusive =
        group.getModel() == io.rivulet.api.v1.SubscriptionModel.SUBSCRIPTION_MODEL_EXCLUSIVE;
    try {
      return Outcome.ok(
          new GroupDefinition(
              group.getName(),
              isLite ? GroupKind.LITE : GroupKind.STANDARD,
              Optional.of(group.getBoundTopic()).filter(name -> !name.isEmpty()),
              group.hasLitePrefix() ? Optional.of(group.getLitePrefix()) : Optional.empty(),
              isExclusive ? SubscriptionModel.EXCLUSIVE : SubscriptionModel.SHARED,
              start.value(),
              group.getMaxAttempts() == 0
                  ? GroupDefinition.DEFAULT_MAX_ATTEMPTS
                  : group.getMaxAttempts(),
              backoff.value(),
              group.getLiteSubscriptionQuota() == 0
                  ? GroupDefinition.DEFAULT_LITE_SUBSCRIPTION_QUOTA
                  : group.getLiteSubscriptionQuota(),
              group.hasScheduling()
                  ? SchedulingMapping.toEngine(group.getScheduling())
                  : known.map(GroupDefinition::scheduling).orElse(Scheduling.PLAIN)));
    } catch (IllegalArgumentException outOfRange) {
      return illegal(String.valueOf(outOfRange.getMessage()));
    }
  }

  public static io.rivulet.api.v1.GroupDefinition toWire(GroupDefinition group) {
    io.rivulet.api.v1.GroupDefinition.Builder builder =
        io.rivulet.api.v1.GroupDefinition.newBuilder()
            .setName(group.name())
            .setKind(io.rivulet.api.v1.GroupKind.valueOf("GROUP_KIND_" + group.kind().name()))
            .setBoundTopic(group.boundTopic().orElse(""))
            .setModel(
                io.rivulet.api.v1.SubscriptionModel.valueOf(
                    "SUBSCRIPTION_MODEL_" + group.model().name()))
            .setStart(toWire(group.start()))
            .setMaxAttempts(group.maxAttempts())
            .addAllBackoff(group.backoff().steps().stream().map(Durations::write).toList())
            .setLiteSubscriptionQuota(group.liteSubscriptionQuota());
    group.litePrefix().ifPresent(builder::setLitePrefix);
    if (!group.scheduling().equals(Scheduling.PLAIN)) {
      builder.setScheduling(SchedulingMapping.toWire(group.scheduling()));
    }
    return builder.build();
  }

  static GroupDescription toWire(GroupView view) {
    return GroupDescription.newBuilder()
        .setDefinition(toWire(view.definition()))
        .addAllTopics(
            view.topics().stream().map(topic -> toWire(view.definition().name(), topic)).toList())
        .addAllClients(view.clients())
        .build();
  }

  static TopicProgress toWire(String group, GroupView.TopicProgress progress) {
    return TopicProgress.newBuilder()
        .setGroup(group)
        .setTopic(progress.topic())
        .addAllTags(progress.filter().tags())
        .setBacklog(progress.backlog())
        .setLeased(progress.leased())
        .build();
  }

  static LiteBacklog toWire(io.rivulet.engine.lite.LiteBacklog backlog) {
    return LiteBacklog.newBuilder()
        .setLiteTopic(backlog.liteTopic())
        .setGroup(backlog.group())
        .setBacklog(backlog.backlog())
        .setOldestOffset(backlog.oldestOffset())
        .setLastAppendMillis(backlog.lastAppendMillis())
        .build();
  }

  static LiteTopic toWire(LiteTopicView view) {
    LiteTopic.Builder builder =
        LiteTopic.newBuilder()
            .setTopic(view.topic())
            .setName(view.name())
            .setIncarnation(view.queueId())
            .setFirstOffset(view.firstOffset())
            .setEndOffset(view.endOffset())
            .setLastAppendMillis(view.lastAppendMillis())
            .setLastActiveMillis(view.lastActiveMillis());
    view.ttl().ifPresent(ttl -> builder.setTtl(Durations.write(ttl)));
    for (LiteTopicView.Subscriber subscriber : view.subscribers()) {
      builder.addSubscribers(
          LiteSubscriber.newBuilder()
              .setGroup(subscriber.group())
              .setClientId(subscriber.clientId()));
    }
    for (LiteTopicView.Progress progress : view.progress()) {
      builder.addProgress(
          LiteProgress.newBuilder()
              .setGroup(progress.group())
              .setCommittedOffset(progress.committedOffset())
              .setBacklog(progress.backlog())
              .setLeased(progress.leased()));
    }
    return builder.build();
  }

  private static Outcome<Backoff> backoff(List<com.google.protobuf.Duration> steps) {
    if (steps.isEmpty()) {
      return Outcome.ok(Backoff.standard());
    }
    List<Duration> read = new ArrayList<>(steps.size());
    for (com.google.protobuf.Duration step : steps) {
      switch (Durations.read("backoff", step)) {
        case Outcome.Ok<Duration>(Duration duration) -> read.add(duration);
        case Outcome.Refused<Duration>(var refusal) -> {
          return Outcome.refused(refusal);
        }
      }
    }
    return read.size() > 64
        ? illegal("a backoff has 1 to 64 steps, not " + read.size())
        : Outcome.ok(new Backoff(read));
  }

  private static Outcome<StartFrom> start(GroupStart start) {
    return switch (start.getStartCase()) {
      case START_NOT_SET -> Outcome.ok(new StartFrom.First());
      case EDGE ->
          Outcome.ok(
              start.getEdge() == Edge.EDGE_LAST ? new StartFrom.Last() : new StartFrom.First());
      case TIME -> at(start.getTime());
    };
  }

  private static Outcome<StartFrom> at(Timestamp time) {
    try {
      return Outcome.ok(
          new StartFrom.At(Instant.ofEpochSecond(time.getSeconds(), time.getNanos())));
    } catch (DateTimeException | ArithmeticException outOfRange) {
      return illegal("time is out of range: " + time.getSeconds() + " s since the epoch");
    }
  }

  private static GroupStart toWire(StartFrom start) {
    return switch (start) {
      case StartFrom.First first -> GroupStart.newBuilder().setEdge(Edge.EDGE_FIRST).build();
      case StartFrom.Last last -> GroupStart.newBuilder().setEdge(Edge.EDGE_LAST).build();
      case StartFrom.At(Instant time) -> GroupStart.newBuilder().setTime(toWire(time)).build();
    };
  }

  static Timestamp toWire(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }

  private static <T> Outcome<T> illegal(String message) {
    return Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, message);
  }
}
