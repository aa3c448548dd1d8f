package io.rivulet.cluster.routing;

import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: no state. Topics and groups are defined in every shard. Shard 0 decides: it
 * is asked first when something is made or changed, and last when it is deleted, so that what a
 * death in between leaves is finished by the same request sent again.
 */
final class Definer {
  private final Shards shards;
  private final Asking asking;
  private final View view;

  Definer(Shards shards, Asking asking, View view) {
    this.shards = shards;
    this.asking = asking;
    this.view = view;
  }

  CompletableFuture<Outcome<TopicDefinition>> define(TopicDefinition definition) {
    return firstThenOthers(engine -> engine.defineTopic(definition));
  }

  CompletableFuture<Outcome<GroupDefinition>> define(GroupDefinition definition) {
    return known(definition.boundTopic())
        .thenCompose(_ -> firstThenOthers(engine -> engine.defineGroup(definition)));
  }

  CompletableFuture<Outcome<GroupDefinition>> ensure(GroupDefinition wanted) {
    Optional<GroupDefinition> present = view.group(wanted.name());
    if (present.isPresent()) {
      // Whether it fits is said by a shard; all have the same.
      return asking.one(0, null, wanted.name(), engine -> engine.ensureGroup(wanted));
    }
    return asking
        .one(0, wanted.boundTopic().orElse(null), null, engine -> engine.ensureGroup(wanted))
        .thenCompose(first ->
            switch (first) {
              case Outcome.Ok<GroupDefinition>(GroupDefinition made) -> define(made);
              case Outcome.Refused<GroupDefinition> _ -> CompletableFuture.completedFuture(first);
            });
  }

  CompletableFuture<Outcome<TopicDefinition>> deleteTopic(String name) {
    return othersThenFirst(engine -> engine.deleteTopic(name), RefusalCode.TOPIC_NOT_FOUND)
        .whenComplete((_, _) -> view.forget(name));
  }

  CompletableFuture<Outcome<GroupDefinition>> deleteGroup(String name) {
    return othersThenFirst(engine -> engine.deleteGroup(name), RefusalCode.GROUP_NOT_FOUND)
        .whenComplete((_, _) -> view.forget(name));
  }

  /** Makes the topic that a first message asks for, unless another node knows it already. */
  CompletableFuture<Outcome<TopicDefinition>> ensure(TopicDefinition wanted) {
    return known(Optional.of(wanted.name()))
        .thenCompose(_ -> {
          Optional<TopicDefinition> found = view.topic(wanted.name());
          return found.isPresent()
              ? CompletableFuture.completedFuture(Outcome.ok(found.get()))
              : define(wanted);
        });
  }

  /** Asks the other nodes if this one does not know the topic. */
  private CompletableFuture<Void> known(Optional<String> topic) {
    return topic.map(view::known).orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  private <T> CompletableFuture<Outcome<T>> firstThenOthers(Asking.Question<Outcome<T>> question) {
    return asking
        .one(0, question)
        .thenCompose(first -> {
          if (!first.isOk()) {
            return CompletableFuture.completedFuture(first);
          }
          return Asking.together(others(question)).thenApply(all -> all.map(_ -> first.value()));
        });
  }

  private <T> List<CompletableFuture<Outcome<T>>> others(Asking.Question<Outcome<T>> question) {
    List<CompletableFuture<Outcome<T>>> replies = new ArrayList<>();
    for (int shard = 1; shard < shards.count(); shard++) {
      replies.add(asking.one(shard, question));
    }
    return replies;
  }

  /** That some do not know it (any more) is fine, as long as one did. */
  private <T> CompletableFuture<Outcome<T>> othersThenFirst(
      Asking.Question<Outcome<T>> question, RefusalCode unknown) {
    List<CompletableFuture<Outcome<Optional<T>>>> replies = new ArrayList<>();
    for (CompletableFuture<Outcome<T>> each : others(question)) {
      replies.add(
          each.thenApply(outcome ->
              isRefused(outcome, unknown)
                  ? Outcome.ok(Optional.empty())
                  : outcome.map(Optional::of)));
    }
    return Asking.together(replies)
        .thenCompose(all ->
            switch (all) {
              case Outcome.Ok<List<Optional<T>>>(List<Optional<T>> others) ->
                  asking
                      .one(0, question)
                      .thenApply(first ->
                          isRefused(first, unknown)
                              ? others.stream()
                                  .flatMap(Optional::stream)
                                  .findFirst()
                                  .map(Outcome::ok)
                                  .orElse(first)
                              : first);
              case Outcome.Refused<List<Optional<T>>> refused ->
                  CompletableFuture.completedFuture(Outcome.refused(refused.refusal()));
            });
  }

  private static <T> boolean isRefused(Outcome<T> outcome, RefusalCode code) {
    return outcome instanceof Outcome.Refused<T> refused && refused.refusal().code() == code;
  }
}
