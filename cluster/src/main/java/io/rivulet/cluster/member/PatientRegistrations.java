package io.rivulet.cluster.member;

import io.rivulet.engine.time.Clock;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.bookie.BookieException;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.discover.BookieServiceInfo;
import org.apache.bookkeeper.discover.ZKRegistrationManager;
import org.apache.bookkeeper.net.BookieId;
import org.apache.zookeeper.ZooKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads. How a storage member says that it is there, for as long as it takes.
 *
 * <p>BookKeeper tries once to register a server, when it starts or its session has ended, and ends
 * it if that fails. It does fail whenever the metadata quorum had to begin again itself: its new
 * leader gives every session its whole time once more, so that the entry of the ended session is
 * there for longer than BookKeeper waits for it to go. What is on the disk is no worse for that.
 */
final class PatientRegistrations extends ZKRegistrationManager {
  private static final Logger logger = LoggerFactory.getLogger(PatientRegistrations.class);
  private static final long AGAIN_MILLIS = 200;

  /** How long it may take when a member starts, in sessions. */
  private static final int SESSIONS_AT_START = 10;

  private final Clock clock = Clock.system();
  private final Closing closing = new Closing();
  private final long startNanos;
  private volatile boolean wasRegistered;

  PatientRegistrations(ServerConfiguration configuration, ZooKeeper metadata) {
    super(configuration, metadata);
    startNanos = TimeUnit.MILLISECONDS.toNanos(configuration.getZkTimeout()) * SESSIONS_AT_START;
  }

  /**
   * Waits until it is done; the first time not for ever, so that whoever starts the member hears
   * what is wrong.
   *
   * @throws BookieException if the first time takes longer than ten sessions, or if it is closed
   *     meanwhile
   */
  @Override
  public void registerBookie(BookieId id, boolean isReadOnly, BookieServiceInfo info)
      throws BookieException {
    long beginNanos = clock.nanos();
    boolean isSaid = false;
    while (true) {
      try {
        super.registerBookie(id, isReadOnly, info);
        wasRegistered = true;
        if (isSaid) {
          logger.info("Storage member '{}' is registered now", id);
        }
        return;
      } catch (BookieException e) {
        boolean isTooLong = !wasRegistered && clock.nanos() - beginNanos > startNanos;
        if (isTooLong || closing.isWithin(AGAIN_MILLIS)) {
          throw e;
        }
        if (!isSaid) {
          isSaid = true;
          logger.warn(
              "Storage member '{}' is not registered yet and tries again: {}", id, e.getMessage());
        }
      }
    }
  }

  @Override
  public void close() {
    closing.begin();
    super.close();
  }
}
