package io.rivulet.server.definitions;

import com.google.protobuf.Timestamp;
import io.rivulet.api.v1.Edge;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.api.v1.GroupStart;
import io.rivulet.api.v1.SubscriptionModel;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** Immutable. What a file can say of a group. */
final class GroupWords {
  static final Vocabulary<GroupDefinition.Builder> VOCABULARY = new Vocabulary<>(words());

  private GroupWords() {}

  private static List<Word<GroupDefinition.Builder>> words() {
    List<Word<GroupDefinition.Builder>> words = new ArrayList<>();
    words.add(
        new Word<>(
            "lite-of",
            "the name of a LITE topic",
            (group, value) -> group.setKind(GroupKind.GROUP_KIND_LITE).setBoundTopic(value)));
    words.add(new Word<>("prefix", "text, empty for all", GroupDefinition.Builder::setLitePrefix));
    words.add(
        new Word<>(
            "exclusive",
            "on or off",
            (group, value) ->
                group.setModel(
                    Values.flag(value)
                        ? SubscriptionModel.SUBSCRIPTION_MODEL_EXCLUSIVE
                        : SubscriptionModel.SUBSCRIPTION_MODEL_SHARED)));
    words.add(
        new Word<>(
            "start",
            "first, last or a time such as 2026-11-23T10:15:00Z",
            (group, value) -> group.setStart(start(value))));
    words.add(
        new Word<>(
            "max-attempts",
            "1 to 1000",
            (group, value) -> group.setMaxAttempts(Math.toIntExact(positive(value, 1000)))));
    words.add(
        new Word<>(
            "backoff",
            "1 to 64 times such as 1s,5s,30s",
            (group, value) -> {
              group.clearBackoff();
              for (String step : value.split(",", -1)) {
                group.addBackoff(Values.duration(step.strip()));
              }
            }));
    words.add(
        new Word<>(
            "lite-quota",
            "1 to 2147483647",
            (group, value) ->
                group.setLiteSubscriptionQuota(
                    Math.toIntExact(positive(value, Integer.MAX_VALUE)))));
    words.addAll(SchedulingWords.words());
    return words;
  }

  private static long positive(String value, long max) {
    if (Values.isNone(value)) {
      throw new IllegalArgumentException("not a whole number");
    }
    return Values.count(value, max);
  }

  private static GroupStart start(String value) {
    return switch (value) {
      case "first" -> GroupStart.newBuilder().setEdge(Edge.EDGE_FIRST).build();
      case "last" -> GroupStart.newBuilder().setEdge(Edge.EDGE_LAST).build();
      default -> {
        try {
          Instant time = OffsetDateTime.parse(value).toInstant();
          yield GroupStart.newBuilder()
              .setTime(
                  Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano()))
              .build();
        } catch (DateTimeException e) {
          throw new IllegalArgumentException("not a place to start", e);
        }
      }
    };
  }
}
