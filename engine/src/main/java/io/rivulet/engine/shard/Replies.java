package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Owned by the shard thread. Answers that leave the shard: collected during a turn and completed
 * together on the reply thread, so that what depends on them never runs here. A refusal that
 * follows from what is stored leaves when it is sure ({@link Recorder#confirmed}): whoever hears it
 * takes it for final.
 */
final class Replies {
  private final Executor replyThread;
  private final Recorder recorder;
  private List<Runnable> collected = new ArrayList<>();

  Replies(Executor replyThread, Recorder recorder) {
    this.replyThread = replyThread;
    this.recorder = recorder;
  }

  <T> void complete(CompletableFuture<Outcome<T>> future, Outcome<T> outcome) {
    if (recorder.canBeTakenOver() && followsFromState(outcome)) {
      recorder.confirmed(outcome, sure -> collect(future, sure));
    } else {
      collect(future, outcome);
    }
  }

  <T> void completeAll(CompletableFuture<List<Outcome<T>>> future, List<Outcome<T>> outcomes) {
    if (recorder.canBeTakenOver() && outcomes.stream().anyMatch(Replies::followsFromState)) {
      recorder.confirmed(Outcome.ok(outcomes), sure -> collect(future, outcomes(outcomes, sure)));
    } else {
      collect(future, outcomes);
    }
  }

  private static boolean followsFromState(Outcome<?> outcome) {
    return outcome instanceof Outcome.Refused<?>(Refusal refusal)
        && refusal.code().followsFromState();
  }

  private static <T> List<Outcome<T>> outcomes(
      List<Outcome<T>> outcomes, Outcome<List<Outcome<T>>> sure) {
    return switch (sure) {
      case Outcome.Ok<List<Outcome<T>>> ok -> ok.value();
      case Outcome.Refused<List<Outcome<T>>>(Refusal refusal) ->
          outcomes.stream()
              .map(each -> followsFromState(each) ? Outcome.<T>refused(refusal) : each)
              .toList();
    };
  }

  private <T> void collect(CompletableFuture<T> future, T value) {
    collected.add(() -> future.complete(value));
  }

  /** Hands over what was collected. */
  void flush() {
    if (collected.isEmpty()) {
      return;
    }
    List<Runnable> batch = collected;
    collected = new ArrayList<>();
    replyThread.execute(() -> batch.forEach(Runnable::run));
  }
}
