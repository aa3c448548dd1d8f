package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.server.config.DurationText;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: immutable. Lite topics: listed, shown, changed and reclaimed. */
final class LiteTopics {
  private static final Duration MAX_TTL = Duration.ofDays(36_500);

  private final Engine engine;

  LiteTopics(Engine engine) {
    this.engine = engine;
  }

  void list(RestCall call) {
    int limit = call.count("limit", Definitions.USUAL_PAGE, Definitions.MAX_PAGE);
    call.then(
        engine.listLite(
            call.topic(), call.query("prefix").orElse(""), Histories.nameAfter(call), limit),
        page -> {
          @Nullable String next = page.next().map(Histories::nameCursor).orElse(null);
          if (next != null) {
            call.linkNext(next);
          }
          call.answer(
              new Shapes.LitePage(
                  page.liteTopics().stream().map(LiteTopics::shown).toList(), next));
        });
  }

  void describe(RestCall call) {
    call.then(engine.describeLite(call.topic(), name(call)), view -> call.answer(shown(view)));
  }

  void reclaim(RestCall call) {
    call.then(engine.reclaimLite(call.topic(), name(call)), _ -> call.answerNothing());
  }

  void set(RestCall call) {
    call.json(
        Shapes.LiteSettings.class,
        wanted -> {
          String ttl = Required.text("ttl", wanted.ttl());
          Optional<Duration> own =
              ttl.equals("none")
                  ? Optional.empty()
                  : Optional.of(RestCall.time("ttl", ttl, MAX_TTL, MAX_TTL));
          call.then(
              engine.setLiteTtl(call.topic(), name(call), own), view -> call.answer(shown(view)));
        });
  }

  private static String name(RestCall call) {
    return Objects.requireNonNull(call.lite());
  }

  private static Shapes.LiteTopic shown(LiteTopicView view) {
    return new Shapes.LiteTopic(
        view.topic(),
        view.name(),
        view.queueId(),
        view.firstOffset(),
        view.endOffset(),
        MessageViews.time(view.lastAppendMillis()),
        MessageViews.time(view.lastActiveMillis()),
        view.ttl().map(DurationText::print).orElse(null),
        view.subscribers().stream()
            .map(each -> new Shapes.Follower(each.group(), each.clientId()))
            .toList(),
        view.progress().stream()
            .map(each ->
                new Shapes.LiteProgress(
                    each.group(), each.committedOffset(), each.backlog(), each.leased()))
            .toList());
  }
}
