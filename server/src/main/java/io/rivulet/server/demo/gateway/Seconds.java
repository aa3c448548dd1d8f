package io.rivulet.server.demo.gateway;

/** Immutable. Lengths of time for people. */
final class Seconds {
  private Seconds() {}

  static String text(long nanos) {
    double seconds = nanos / 1e9;
    return seconds < 0.9995 ? "%.0f ms".formatted(seconds * 1000) : "%.1f s".formatted(seconds);
  }
}
