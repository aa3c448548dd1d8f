package io.rivulet.server.demo.gateway;

import io.rivulet.engine.time.Clock;
import java.lang.management.ThreadMXBean;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;

/**
 * Owned by one thread. Stands for a model: makes nothing, but takes the processor for as long as a
 * model of its speed would take the GPU, by hashing.
 */
final class ModelStub {
  private static final int BLOCK_BYTES = 4096;
  private static final int HASHES_PER_LOOK = 16;

  private final MessageDigest digest = sha256();
  private final byte[] block = new byte[BLOCK_BYTES];
  private final double hashesPerToken;
  private double owed;

  ModelStub(double hashesPerToken) {
    this.hashesPerToken = hashesPerToken;
  }

  /** Makes so many tokens. */
  void generate(int tokens) {
    owed += tokens * hashesPerToken;
    for (; owed >= 1; owed--) {
      hash();
    }
  }

  /** Hashes for this much processor time of the calling thread. */
  Calibration calibrate(Duration processorTime, ThreadMXBean processor, Clock clock) {
    long startNanos = clock.nanos();
    long startUsedNanos = processor.getCurrentThreadCpuTime();
    long usedNanos = 0;
    long hashes = 0;
    while (usedNanos < processorTime.toNanos()) {
      for (int i = 0; i < HASHES_PER_LOOK; i++) {
        hash();
      }
      hashes += HASHES_PER_LOOK;
      usedNanos = processor.getCurrentThreadCpuTime() - startUsedNanos;
    }
    return new Calibration(
        (double) hashes * 1e9 / usedNanos,
        Math.min(1, (double) usedNanos / Math.max(1, clock.nanos() - startNanos)));
  }

  private void hash() {
    digest.update(block);
    byte[] hash = digest.digest();
    System.arraycopy(hash, 0, block, 0, hash.length);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
