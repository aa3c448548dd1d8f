package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupView;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.server.config.NearestName;
import io.rivulet.server.definitions.Said;
import io.rivulet.server.definitions.Told;
import io.rivulet.server.definitions.Vocabulary;
import io.rivulet.server.definitions.WordException;
import io.rivulet.server.rivulet.NamedPages;
import io.rivulet.server.rivulet.TopicFollowers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Safe for all threads: immutable. Topics and groups: listed, shown, set and deleted, in the words
 * of a definitions file.
 */
final class Definitions {
  static final int USUAL_PAGE = 100;
  static final int MAX_PAGE = 1000;
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int NOT_FOUND = 404;

  private final Engine engine;

  Definitions(Engine engine) {
    this.engine = engine;
  }

  static void refuseTopic(RestCall call, String name) {
    call.refuse(
        NOT_FOUND,
        "topic not found",
        "there is no topic '" + name + "': make it, or send a message to it");
  }

  static void refuseGroup(RestCall call, String name) {
    call.refuse(
        NOT_FOUND,
        "group not found",
        "there is no group '" + name + "': make it, or receive with it");
  }

  // ---- topics

  void listTopics(RestCall call) {
    int limit = call.count("limit", USUAL_PAGE, MAX_PAGE);
    List<TopicDefinition> found =
        NamedPages.page(
            engine.topics(),
            TopicDefinition::name,
            call.query("prefix").orElse(""),
            Histories.nameAfter(call),
            limit);
    answerPage(call, "topics", found, limit, TopicDefinition::name, Definitions::shown);
  }

  void describeTopic(RestCall call) {
    Optional<TopicDefinition> topic = engine.topic(call.topic());
    if (topic.isEmpty()) {
      refuseTopic(call, call.topic());
      return;
    }
    call.then(
        new TopicFollowers(engine).of(call.topic()).thenApply(Outcome::ok),
        followers -> {
          Map<String, Object> answer = new LinkedHashMap<>(shown(topic.get()));
          answer.put("parked", engine.parked(call.topic()));
          answer.put(
              "groups",
              followers.stream().map(each -> progress(each.group(), each.progress())).toList());
          call.answer(answer);
        });
  }

  void defineTopic(RestCall call) {
    call.tree(tree -> {
      Optional<TopicDefinition> known = engine.topic(call.topic());
      Outcome<TopicDefinition> wish;
      try {
        wish = Said.ofTopic(call.topic(), known, words(tree, Said.TOPIC_WORDS));
      } catch (WordException e) {
        throw new IllegalArgumentException("'" + e.word() + "' " + e.getMessage(), e);
      }
      switch (wish) {
        case Outcome.Refused<TopicDefinition>(var refusal) -> call.refuse(refusal);
        case Outcome.Ok<TopicDefinition>(TopicDefinition wanted) ->
            call.then(
                engine.defineTopic(wanted),
                defined -> answerDefined(call, known.isPresent(), shown(defined)));
      }
    });
  }

  void deleteTopic(RestCall call) {
    call.then(engine.deleteTopic(call.topic()), _ -> call.answerNothing());
  }

  // ---- groups

  void listGroups(RestCall call) {
    int limit = call.count("limit", USUAL_PAGE, MAX_PAGE);
    List<GroupDefinition> found =
        NamedPages.page(
            engine.groups(),
            GroupDefinition::name,
            call.query("prefix").orElse(""),
            Histories.nameAfter(call),
            limit);
    answerPage(call, "groups", found, limit, GroupDefinition::name, Definitions::shown);
  }

  void describeGroup(RestCall call) {
    call.then(
        engine.describeGroup(call.group()),
        view -> {
          Map<String, Object> answer = new LinkedHashMap<>(shown(view.definition()));
          answer.put(
              "topics", view.topics().stream().map(each -> progress(call.group(), each)).toList());
          answer.put("clients", view.clients());
          call.answer(answer);
        });
  }

  void defineGroup(RestCall call) {
    call.tree(tree -> {
      Optional<GroupDefinition> known = engine.group(call.group());
      Outcome<GroupDefinition> wish;
      try {
        wish = Said.ofGroup(call.group(), known, words(tree, Said.GROUP_WORDS));
      } catch (WordException e) {
        throw new IllegalArgumentException("'" + e.word() + "' " + e.getMessage(), e);
      }
      switch (wish) {
        case Outcome.Refused<GroupDefinition>(var refusal) -> call.refuse(refusal);
        case Outcome.Ok<GroupDefinition>(GroupDefinition wanted) ->
            call.then(
                engine.defineGroup(wanted),
                defined -> answerDefined(call, known.isPresent(), shown(defined)));
      }
    });
  }

  void deleteGroup(RestCall call) {
    call.then(engine.deleteGroup(call.group()), _ -> call.answerNothing());
  }

  // ---- words

  private static void answerDefined(RestCall call, boolean wasThere, Map<String, Object> shown) {
    if (!wasThere) {
      call.response.putHeader("location", call.request.path());
    }
    var _ = call.answer(wasThere ? OK : CREATED, shown);
  }

  private static Map<String, Object> shown(TopicDefinition topic) {
    return named(topic.name(), Told.of(topic));
  }

  private static Map<String, Object> shown(GroupDefinition group) {
    return named(group.name(), Told.of(group));
  }

  private static Map<String, Object> named(String name, Map<String, Object> definition) {
    Map<String, Object> named = new LinkedHashMap<>();
    named.put("name", name);
    named.put("definition", definition);
    return named;
  }

  private static Shapes.Progress progress(String group, GroupView.TopicProgress progress) {
    return new Shapes.Progress(
        group,
        progress.topic(),
        progress.filter().tags().stream().sorted().toList(),
        progress.backlog(),
        progress.leased());
  }

  private static Map<String, String> words(JsonNode tree, Vocabulary<?> vocabulary) {
    if (!tree.isObject()) {
      throw new IllegalArgumentException("a definition is a JSON object, {\"word\": value}");
    }
    Map<String, String> words = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> each : tree.properties()) {
      String word = each.getKey();
      if (!vocabulary.names().contains(word)) {
        String hint =
            NearestName.of(word, vocabulary.names())
                .map(nearest -> "did you mean '" + nearest + "'? ")
                .orElse("");
        throw new IllegalArgumentException(
            "there is no '%s'; %sallowed: %s"
                .formatted(word, hint, String.join(", ", vocabulary.names())));
      }
      words.put(word, each.getValue().isNull() ? "none" : Said.text(each.getValue()));
    }
    return words;
  }

  private static <T> void answerPage(
      RestCall call,
      String what,
      List<T> found,
      int limit,
      Function<T, String> name,
      Function<T, Map<String, Object>> shown) {
    Map<String, Object> answer = new LinkedHashMap<>();
    List<Map<String, Object>> page = new ArrayList<>();
    found.stream().limit(limit).map(shown).forEach(page::add);
    answer.put(what, page);
    if (found.size() > limit) {
      String next = Histories.nameCursor(name.apply(found.get(limit - 1)));
      answer.put("next", next);
      call.linkNext(next);
    }
    call.answer(answer);
  }
}
