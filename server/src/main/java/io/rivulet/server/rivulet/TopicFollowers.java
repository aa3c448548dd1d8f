package io.rivulet.server.rivulet;

import io.rivulet.engine.Engine;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.refusal.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: immutable. Finds the groups that follow a topic. */
public final class TopicFollowers {
  private static final int MAX_GROUPS_ASKED = 1000;
  private static final int MAX_FOLLOWERS = 100;

  /** Immutable. A group, and how far it is on the topic. */
  public record Follower(String group, GroupView.TopicProgress progress) {}

  private final Engine engine;

  public TopicFollowers(Engine engine) {
    this.engine = engine;
  }

  /** In order of name, at most 100; groups beyond the first thousand are not asked. */
  public CompletableFuture<List<Follower>> of(String topic) {
    List<GroupDefinition> candidates =
        engine.groups().stream()
            .filter(group -> group.boundTopic().map(topic::equals).orElse(true))
            .sorted(Comparator.comparing(GroupDefinition::name))
            .limit(MAX_GROUPS_ASKED)
            .toList();
    List<CompletableFuture<Outcome<GroupView>>> views = new ArrayList<>(candidates.size());
    for (GroupDefinition group : candidates) {
      views.add(engine.describeGroup(group.name()));
    }
    return CompletableFuture.allOf(views.toArray(CompletableFuture[]::new))
        .thenApply(done -> followers(topic, views));
  }

  private static List<Follower> followers(
      String topic, List<CompletableFuture<Outcome<GroupView>>> views) {
    List<Follower> followers = new ArrayList<>();
    for (CompletableFuture<Outcome<GroupView>> view : views) {
      // A group that was deleted meanwhile is left out.
      if (view.join() instanceof Outcome.Ok<GroupView>(GroupView group)) {
        group.topics().stream()
            .filter(progress -> progress.topic().equals(topic))
            .map(progress -> new Follower(group.definition().name(), progress))
            .forEach(followers::add);
      }
      if (followers.size() >= MAX_FOLLOWERS) {
        break;
      }
    }
    return followers;
  }
}
