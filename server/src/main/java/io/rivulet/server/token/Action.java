package io.rivulet.server.token;

import java.util.Locale;

/** What somebody may be allowed to do. */
public enum Action {
  /** Reading messages; of topics and lite topics. */
  READ,

  /** Sending messages, making, closing and deleting lite topics; of topics and lite topics. */
  WRITE,

  /** Receiving with a lease and all that follows from it; of consumer groups. */
  CONSUME,

  /** Defining topics and groups and listing them, and everything else as well; of no resource. */
  ADMIN;

  /** As it stands in tokens. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
