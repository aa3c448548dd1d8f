package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.config.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: immutable. How groups are served: shown and steered. */
final class Servings {
  private static final int USUAL_KEYS = 20;
  private static final int MAX_KEYS = 1000;
  private static final int MAX_REDRIVE = 10_000;
  private static final Duration MAX_REST = Duration.ofDays(30);

  private final Engine engine;

  Servings(Engine engine) {
    this.engine = engine;
  }

  void describe(RestCall call) {
    call.then(
        engine.describeScheduling(call.group(), call.count("top-keys", USUAL_KEYS, MAX_KEYS)),
        view -> call.answer(shown(view)));
  }

  void estimate(RestCall call) {
    int priority =
        call.query("priority")
            .map(text -> RestCall.count("priority", text, 0, Integer.MAX_VALUE))
            .orElse(Message.NO_PRIORITY);
    call.then(
        engine.estimateWait(call.group(), priority, call.query("fairness-key").orElse("")),
        estimate ->
            call.answer(
                new Shapes.WaitEstimate(
                    estimate.position(),
                    estimate.waitMillis().isEmpty()
                        ? null
                        : DurationText.print(
                            Duration.ofMillis(estimate.waitMillis().getAsLong())))));
  }

  void settle(RestCall call) {
    call.json(
        Shapes.Settle.class,
        wanted ->
            call.then(
                engine.settle(
                    call.group(), Required.text("receipt", wanted.receipt()), wanted.cost()),
                before -> call.answer(new Shapes.Settled(before))));
  }

  void suspend(RestCall call) {
    call.json(
        Shapes.Suspend.class,
        wanted -> {
          Duration length =
              RestCall.time("length", Required.text("length", wanted.length()), MAX_REST, MAX_REST);
          if ((wanted.fairnessKey() == null) == (wanted.lite() == null)) {
            throw new IllegalArgumentException("give fairness-key, or topic and lite");
          }
          CompletableFuture<Outcome<Instant>> suspending =
              wanted.lite() == null
                  ? engine.suspendKey(
                      call.group(), Objects.requireNonNullElse(wanted.fairnessKey(), ""), length)
                  : engine.suspendLite(
                      call.group(), Required.text("topic", wanted.topic()), wanted.lite(), length);
          call.then(suspending, until -> call.answer(new Shapes.Suspended(until.toString())));
        });
  }

  void redrive(RestCall call) {
    call.json(
        Shapes.Redrive.class,
        wanted -> {
          int limit =
              wanted.limit() == null
                  ? MAX_REDRIVE
                  : RestCall.count("limit", wanted.limit().toString(), 1, MAX_REDRIVE);
          call.then(
              engine.redrive(call.group(), limit), count -> call.answer(new Shapes.Count(count)));
        });
  }

  void reset(RestCall call) {
    call.json(
        Shapes.Reset.class,
        wanted ->
            call.then(
                engine.resetOffset(
                    call.group(),
                    Required.text("topic", wanted.topic()),
                    Optional.ofNullable(wanted.lite()),
                    Places.of("to", Required.text("to", wanted.to()))),
                count -> call.answer(new Shapes.Count(count))));
  }

  private static Shapes.Scheduling shown(SchedulingView view) {
    return new Shapes.Scheduling(
        view.heldBackBy().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        view.leased(),
        shown(view.served()),
        view.classes().stream()
            .map(each ->
                new Shapes.PriorityClass(
                    each.priority(), shown(each.waiting()), shown(each.served())))
            .toList(),
        view.keys(),
        view.topKeys().stream()
            .map(each ->
                new Shapes.FairnessKey(
                    each.key(),
                    shown(each.waiting()),
                    each.leased(),
                    each.weight(),
                    MessageViews.time(each.suspendedUntilMillis())))
            .toList(),
        view.workers().stream()
            .map(each ->
                new Shapes.Worker(
                    each.clientId(),
                    each.leased(),
                    each.limit() == Integer.MAX_VALUE ? null : each.limit(),
                    each.isStalled()))
            .toList());
  }

  private static Shapes.Served shown(SchedulingView.Served served) {
    return new Shapes.Served(served.messages(), served.cost());
  }

  private static Shapes.Waits shown(SchedulingView.Waiting waiting) {
    return new Shapes.Waits(
        waiting.messages(), waiting.cost(), MessageViews.time(waiting.oldestMillis()));
  }
}
