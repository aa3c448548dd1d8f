package io.rivulet.bench.faults;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Immutable. The body of a message, which says whose it is and which one; the rest follows from
 * that, so that a damaged one is seen.
 */
record Body(String line, int number) {
  private static final int MOST_WORDS = 60;

  String text() {
    SplittableRandom random = new SplittableRandom(31L * line.hashCode() + number);
    StringBuilder text = new StringBuilder(line).append('/').append(number).append('/');
    int words = random.nextInt(MOST_WORDS);
    for (int i = 0; i < words; i++) {
      text.append(Long.toString(random.nextLong() >>> 1, 36));
    }
    return text.toString();
  }

  /** Empty if it is none of ours, or not as it was sent. */
  static Optional<Body> read(String text) {
    String[] parts = text.split("/", 3);
    try {
      Body body = new Body(parts[0], Integer.parseInt(parts.length == 3 ? parts[1] : "none"));
      return body.text().equals(text) ? Optional.of(body) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
