package io.rivulet.server.demo.gateway;

import io.rivulet.server.demo.gateway.PhaseFigures.Waits;
import io.rivulet.server.demo.gateway.PhaseFigures.WorkerFigures;
import io.rivulet.server.demo.stage.Story;
import java.util.Map;

/**
 * Owned by the main thread. Tells the two phases' figures side by side, and which reach their aim.
 */
final class Comparison {
  private static final double FAIR = 0.99;
  private static final double LEAST_THROUGHPUT = 0.98;
  private static final double MOST_BEHIND = 0.05;

  /** Workers that are slower than they would be alone share their processors with others. */
  private static final double ALONE = 0.85;

  private final PhaseFigures plain;
  private final PhaseFigures scheduled;

  Comparison(PhaseFigures plain, PhaseFigures scheduled) {
    this.plain = plain;
    this.scheduled = scheduled;
  }

  /** Whether every request was served once; the rest are figures, and depend on the machine. */
  boolean tell(Story story) {
    waits(story);
    sharing(story);
    workers(story);
    aims(story);
    machine(story);
    int repeated = plain.repeatedCount() + scheduled.repeatedCount();
    String once =
        "%d requests in each phase, all served, %d of them twice"
            .formatted(scheduled.served().size(), repeated);
    if (repeated > 0) {
      story.bad(once);
    } else {
      story.good(once);
    }
    return repeated == 0;
  }

  private void waits(Story story) {
    story.event("how long requests waited until a worker began with them");
    story.line(
        "%-6s%10s%9s   %-28s   %s"
            .formatted("", "requests", "tokens", plain.title(), scheduled.title()));
    story.line(
        "%-25s   %8s  %8s  %8s   %8s  %8s  %8s"
            .formatted("", "p50", "p99", "longest", "p50", "p99", "longest"));
    for (Caller caller : Caller.values()) {
      Waits own = scheduled.waitsOf(caller);
      story.line(
          "%-6s%10d%,9d   %s   %s"
              .formatted(
                  caller.tenant(),
                  own.count(),
                  own.tokens(),
                  cells(plain.waitsOf(caller)),
                  cells(own)));
    }
  }

  private static String cells(Waits waits) {
    return "%8s  %8s  %8s"
        .formatted(
            Seconds.text(waits.p50Nanos()),
            Seconds.text(waits.p99Nanos()),
            Seconds.text(waits.maxNanos()));
  }

  private void sharing(Story story) {
    story.event(
        "tokens for each tenant in the longest time in which all three had requests waiting");
    sharing(story, plain);
    sharing(story, scheduled);
  }

  private static void sharing(Story story, PhaseFigures phase) {
    Sharing sharing = phase.sharing();
    StringBuilder line =
        new StringBuilder(
            "%-11s %6s  ".formatted(phase.title(), Seconds.text(sharing.span().nanos())));
    for (Map.Entry<Caller, Double> each : sharing.tokens().entrySet()) {
      line.append(
          "  %s %,6.0f (%2.0f %%)"
              .formatted(
                  label(each.getKey()),
                  each.getValue(),
                  100 * each.getValue() / Math.max(1, sharing.total())));
    }
    story.line(line + "   Jain's index %.3f".formatted(sharing.jain()));
  }

  private static String label(Caller caller) {
    return caller.weight() == 1 ? caller.tenant() : caller.tenant() + ", weight " + caller.weight();
  }

  private void workers(Story story) {
    story.event("what the two workers did");
    workers(story, plain);
    workers(story, scheduled);
  }

  private static void workers(Story story, PhaseFigures phase) {
    for (WorkerFigures each : phase.workers()) {
      story.line(
          ("%-11s %s: %4d requests, %,7d tokens, %,5.0f/s; %4.1f %% of the work with %4.1f %% of"
                  + " the speed; idle %s while work waited")
              .formatted(
                  phase.title(),
                  each.kind().label(),
                  each.count(),
                  each.tokens(),
                  each.tokensPerSecond(),
                  100.0 * each.tokens() / phase.tokens(),
                  100 * each.tokensPerSecond() / phase.capacity(),
                  Seconds.text(each.idleNanos())));
    }
    story.line(
        "%-11s all done after %.2f s, %,.0f tokens/s; ideal for these workers: %.2f s"
            .formatted(
                phase.title(),
                phase.doneNanos() / 1e9,
                phase.tokensPerSecond(),
                phase.idealNanos() / 1e9));
  }

  private void aims(Story story) {
    double jain = scheduled.sharing().jain();
    aim(
        story,
        jain >= FAIR,
        "Jain's index of fairness %.3f, without the scheduler %.3f (aim: at least %.2f)"
            .formatted(jain, plain.sharing().jain(), FAIR));
    double throughput = scheduled.tokensPerSecond() / plain.tokensPerSecond();
    double speed = scheduled.capacity() / plain.capacity();
    aim(
        story,
        throughput >= LEAST_THROUGHPUT,
        ("throughput %.1f %% of plain FIFO (aim: at least %.0f %%); while they worked, the workers"
                + " were %.1f %% as fast as there")
            .formatted(100 * throughput, 100 * LEAST_THROUGHPUT, 100 * speed));
    double behind = scheduled.behindIdeal();
    aim(
        story,
        behind <= MOST_BEHIND,
        "done %.1f %% after the ideal for these workers, plain FIFO %.1f %% (aim: at most %.0f %%)"
            .formatted(100 * behind, 100 * plain.behindIdeal(), 100 * MOST_BEHIND));
  }

  /** Figures are worth what the machine was. */
  private void machine(Story story) {
    double speed = Math.min(plain.capacity(), scheduled.capacity()) / WorkerKind.capacity();
    if (speed < ALONE) {
      story.event(
          ("beware: the workers got only %.0f %% of two processors, as the machine does other things"
                  + " too; figures of one that does not differ")
              .formatted(100 * speed));
    }
  }

  private static void aim(Story story, boolean isReached, String text) {
    if (isReached) {
      story.good(text);
    } else {
      story.bad(text);
    }
  }
}
