package io.rivulet.engine.limit;

/**
 * Immutable. What the home of a limit answers.
 *
 * @param amount of a rate: how much more may pass; of a concurrency: how many may be held
 * @param isMissed nobody answered
 */
public record Allotment(LimitName limit, double amount, boolean isMissed) {
  public static Allotment of(LimitName limit, double amount) {
    return new Allotment(limit, amount, false);
  }

  /** The home could not be asked. */
  public static Allotment missed(LimitName limit) {
    return new Allotment(limit, 0, true);
  }
}
