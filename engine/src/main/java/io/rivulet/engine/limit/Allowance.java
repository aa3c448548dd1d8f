package io.rivulet.engine.limit;

import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.RateGate;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. What may pass here of a rate that holds for several together: as much as the
 * rate's home has allotted, which is used soon or is void. So all together never pass more than the
 * home's one bucket has given.
 *
 * <p>It asks for what passed a moment ago and a little more, so that a steady stream does not wait;
 * for more and more, if something waits. If the home can't be asked, an equal part of the rate
 * passes nevertheless.
 *
 * <p>When more may pass is not known here: {@link #openAt} answers {@link RateGate#UNKNOWN} then,
 * and whoever waits is told of each answer.
 */
public final class Allowance extends Limited implements RateGate {
  /** What was allotted and not used is void when nothing was allotted for so long. */
  static final long EXPIRY_MILLIS = 3 * LimitDesk.PERIOD_MILLIS;

  private static final double TOLERANCE = 1e-6;
  private static final double HEADROOM = 1.25;

  private final Rate rate;
  private final boolean beginsFull;
  private double balance;

  /** Since it was asked for last. */
  private double used;

  /** What somebody waits for. */
  private double lacking;

  /** What it wanted last, whatever it had. */
  private double appetite;

  /** What it asked for last. */
  private double lastWanted;

  /** It got less than it wanted last. */
  private boolean isShort;

  private long answeredMillis;

  /** Nothing may pass before the home has answered. */
  public Allowance(LimitName limit, Rate rate, LimitDesk desk, Runnable changed, long nowMillis) {
    this(limit, rate, false, desk, changed, nowMillis);
  }

  /**
   * The same.
   *
   * @param beginsFull whether a home that does not know what passed before lets the burst pass
   */
  public Allowance(
      LimitName limit,
      Rate rate,
      boolean beginsFull,
      LimitDesk desk,
      Runnable changed,
      long nowMillis) {
    super(limit, desk, changed);
    this.rate = rate;
    this.beginsFull = beginsFull;
    answeredMillis = nowMillis;
  }

  @Override
  public Rate rate() {
    return rate;
  }

  @Override
  public long openAt(long nowMillis, long amount) {
    expire(nowMillis);
    double missing = (double) Math.min(amount, rate.burst()) - balance;
    if (missing <= TOLERANCE) {
      return nowMillis;
    }
    lacking = Math.max(lacking, missing);
    want(isShort ? LimitDesk.PERIOD_MILLIS : 0);
    return UNKNOWN;
  }

  @Override
  public void take(long nowMillis, long amount) {
    expire(nowMillis);
    balance -= amount;
    used += amount;
    want(LimitDesk.PERIOD_MILLIS);
  }

  @Override
  public boolean isIdle(long nowMillis) {
    expire(nowMillis);
    return used == 0 && lacking == 0 && Math.abs(balance) <= TOLERANCE;
  }

  /** Whether it got less than it wanted a moment ago, or nobody answered. */
  public boolean isShort(long nowMillis) {
    return isShort && nowMillis - answeredMillis < LimitDesk.PERIOD_MILLIS;
  }

  /** What may pass now; below 0: a debt. */
  public double balance(long nowMillis) {
    expire(nowMillis);
    return balance;
  }

  private void expire(long nowMillis) {
    if (nowMillis - answeredMillis > EXPIRY_MILLIS) {
      balance = Math.min(balance, 0);
    }
  }

  @Override
  @Nullable LimitAsk wanted(long nowMillis) {
    expire(nowMillis);
    if (lacking > 0) {
      // More each time: how much waits is not known, and what is not used is lost for others.
      double most = lacking + 2 * rate.perSecond() * LimitDesk.PERIOD_MILLIS / 1000;
      appetite = Math.min(most, Math.max(lacking, 2 * appetite));
      lastWanted = appetite;
    } else {
      appetite = HEADROOM * used;
      lastWanted = appetite - balance;
    }
    used = 0;
    lacking = 0;
    return lastWanted > TOLERANCE ? new LimitAsk.OfRate(limit, rate, lastWanted, beginsFull) : null;
  }

  @Override
  void allotted(double amount, long nowMillis) {
    balance += amount;
    isShort = amount < lastWanted - TOLERANCE;
    answeredMillis = nowMillis;
    payDebt();
  }

  /**
   * An equal part of the rate, of one second at most, so that all together pass no more than it.
   */
  @Override
  void missed(long nowMillis) {
    double part = rate.perSecond() * Math.min(1000, nowMillis - answeredMillis) / 1000;
    balance += Math.min(part / desk.parts(), lastWanted);
    isShort = true;
    answeredMillis = nowMillis;
    payDebt();
  }

  /** What passed above the burst is asked for, whether anything follows or not. */
  private void payDebt() {
    if (balance < -TOLERANCE) {
      want(LimitDesk.PERIOD_MILLIS);
    }
  }
}
