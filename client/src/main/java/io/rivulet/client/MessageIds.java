package io.rivulet.client;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** Safe for all threads: an atomic counter. Names that no other client object gives. */
final class MessageIds {
  private final String prefix = UUID.randomUUID().toString().replace("-", "") + "-";
  private final AtomicLong count = new AtomicLong();

  String next() {
    return prefix + Long.toString(count.getAndIncrement(), Character.MAX_RADIX);
  }
}
