package io.rivulet.server.demo.gateway;

import io.rivulet.server.demo.stage.Story;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Owned by the main thread. Shows who waits how long while it happens: in a terminal a picture that
 * is drawn anew all the time, else a line now and then.
 */
final class Scoreboard {
  private static final int BAR = 30;
  private static final Duration RECENT = Duration.ofSeconds(3);
  private static final Duration LINE_EVERY = Duration.ofSeconds(2);

  private final Story story;
  private final boolean isLive;
  private long nextLineNanos;

  Scoreboard(Story story, boolean isLive) {
    this.story = story;
    this.isLive = isLive;
  }

  void show(Ledger ledger) {
    if (isLive) {
      story.draw(picture(ledger));
    } else if (ledger.nowNanos() >= nextLineNanos) {
      nextLineNanos = ledger.nowNanos() + LINE_EVERY.toNanos();
      story.line(line(ledger));
    }
  }

  private static List<String> picture(Ledger ledger) {
    long now = ledger.nowNanos();
    List<String> lines = new ArrayList<>();
    lines.add(
        "@|bold %5.1f s|@  %d of %d requests done"
            .formatted(
                now / 1e9,
                ledger.arrivals().size() - ledger.openCount(),
                ledger.arrivals().size()));
    int full = Math.max(1, ledger.arrivals().size() / 2);
    for (Caller caller : Caller.values()) {
      List<Long> waiting = ledger.waitingSince(caller);
      lines.add(
          "%-4s  %s %s%s"
              .formatted(
                  caller.tenant(),
                  bar(caller, (double) waiting.size() / full),
                  waiting(waiting, now),
                  lately(ledger, caller, now)));
    }
    StringBuilder workers = new StringBuilder("workers:");
    for (WorkerKind kind : WorkerKind.values()) {
      workers.append("  %s did %d".formatted(kind.label(), ledger.doneCount(kind)));
    }
    lines.add(workers.toString());
    return lines;
  }

  private static String line(Ledger ledger) {
    long now = ledger.nowNanos();
    StringBuilder line = new StringBuilder("%5.1f s".formatted(now / 1e9));
    for (Caller caller : Caller.values()) {
      line.append(" | ").append(caller.tenant()).append(' ');
      line.append(waiting(ledger.waitingSince(caller), now).strip());
    }
    return line.toString();
  }

  private static String bar(Caller caller, double part) {
    int length = (int) Math.ceil(BAR * Math.min(1, part));
    String bar = length == 0 ? "" : "@|" + caller.style() + " " + "█".repeat(length) + "|@";
    return bar + "·".repeat(BAR - length);
  }

  private static String waiting(List<Long> waiting, long nowNanos) {
    if (waiting.isEmpty()) {
      return "none waiting";
    }
    long oldest = waiting.stream().mapToLong(since -> nowNanos - since).max().orElse(0);
    return "%4d waiting, up to %s".formatted(waiting.size(), Seconds.text(oldest));
  }

  /** How long those had waited whose turn came in the last seconds. */
  private static String lately(Ledger ledger, Caller caller, long nowNanos) {
    List<Long> waits = ledger.waitsSince(caller, Math.max(0, nowNanos - RECENT.toNanos()));
    return waits.isEmpty()
        ? ""
        : "; served just now after " + Seconds.text(Statistics.percentile(waits, 0.5));
  }
}
