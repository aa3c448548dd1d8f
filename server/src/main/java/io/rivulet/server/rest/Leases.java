package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.server.http.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: immutable. What is done with messages that are leased. */
final class Leases {
  private static final int MAX_RECEIPTS = 1000;
  private static final int OK = 200;

  private final Engine engine;

  Leases(Engine engine) {
    this.engine = engine;
  }

  void acknowledge(RestCall call) {
    call.json(
        Shapes.Receipts.class,
        wanted -> {
          List<String> receipts = Required.texts("receipts", wanted.receipts(), MAX_RECEIPTS);
          call.then(
              engine.acknowledge(call.group(), receipts).thenApply(Outcome::ok),
              outcomes -> answer(call, outcomes, false));
        });
  }

  void nack(RestCall call) {
    call.json(
        Shapes.Nack.class,
        wanted -> {
          Duration delay =
              RestCall.time("delay", wanted.delay(), Duration.ZERO, Receives.MAX_LEASE);
          each(
              call,
              wanted.receipts(),
              true,
              receipt -> engine.changeInvisible(call.group(), receipt, delay, false));
        });
  }

  void extend(RestCall call) {
    call.json(
        Shapes.Extend.class,
        wanted -> {
          Duration lease =
              RestCall.time("lease", wanted.lease(), Receives.USUAL_LEASE, Receives.MAX_LEASE);
          each(
              call,
              wanted.receipts(),
              true,
              receipt -> engine.changeInvisible(call.group(), receipt, lease, false));
        });
  }

  void bury(RestCall call) {
    call.json(
        Shapes.Bury.class,
        wanted -> {
          String reason = Objects.requireNonNullElse(wanted.reason(), "");
          each(
              call,
              wanted.receipts(),
              false,
              receipt -> engine.deadLetter(call.group(), receipt, reason));
        });
  }

  private static void each(
      RestCall call,
      @Nullable List<String> given,
      boolean hasReceipt,
      Function<String, CompletableFuture<Outcome<String>>> work) {
    List<CompletableFuture<Outcome<String>>> all =
        Required.texts("receipts", given, MAX_RECEIPTS).stream().map(work).toList();
    call.then(
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
            .thenApply(_ -> Outcome.ok(all.stream().map(CompletableFuture::join).toList())),
        outcomes -> answer(call, outcomes, hasReceipt));
  }

  /** What is wrong with the only one is the answer; of several each has its own. */
  private static void answer(RestCall call, List<Outcome<String>> outcomes, boolean hasReceipt) {
    boolean isAllWell = outcomes.stream().allMatch(Outcome::isOk);
    if (outcomes.size() == 1
        && outcomes.getFirst() instanceof Outcome.Refused<String>(Refusal refusal)) {
      call.refuse(Problem.of(refusal));
      return;
    }
    if (isAllWell && !hasReceipt) {
      call.answerNothing();
      return;
    }
    List<Shapes.LeaseResult> results = new ArrayList<>(outcomes.size());
    for (Outcome<String> outcome : outcomes) {
      results.add(
          switch (outcome) {
            case Outcome.Ok<String>(String receipt) ->
                new Shapes.LeaseResult(hasReceipt ? receipt : null, null);
            case Outcome.Refused<String>(Refusal refusal) ->
                new Shapes.LeaseResult(null, MessageViews.of(refusal));
          });
    }
    var _ = call.answer(isAllWell ? OK : Sends.MULTI_STATUS, new Shapes.LeaseResults(results));
  }
}
