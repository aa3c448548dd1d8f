package io.rivulet.server.definitions;

import io.rivulet.engine.Engine;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.server.config.ConfigException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Owned by whoever starts the server. Makes topics and groups be as a file says, before anybody can
 * ask for anything. What is as it should be causes no record; what the file does not name stays.
 */
public final class StartDefinitions {
  private static final int PATIENCE_SECONDS = 30;

  private final DefinitionsFile file;
  private final Engine engine;
  private int changes;

  private StartDefinitions(DefinitionsFile file, Engine engine) {
    this.file = file;
    this.engine = engine;
  }

  /**
   * Applies a file.
   *
   * @return how many topics and groups were made or changed
   * @throws ConfigException if one can't be as the file says; those before it are
   */
  public static int apply(DefinitionsFile file, Engine engine) throws ConfigException {
    StartDefinitions definitions = new StartDefinitions(file, engine);
    // Groups may be bound to topics.
    for (Map.Entry<String, Map<String, String>> topic : file.topics().entrySet()) {
      definitions.applyTopic(topic.getKey(), topic.getValue());
    }
    for (Map.Entry<String, Map<String, String>> group : file.groups().entrySet()) {
      definitions.applyGroup(group.getKey(), group.getValue());
    }
    return definitions.changes;
  }

  private void applyTopic(String name, Map<String, String> words) throws ConfigException {
    Optional<TopicDefinition> known = engine.topic(name);
    Outcome<TopicDefinition> wish;
    try {
      wish = Said.ofTopic(name, known, words);
    } catch (WordException e) {
      throw file.inTopic(name, e.word(), e.word() + " " + e.getMessage());
    }
    if (wish.isOk() && known.equals(Optional.of(wish.value()))) {
      return;
    }
    String refusal = reason(wish.isOk() ? await(engine.defineTopic(wish.value())) : wish);
    if (!refusal.isEmpty()) {
      throw file.inTopic(name, "", refusal);
    }
    changes++;
  }

  private void applyGroup(String name, Map<String, String> words) throws ConfigException {
    Optional<GroupDefinition> known = engine.group(name);
    Outcome<GroupDefinition> wish;
    try {
      wish = Said.ofGroup(name, known, words);
    } catch (WordException e) {
      throw file.inGroup(name, e.word(), e.word() + " " + e.getMessage());
    }
    if (wish.isOk() && known.equals(Optional.of(wish.value()))) {
      return;
    }
    String refusal = reason(wish.isOk() ? await(engine.defineGroup(wish.value())) : wish);
    if (!refusal.isEmpty()) {
      throw file.inGroup(name, "", refusal);
    }
    changes++;
  }

  private static String reason(Outcome<?> outcome) {
    return switch (outcome) {
      case Outcome.Ok<?> _ -> "";
      case Outcome.Refused<?>(var refusal) -> refusal.message();
    };
  }

  private <T> Outcome<T> await(CompletableFuture<Outcome<T>> answer) throws ConfigException {
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("the start was interrupted");
    } catch (ExecutionException e) {
      throw failed(String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      throw failed("the engine did not answer within " + PATIENCE_SECONDS + " s");
    }
  }

  private ConfigException failed(String why) {
    return new ConfigException(
        "the definitions of the file %s can't be applied: %s".formatted(file.path(), why));
  }
}
