package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. Requests that concern very many rows: one step of one of them a turn,
 * so that all others are served in between, and none while the index lags behind.
 *
 * <p>What such a request has done is in the log step by step, and it is answered at its end. If the
 * process dies before, nobody goes on with it: who asked was not answered and asks again.
 */
final class Errands {
  /** Errands under way at a time; more are refused. */
  private static final int MAX_UNDER_WAY = 1000;

  /** One request. */
  interface Errand {
    /** Does a few milliseconds' work; whether there is more to do. If there is not, it answered. */
    boolean step();

    /** It is not gone on with. */
    void refuse(Refusal reason);
  }

  private final ArrayDeque<Errand> errands = new ArrayDeque<>();

  void begin(Errand errand) {
    if (errands.size() >= MAX_UNDER_WAY) {
      errand.refuse(
          new Refusal(
              RefusalCode.TOO_MANY_REQUESTS,
              "more than "
                  + MAX_UNDER_WAY
                  + " deletions and resets of offsets are under way: try again"));
    } else {
      errands.add(errand);
    }
  }

  boolean isIdle() {
    return errands.isEmpty();
  }

  /** Does one step; whether there was anything to do. */
  boolean turn() {
    Errand errand = errands.poll();
    if (errand == null) {
      return false;
    }
    if (errand.step()) {
      errands.add(errand);
    }
    return true;
  }

  /** Refuses all that are under way, for the end. */
  void answerAll() {
    for (Errand errand = errands.poll(); errand != null; errand = errands.poll()) {
      errand.refuse(
          new Refusal(
              RefusalCode.UNAVAILABLE, "the engine is stopping: it may have been done in part"));
    }
  }

  /** The same request once more, when another one is through. */
  static final class Again<T> implements Errand {
    private final BooleanSupplier waits;
    private final Runnable request;
    private final Consumer<Outcome<T>> reply;

    Again(BooleanSupplier waits, Runnable request, Consumer<Outcome<T>> reply) {
      this.waits = waits;
      this.request = request;
      this.reply = reply;
    }

    @Override
    public boolean step() {
      if (waits.getAsBoolean()) {
        return true;
      }
      request.run();
      return false;
    }

    @Override
    public void refuse(Refusal reason) {
      reply.accept(Outcome.refused(reason));
    }
  }
}
