package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: reads shards, and replaces what it heard of other nodes as a whole. What is
 * defined, as far as this node knows: by the shards that are here, and by what other nodes said a
 * moment ago. Shard 0 is asked first and deleted from last, so what it has is defined.
 */
final class View {
  private final Shards shards;
  private final Map<NodeCalls, NodeCalls.Definitions> heard = new ConcurrentHashMap<>();

  View(Shards shards) {
    this.shards = shards;
  }

  Optional<TopicDefinition> topic(String name) {
    for (Engine shard : shards.local().values()) {
      Optional<TopicDefinition> found = shard.topic(name);
      if (found.isPresent()) {
        return found;
      }
    }
    return heard.values().stream()
        .flatMap(each -> each.topics().stream())
        .filter(each -> each.name().equals(name))
        .findFirst();
  }

  Optional<GroupDefinition> group(String name) {
    for (Engine shard : shards.local().values()) {
      Optional<GroupDefinition> found = shard.group(name);
      if (found.isPresent()) {
        return found;
      }
    }
    return heard.values().stream()
        .flatMap(each -> each.groups().stream())
        .filter(each -> each.name().equals(name))
        .findFirst();
  }

  Collection<TopicDefinition> topics() {
    Map<String, TopicDefinition> all = new TreeMap<>();
    heard.values().forEach(each -> each.topics().forEach(topic -> all.put(topic.name(), topic)));
    local().topics().forEach(topic -> all.put(topic.name(), topic));
    return all.values();
  }

  Collection<GroupDefinition> groups() {
    Map<String, GroupDefinition> all = new TreeMap<>();
    heard.values().forEach(each -> each.groups().forEach(group -> all.put(group.name(), group)));
    local().groups().forEach(group -> all.put(group.name(), group));
    return all.values();
  }

  /** What the shards that are here have. */
  NodeCalls.Definitions local() {
    Map<String, TopicDefinition> topics = new TreeMap<>();
    Map<String, GroupDefinition> groups = new TreeMap<>();
    for (Engine shard : shards.local().values()) {
      shard.topics().forEach(topic -> topics.put(topic.name(), topic));
      shard.groups().forEach(group -> groups.put(group.name(), group));
    }
    return new NodeCalls.Definitions(
        List.copyOf(topics.values()), List.copyOf(groups.values()), shards.epochs());
  }

  /** Whether the topic has a part in every shard. */
  boolean isSpread(String topic) {
    return Placement.isDeadLetters(topic)
        || topic(topic).filter(each -> each.type() == TopicType.LITE).isPresent();
  }

  /**
   * Asks the other nodes for a topic that this one does not know.
   *
   * @return done when it is known, or all have answered or failed
   */
  CompletableFuture<Void> known(String topic) {
    if (topic(topic).isPresent()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> known = new CompletableFuture<>();
    var _ =
        refresh(
                () -> {
                  if (topic(topic).isPresent()) {
                    known.complete(null);
                  }
                })
            .thenRun(() -> known.complete(null));
    return known;
  }

  /** Asks the other nodes what they have; done when all have answered or failed. */
  CompletableFuture<Void> refresh() {
    return refresh(() -> {});
  }

  private CompletableFuture<Void> refresh(Runnable whenHeard) {
    Collection<NodeCalls> others = shards.others();
    heard.keySet().retainAll(others);
    List<CompletableFuture<?>> asked = new ArrayList<>();
    for (NodeCalls other : others) {
      asked.add(
          other
              .definitions()
              .handle((definitions, failure) -> {
                if (failure == null) {
                  heard.put(other, definitions);
                  whenHeard.run();
                  shards.servedElsewhere(definitions.epochs());
                }
                return true;
              }));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
  }

  /** Drops what was heard of a topic or a group that was deleted. */
  void forget(String name) {
    heard.replaceAll((_, each) ->
        new NodeCalls.Definitions(
            each.topics().stream().filter(topic -> !topic.name().equals(name)).toList(),
            each.groups().stream().filter(group -> !group.name().equals(name)).toList(),
            each.epochs()));
  }

  /**
   * Defines what is known of topic and group in a shard that does not know them.
   *
   * @return empty if there is nothing that it could be told. Otherwise done when it was told, or
   *     could not be: whoever asks it again finds out.
   */
  Optional<CompletableFuture<Void>> teach(
      int shard, @Nullable String topicName, @Nullable String groupName) {
    Engine engine = shards.shard(shard);
    Optional<TopicDefinition> topic = Optional.ofNullable(topicName).flatMap(this::topic);
    Optional<GroupDefinition> group = Optional.ofNullable(groupName).flatMap(this::group);
    if (engine == null || (topic.isEmpty() && group.isEmpty())) {
      return Optional.empty();
    }
    return Optional.of(
        trying(() -> topic.map(engine::defineTopic))
            .thenCompose(_ -> trying(() -> group.map(engine::defineGroup))));
  }

  /** The shard may be on its way to another node just now. */
  private static CompletableFuture<Void> trying(
      Supplier<Optional<? extends CompletableFuture<?>>> step) {
    CompletableFuture<?> done;
    try {
      Optional<? extends CompletableFuture<?>> begun = step.get();
      done = begun.isPresent() ? begun.get() : CompletableFuture.completedFuture(null);
    } catch (NotOwnerException moved) {
      done = CompletableFuture.completedFuture(null);
    }
    return done.handle((_, _) -> null);
  }
}
