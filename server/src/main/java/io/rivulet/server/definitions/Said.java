package io.rivulet.server.definitions;

import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.server.rivulet.DefinitionMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Immutable. Definitions as they are said in words, in a file or in the body of a request; what is
 * not said stays as it is.
 */
public final class Said {
  /** What can be said of a topic. */
  public static final Vocabulary<?> TOPIC_WORDS = TopicWords.VOCABULARY;

  /** What can be said of a group. */
  public static final Vocabulary<?> GROUP_WORDS = GroupWords.VOCABULARY;

  private Said() {}

  /**
   * A topic as somebody wants it.
   *
   * @param known as it is; empty: it is not there
   * @param words values by word, each one of {@link #TOPIC_WORDS}
   * @throws WordException if a value can't be used
   */
  public static Outcome<TopicDefinition> ofTopic(
      String name, Optional<TopicDefinition> known, Map<String, String> words)
      throws WordException {
    io.rivulet.api.v1.TopicDefinition.Builder topic =
        known
            .map(each -> DefinitionMapping.toWire(each).toBuilder())
            .orElseGet(() -> io.rivulet.api.v1.TopicDefinition.newBuilder().setName(name));
    TopicWords.VOCABULARY.apply(topic, words);
    if (topic.getType() == io.rivulet.api.v1.TopicType.TOPIC_TYPE_UNSPECIFIED) {
      return Outcome.refused(
          RefusalCode.ILLEGAL_ARGUMENT,
          "it is not there yet and needs a type: " + TopicWords.VOCABULARY.allowed("type"));
    }
    return DefinitionMapping.toEngine(topic.build(), known);
  }

  /**
   * A group as somebody wants it.
   *
   * @param known as it is; empty: it is not there
   * @param words values by word, each one of {@link #GROUP_WORDS}
   * @throws WordException if a value can't be used
   */
  public static Outcome<GroupDefinition> ofGroup(
      String name, Optional<GroupDefinition> known, Map<String, String> words)
      throws WordException {
    io.rivulet.api.v1.GroupDefinition.Builder group =
        known
            .map(each -> DefinitionMapping.toWire(each).toBuilder())
            .orElseGet(() -> io.rivulet.api.v1.GroupDefinition.newBuilder().setName(name));
    GroupWords.VOCABULARY.apply(group, words);
    return DefinitionMapping.toEngine(group.build(), known);
  }

  /** Lists and tables are shorthands for what the command line takes in one word. */
  public static String text(JsonNode value) {
    List<String> parts = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(each -> parts.add(each.asString()));
    } else if (value.isObject()) {
      value
          .properties()
          .forEach(each -> parts.add(each.getKey() + "=" + each.getValue().asString()));
    } else {
      return value.asString();
    }
    return parts.isEmpty() ? Values.NONE : String.join(",", parts);
  }
}
