package io.rivulet.server.rivulet;

import io.rivulet.engine.Engine;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Safe for all threads: immutable. Lets clients follow topics and lite topics for a group, which is
 * made if need be: what all protocols of ours have in common.
 */
public final class Following {
  // Our clients take what their transport lets them.
  private static final long MAX_MESSAGE_BYTES = Long.MAX_VALUE;
  private static final int MAX_CLIENT_ID_LENGTH = 255;

  /**
   * Immutable. What a client wants to follow.
   *
   * @param tags the wanted ones; empty: all messages
   * @param liteTopics of a LITE topic, by name
   * @param from where lite topics that the client did not follow before start
   */
  public record Wish(
      String group,
      String topic,
      String clientId,
      Set<String> tags,
      Set<String> liteTopics,
      OffsetOption from) {}

  private final Engine engine;
  private final String protocol;

  /**
   * Makes it.
   *
   * @param protocol what clients are called that have no other name for people
   */
  public Following(Engine engine, String protocol) {
    this.engine = engine;
    this.protocol = protocol;
  }

  /** Answers the number of lite topics that the client follows. */
  public CompletableFuture<Outcome<Integer>> follow(Wish wish) {
    Optional<TopicDefinition> topic = engine.topic(wish.topic());
    boolean isLite =
        topic
            .map(definition -> definition.type() == TopicType.LITE)
            .orElse(!wish.liteTopics().isEmpty());
    Optional<String> objection = objection(wish, isLite);
    if (objection.isPresent()) {
      return CompletableFuture.completedFuture(
          Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, objection.get()));
    }
    return isLite ? followLite(wish) : followStandard(wish);
  }

  /** Makes sure that the engine knows the client. */
  void introduce(String group, String clientId) {
    if (!engine.clientAlive(clientId)) {
      engine.clientSeen(client(group, clientId));
    }
  }

  private CompletableFuture<Outcome<Integer>> followStandard(Wish wish) {
    return engine
        .ensureGroup(GroupDefinition.standard(wish.group()))
        .thenCompose(
            onwards(group -> {
              engine.clientSeen(client(wish.group(), wish.clientId()));
              return engine.subscribe(wish.group(), wish.topic(), new Filter(wish.tags()));
            }))
        .thenApply(outcome -> outcome.map(filter -> 0));
  }

  private CompletableFuture<Outcome<Integer>> followLite(Wish wish) {
    return engine
        .ensureGroup(GroupDefinition.lite(wish.group(), wish.topic()))
        .thenCompose(
            onwards(group -> {
              engine.clientSeen(client(wish.group(), wish.clientId()));
              return engine.changeSubscription(
                  new SubscriptionChange(
                      wish.group(),
                      wish.clientId(),
                      wish.topic(),
                      SubscriptionChange.Action.ADD,
                      wish.liteTopics(),
                      Optional.of(wish.from())));
            }));
  }

  private Optional<String> objection(Wish wish, boolean isLite) {
    if (!isClientId(wish.clientId())) {
      return Optional.of(clientIdRule(wish.clientId()));
    }
    boolean isWhole = engine.group(wish.group()).flatMap(GroupDefinition::litePrefix).isPresent();
    if (isLite && wish.liteTopics().isEmpty() && !isWhole) {
      return Optional.of("topic '" + wish.topic() + "' is LITE: name the lite topics to follow");
    }
    if (!isLite && !wish.liteTopics().isEmpty()) {
      return Optional.of(
          "topic '" + wish.topic() + "' is not LITE: it has no lite topics to follow");
    }
    return Optional.empty();
  }

  static boolean isClientId(String clientId) {
    return !clientId.isBlank() && clientId.length() <= MAX_CLIENT_ID_LENGTH;
  }

  static String clientIdRule(String clientId) {
    return "client_id has 1 to 255 characters, not " + clientId.length();
  }

  private ClientInfo client(String group, String clientId) {
    return new ClientInfo(clientId, Optional.of(group), MAX_MESSAGE_BYTES, protocol);
  }

  private static <T, R> Function<Outcome<T>, CompletableFuture<Outcome<R>>> onwards(
      Function<T, CompletableFuture<Outcome<R>>> step) {
    return outcome ->
        switch (outcome) {
          case Outcome.Ok<T>(T value) -> step.apply(value);
          case Outcome.Refused<T>(var refusal) ->
              CompletableFuture.completedFuture(Outcome.refused(refusal));
        };
  }
}
