package io.rivulet.engine.limit;

import org.jspecify.annotations.Nullable;

/** Owned by one thread, that of its {@link LimitDesk}. What is limited by a home elsewhere. */
abstract class Limited {
  final LimitName limit;
  final LimitDesk desk;
  private final Runnable changed;
  private boolean isAsked;

  /**
   * @param changed runs when more may pass than before, or something else has to be waited for
   */
  Limited(LimitName limit, LimitDesk desk, Runnable changed) {
    this.limit = limit;
    this.desk = desk;
    this.changed = changed;
  }

  /** It is to be asked for this after a while, unless it was asked and is not answered yet. */
  final void want(long delayMillis) {
    if (!isAsked) {
      desk.want(this, delayMillis);
    }
  }

  /** What is to be asked for now; null: nothing. */
  final @Nullable LimitAsk ask(long nowMillis) {
    LimitAsk ask = wanted(nowMillis);
    isAsked = ask != null;
    return ask;
  }

  final void answered(Allotment answer, long nowMillis) {
    isAsked = false;
    if (answer.isMissed()) {
      missed(nowMillis);
    } else {
      allotted(answer.amount(), nowMillis);
    }
    changed.run();
  }

  abstract @Nullable LimitAsk wanted(long nowMillis);

  abstract void allotted(double amount, long nowMillis);

  abstract void missed(long nowMillis);
}
