package io.rivulet.bench.compatibility;

import io.rivulet.bench.Admin;
import io.rivulet.bench.ServerProcess;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Safe for all threads: made once, on first use. The server that the tests share (each with topics
 * and groups of its own) and that ends with the JVM.
 */
final class Stage {
  private static final AtomicLong NAMES = new AtomicLong();
  private static final String RUN = Long.toString(ProcessHandle.current().pid(), 36);

  private Stage() {}

  private static final class Shared {
    static final ServerProcess SERVER = ServerProcess.start();
    static final Admin ADMIN = new Admin(SERVER.endpoint());
  }

  /** Plaintext. */
  static Target target() {
    return new Target(Shared.SERVER.endpoint(), false);
  }

  static Admin admin() {
    return Shared.ADMIN;
  }

  static ServerProcess server() {
    return Shared.SERVER;
  }

  /** A name for a topic, group or lite topic that nobody else has. */
  static String name(String what) {
    return what + "-" + RUN + "-" + NAMES.incrementAndGet();
  }

  /** Texts {@code prefix-0}, {@code prefix-1}, and so on. */
  static List<String> texts(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(number -> prefix + "-" + number).toList();
  }

  /** Messages with {@link #texts} as bodies. */
  static List<Outgoing> outgoing(String topic, String prefix, int count) {
    return texts(prefix, count).stream().map(text -> Outgoing.text(topic, text)).toList();
  }
}
