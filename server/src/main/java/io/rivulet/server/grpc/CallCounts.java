package io.rivulet.server.grpc;

import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Safe for all threads: adders. How many calls began, and how they ended. */
public final class CallCounts {
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final Map<Status.Code, LongAdder> byCode = new ConcurrentHashMap<>();

  public CallCounts() {
    for (Status.Code code : Status.Code.values()) {
      byCode.put(code, new LongAdder());
    }
  }

  void begin() {
    begun.increment();
  }

  void end(Status.Code code) {
    ended.increment();
    byCode.computeIfAbsent(code, missing -> new LongAdder()).increment();
  }

  /** Calls that are open now, waiting polls and streams included. */
  public long open() {
    return Math.max(0, begun.sum() - ended.sum());
  }

  public long ended(Status.Code code) {
    return byCode.computeIfAbsent(code, missing -> new LongAdder()).sum();
  }
}
