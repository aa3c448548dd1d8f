package io.rivulet.bench.faults;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** What can be done to a cluster. */
enum Fault {
  /** A process dies, and is started again. */
  KILL,
  /** SIGTERM, and it is started again. */
  RESTART,
  /** An operator drains a node, and takes that back. */
  DRAIN,
  /** A process stands still, too short for anybody to notice. */
  PAUSE_SHORT,
  /** A process stands still for longer than its session lasts. */
  PAUSE_LONG,
  /** A process runs a fifth of the time. */
  SLOW_PROCESS,
  /** A node's line carries 2 Mbit/s. */
  SLOW_LINE,
  /** Two nodes do not hear each other. */
  PART,
  /** The other node does not hear this one. */
  MUTE,
  /** Neither of the others hears this one, nor it them. */
  ISOLATE,
  /** Two nodes die: there is no quorum of anything. */
  KILL_TWO,
  /** Two nodes stand still. */
  PAUSE_TWO,
  /**
   * Metadata members do not reach each other, nor clients those of other nodes; all else goes on.
   */
  NO_METADATA,
  /** A disk has not a byte left. */
  FULL_DISK,
  /** A wall clock jumps ahead, and later back. */
  CLOCK_AHEAD,
  /** A wall clock jumps back, and later ahead. */
  CLOCK_BACK;

  /**
   * Immutable. A fault, to whom it is done, and for how long.
   *
   * @param other the second node, where there are two
   */
  record Step(Fault fault, String node, String other, int seconds) {
    static Step parse(String text) {
      String[] words = text.strip().split(" +", -1);
      if (words.length != 4) {
        throw new IllegalArgumentException(
            "'" + text + "' is no step: fault, node, another node, seconds");
      }
      return new Step(
          valueOf(words[0].toUpperCase(Locale.ROOT)),
          words[1],
          words[2],
          Integer.parseInt(words[3]));
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
      return "%s %s %s %d".formatted(fault.name().toLowerCase(Locale.ROOT), node, other, seconds);
    }
  }

  /** Draws to whom it is done, and for how long. */
  Step draw(SplittableRandom random, List<String> nodes, int mostSeconds) {
    int first = random.nextInt(nodes.size());
    int second = (first + 1 + random.nextInt(nodes.size() - 1)) % nodes.size();
    String node =
        switch (this) {
          case FULL_DISK -> ClusterNodes.WITH_SMALL_DISK;
          case CLOCK_AHEAD, CLOCK_BACK -> ClusterNodes.WITH_OWN_CLOCK;
          default -> nodes.get(first);
        };
    String other = nodes.get(second);
    if (other.equals(node)) {
      other = nodes.get(first);
    }
    int seconds = this == PAUSE_SHORT ? 1 : random.nextInt(mostSeconds / 3, mostSeconds + 1);
    return new Step(this, node, other, this == PAUSE_LONG ? Math.max(5, seconds) : seconds);
  }
}
