package io.rivulet.cluster.status;

import java.util.List;

/** Immutable. What became of the wish that a node own nothing any more, or own shards again. */
public sealed interface Draining {

  /**
   * It is to be so; shards move from now on.
   *
   * @param hasChanged false: it was to be so before
   */
  record Done(boolean hasChanged) implements Draining {}

  /**
   * There is no such node.
   *
   * @param known those that there are
   */
  record NoSuchNode(String node, List<String> known) implements Draining {
    public NoSuchNode {
      known = List.copyOf(known);
    }

    /** For a person. */
    public String text() {
      return "there is no node '%s'; there are %s".formatted(node, String.join(", ", known));
    }
  }

  /** No other node would be left that may own shards. */
  record LastNode(String node) implements Draining {
    /** For a person. */
    public String text() {
      return ("node '%s' can't be drained: no other node is left that may own shards. Start one with"
              + " the role compute, or undrain one")
          .formatted(node);
    }
  }
}
