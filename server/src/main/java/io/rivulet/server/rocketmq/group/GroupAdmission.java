package io.rivulet.server.rocketmq.group;

import io.rivulet.engine.Engine;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: stateless. Lets a client into its consumer group: the group is made if it
 * is missing, and the engine told what it follows.
 */
public final class GroupAdmission {
  private final Engine engine;

  public GroupAdmission(Engine engine) {
    this.engine = engine;
  }

  /**
   * Admits a client that introduces itself.
   *
   * @param wanted how the group is made if it is missing
   * @param filters what it follows, by topic; empty for LITE groups
   */
  public CompletableFuture<Outcome<GroupDefinition>> admit(
      ConnectedClient client, GroupDefinition wanted, Map<String, Filter> filters) {
    return engine
        .ensureGroup(wanted)
        .thenCompose(outcome -> {
          if (!outcome.isOk()) {
            return CompletableFuture.completedFuture(outcome);
          }
          client.join(outcome.value().name());
          engine.clientSeen(client.info());
          return follow(client, outcome, filters);
        });
  }

  /**
   * Whether a poll may go straight to the engine: the group exists, this client is in it and the
   * engine knows the filter. Runs for every poll.
   */
  public boolean isAdmitted(ConnectedClient client, String group, String topic, Filter filter) {
    if (!client.group().equals(Optional.of(group))) {
      return false;
    }
    Optional<GroupDefinition> definition = engine.group(group);
    return definition.isPresent()
        && (definition.get().kind() == GroupKind.LITE || client.follows(topic, filter));
  }

  /**
   * Admits a client by its first poll of a topic: one that never introduced itself, whose
   * introduction was lost with a restart, or that follows a topic since a moment ago.
   */
  public CompletableFuture<Outcome<GroupDefinition>> admitByPoll(
      ConnectedClient client, String group, String topic, Filter filter) {
    GroupDefinition wanted = engine.group(group).orElseGet(() -> definition(group, topic));
    return admit(
        client, wanted, wanted.kind() == GroupKind.LITE ? Map.of() : Map.of(topic, filter));
  }

  private GroupDefinition definition(String group, String topic) {
    boolean isLite =
        engine.topic(topic).filter(definition -> definition.type() == TopicType.LITE).isPresent();
    return isLite ? GroupDefinition.lite(group, topic) : GroupDefinition.standard(group);
  }

  private CompletableFuture<Outcome<GroupDefinition>> follow(
      ConnectedClient client, Outcome<GroupDefinition> group, Map<String, Filter> filters) {
    CompletableFuture<Outcome<GroupDefinition>> done = CompletableFuture.completedFuture(group);
    for (Map.Entry<String, Filter> entry : filters.entrySet()) {
      String topic = entry.getKey();
      CompletableFuture<Outcome<Filter>> followed =
          engine.subscribe(group.value().name(), topic, entry.getValue());
      done =
          done.thenCombine(
              followed,
              (before, outcome) -> {
                if (outcome instanceof Outcome.Refused<Filter> refused) {
                  return before.isOk() ? Outcome.refused(refused.refusal()) : before;
                }
                client.follow(topic, entry.getValue());
                return before;
              });
    }
    return done;
  }
}
