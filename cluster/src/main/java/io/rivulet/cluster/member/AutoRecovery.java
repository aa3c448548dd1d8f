package io.rivulet.cluster.member;

import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.discover.RegistrationManager;
import org.apache.bookkeeper.replication.AutoRecoveryMain;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: a volatile field that its own thread writes. A storage member's part in
 * bringing ledgers back to full replication, for as long as the member runs.
 *
 * <p>BookKeeper's ends for good when its session with the metadata quorum has ended, while the
 * member goes on: so another one takes its place, however long that takes.
 */
final class AutoRecovery implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(AutoRecovery.class);
  private static final long LOOK_MILLIS = 1000;

  private final ServerConfiguration configuration;
  private final RegistrationManager metadata;
  private final Closing closing = new Closing();
  private final Thread thread;
  private volatile @Nullable AutoRecoveryMain main;

  /** Whether it was said that it does not run. Owned by its thread. */
  private boolean isSaid;

  private AutoRecovery(ServerConfiguration configuration, RegistrationManager metadata) {
    this.configuration = configuration;
    this.metadata = metadata;
    thread = Thread.ofPlatform().name("rivulet-auto-recovery").daemon().unstarted(this::watch);
  }

  /**
   * Begins with it; it may need the metadata quorum for that, and then it goes on trying.
   *
   * @param metadata is asked whether the quorum is there
   */
  static AutoRecovery start(ServerConfiguration configuration, RegistrationManager metadata) {
    AutoRecovery begun = new AutoRecovery(configuration, metadata);
    begun.thread.start();
    return begun;
  }

  boolean isRunning() {
    AutoRecoveryMain now = main;
    return now != null && now.isAutoRecoveryRunning();
  }

  private void watch() {
    do {
      if (!isRunning()) {
        begin();
      }
    } while (!closing.isWithin(LOOK_MILLIS));
    end();
  }

  private void begin() {
    try {
      if (main != null) {
        logger.warn("Auto-recovery has ended and begins again");
        end();
      }
      // What is made while the quorum is away would leave its connections behind.
      metadata.getClusterInstanceId();
      AutoRecoveryMain made = new AutoRecoveryMain(new ServerConfiguration(configuration));
      main = made;
      made.start();
      if (isSaid) {
        logger.info("Auto-recovery runs now");
      }
      isSaid = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      // Also for want of memory or threads: the next look may find some.
      if (!isSaid) {
        isSaid = true;
        logger.warn("Auto-recovery does not run yet and is tried again: {}", e.toString());
      }
    }
  }

  private void end() {
    AutoRecoveryMain ending = main;
    main = null;
    if (ending != null) {
      stopStandingForElection();
      ending.shutdown();
    }
  }

  /**
   * Of all members one audits, and a thread of each other one waits for its turn. BookKeeper would
   * give it half a minute to do something else first, which it never does; interrupted it ends. One
   * of another member of the same name in this process, as only tests have it, begins again.
   */
  private void stopStandingForElection() {
    String name = "AuditorElector-" + configuration.getBookieId();
    Thread.getAllStackTraces().keySet().stream()
        .filter(each -> each.getName().equals(name))
        .forEach(Thread::interrupt);
  }

  /** Ends it, and returns when it has ended, which may take minutes if the quorum is gone. */
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
