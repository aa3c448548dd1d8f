package io.rivulet.engine.limit;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. How many may be held here of a number that several have in common: as many
 * as its home allows, for a while. While something is held it says so again and again; what is held
 * is never taken away, but nothing is added beyond what the home allows.
 *
 * <p>If the home has not answered for {@link #EXPIRY_MILLIS}, an equal part of the number may be
 * held.
 */
public final class Permits extends Limited {
  static final long EXPIRY_MILLIS = 3000;
  static final long RENEWAL_MILLIS = 500;

  private final int most;
  private final IntSupplier used;
  private int permits;
  private long untilMillis;
  private boolean isLacking;

  /** It got less than it wanted last. */
  private boolean isShort;

  /**
   * Makes permits, none yet.
   *
   * @param most that all together may hold
   * @param used how many are held here
   */
  public Permits(
      LimitName limit,
      int most,
      IntSupplier used,
      LimitDesk desk,
      Runnable changed,
      long nowMillis) {
    super(limit, desk, changed);
    this.most = most;
    this.used = used;
    untilMillis = nowMillis + EXPIRY_MILLIS;
  }

  public int most() {
    return most;
  }

  /** Whether one more may be held; if not, it is asked for. */
  public boolean isOpen(long nowMillis, int held) {
    if (held < now(nowMillis)) {
      return true;
    }
    isLacking = true;
    want(isShort ? LimitDesk.PERIOD_MILLIS : 0);
    return false;
  }

  /** More or less is held than before. */
  public void changed() {
    want(LimitDesk.PERIOD_MILLIS);
  }

  private int now(long nowMillis) {
    return nowMillis < untilMillis ? permits : most / desk.parts();
  }

  @Override
  @Nullable LimitAsk wanted(long nowMillis) {
    int held = used.getAsInt();
    int wanted = isLacking ? most : held == 0 ? 0 : Math.min(most, held + held / 4 + 1);
    if (wanted == 0 && permits == 0) {
      return null;
    }
    isShort = false;
    isLacking = false;
    int known = nowMillis < untilMillis ? permits : 0;
    return new LimitAsk.OfConcurrency(limit, most, known, held, wanted);
  }

  @Override
  void allotted(double amount, long nowMillis) {
    permits = (int) amount;
    untilMillis = nowMillis + EXPIRY_MILLIS;
    isShort = permits <= used.getAsInt();
    renew();
  }

  @Override
  void missed(long nowMillis) {
    isShort = true;
    renew();
  }

  private void renew() {
    if (used.getAsInt() > 0 || permits > 0) {
      want(RENEWAL_MILLIS);
    }
  }
}
