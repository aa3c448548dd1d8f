package io.rivulet.server.demo.gateway;

/** Immutable. The two workers: a model on a new GPU, and one on an old that is half as fast. */
enum WorkerKind {
  FAST("fast", 1),
  SLOW("slow", 2);

  /** Tokens a second of the fast one, on a processor that does nothing else. */
  static final double FAST_TOKENS_PER_SECOND = 1000;

  private final String label;
  private final int slowness;

  WorkerKind(String label, int slowness) {
    this.label = label;
    this.slowness = slowness;
  }

  String label() {
    return label;
  }

  /** What of its processor's hashes a token takes. */
  double hashesPerToken(double hashesPerSecond) {
    return hashesPerSecond * slowness / FAST_TOKENS_PER_SECOND;
  }

  double tokensPerSecond() {
    return FAST_TOKENS_PER_SECOND / slowness;
  }

  /** Of both together. */
  static double capacity() {
    return FAST.tokensPerSecond() + SLOW.tokensPerSecond();
  }
}
