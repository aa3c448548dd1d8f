package io.rivulet.engine.codec;

/** Immutable. Stable 64-bit hashes of strings: the same in every process and version. */
public final class Hash {
  private Hash() {}

  /**
   * Hashes the UTF-16 units of a string: one multiply-xor round per unit and a full avalanche at
   * the end (the finalizer of SplitMix64, Steele et al. 2014). Never 0, which stands for "none".
   */
  public static long of(String value, long seed) {
    long hash = seed ^ (value.length() * 0x9E3779B97F4A7C15L);
    for (int i = 0; i < value.length(); i++) {
      hash = (hash ^ value.charAt(i)) * 0xD6E8FEB86659FD93L;
      hash ^= hash >>> 32;
    }
    hash = mix(hash);
    return hash == 0 ? 1 : hash;
  }

  public static long of(String value) {
    return of(value, 0);
  }

  public static long mix(long value) {
    long hash = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    return hash ^ (hash >>> 31);
  }
}
