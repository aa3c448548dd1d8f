package io.rivulet.cluster.member;

import org.apache.bookkeeper.bookie.BookieException;
import org.apache.bookkeeper.bookie.StateManager;
import org.apache.bookkeeper.discover.RegistrationManager;
import org.apache.bookkeeper.net.BookieId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: immutable, with a thread of its own. Looks whether a storage member that
 * runs is registered, and registers it again if it is not.
 *
 * <p>BookKeeper registers it when its session with the metadata quorum has ended, and never looks
 * whether the entry is still there. An entry that it found then may have been that of the ended
 * session, and go with it a moment later: then nobody would write to the member any more.
 */
final class RegistrationWatch implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(RegistrationWatch.class);

  private final BookieId id;
  private final StateManager state;
  private final RegistrationManager metadata;
  private final long lookMillis;
  private final Closing closing = new Closing();
  private final Thread thread;

  private RegistrationWatch(
      BookieId id, StateManager state, RegistrationManager metadata, long lookMillis) {
    this.id = id;
    this.state = state;
    this.metadata = metadata;
    this.lookMillis = lookMillis;
    thread = Thread.ofPlatform().name("rivulet-registration").daemon().unstarted(this::watch);
  }

  /**
   * @param state of the member, which is registered already
   * @param lookMillis between two looks: longer than a session, so that who is just registering is
   *     done by the second
   */
  static RegistrationWatch start(
      BookieId id, StateManager state, RegistrationManager metadata, long lookMillis) {
    RegistrationWatch begun = new RegistrationWatch(id, state, metadata, lookMillis);
    begun.thread.start();
    return begun;
  }

  private void watch() {
    boolean wasMissing = false;
    while (!closing.isWithin(lookMillis)) {
      boolean isMissing = isMissing();
      if (isMissing && wasMissing) {
        logger.warn("Storage member '{}' runs but is not registered, and registers again", id);
        state.forceToUnregistered();
        var _ = state.registerBookie(false);
      }
      // Once more only after another two looks: it may take a session.
      wasMissing = isMissing && !wasMissing;
    }
  }

  private boolean isMissing() {
    try {
      return state.isRunning() && !metadata.isBookieRegistered(id);
    } catch (BookieException | RuntimeException e) {
      // The quorum is away: whether it is registered is not known.
      return false;
    }
  }

  @Override
  public void close() {
    closing.begin();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
