package io.rivulet.bench.faults;

/** Something that goes on message by message, and of which one can say how far it is. */
interface Line {
  String name();

  /** How many messages of it were acknowledged. */
  int acknowledged();

  /** Why it did not go on when that was the case last; empty: it always did, or nobody knows. */
  default String lastFailure() {
    return "";
  }
}
