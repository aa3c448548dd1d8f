package io.rivulet.cluster.ledger;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.bookkeeper.meta.LedgerAuditorManager;
import org.apache.bookkeeper.meta.LedgerUnderreplicationManager;
import org.apache.bookkeeper.meta.MetadataClientDriver;
import org.apache.bookkeeper.meta.UnderreplicatedLedger;
import org.apache.bookkeeper.replication.ReplicationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: a lock; one look at a time, on a thread of its own. Counts the ledgers that
 * BookKeeper's auditor has noted as held by too few storage nodes.
 *
 * <p>They stand in the metadata, one name each, so that a look costs two reads for each of them and
 * seven if there is none. It ends at {@link UnderReplicated#MOST}. While there is no auditor nobody
 * notes anything, and none that is noted does not mean that there is none.
 */
final class UnderReplication {
  private static final Logger logger = LoggerFactory.getLogger(UnderReplication.class);

  private final Supplier<MetadataClientDriver> driver;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile Optional<UnderReplicated> last = Optional.empty();

  @GuardedBy("lock")
  private @Nullable CompletableFuture<UnderReplicated> looking;

  /** Used by the one look that is under way. */
  private volatile @Nullable LedgerUnderreplicationManager noted;

  /** Likewise. */
  private volatile @Nullable LedgerAuditorManager auditors;

  UnderReplication(Supplier<MetadataClientDriver> driver, Clock clock) {
    this.driver = driver;
    this.clock = clock;
  }

  Optional<UnderReplicated> last() {
    return last;
  }

  /** What was found less than so long ago, or what is found now. */
  CompletableFuture<UnderReplicated> found(Duration maxAge) {
    lock.lock();
    try {
      Optional<UnderReplicated> before = last;
      if (before.isPresent() && clock.nanos() - before.get().lookedNanos() < maxAge.toNanos()) {
        return CompletableFuture.completedFuture(before.get());
      }
      CompletableFuture<UnderReplicated> begun = looking;
      if (begun == null) {
        begun = new CompletableFuture<>();
        looking = begun;
        CompletableFuture<UnderReplicated> result = begun;
        // It waits for the answers of the metadata quorum.
        var _ = Thread.ofVirtual().name("rivulet-ledgers-replication").start(() -> look(result));
      }
      return begun.copy();
    } finally {
      lock.unlock();
    }
  }

  private void look(CompletableFuture<UnderReplicated> result) {
    try {
      Optional<UnderReplicated> found = isAudited() ? Optional.of(count()) : Optional.empty();
      last = found;
      over();
      found.ifPresentOrElse(result::complete, () -> result.completeExceptionally(unaudited()));
    } catch (ReplicationException | IOException | RuntimeException e) {
      logger.debug("under-replicated ledgers are not known: {}", e.getMessage());
      over();
      result.completeExceptionally(LedgerException.of(e));
    } catch (InterruptedException e) {
      over();
      result.completeExceptionally(LedgerException.of(e));
      Thread.currentThread().interrupt();
    }
  }

  private void over() {
    lock.lock();
    try {
      looking = null;
    } finally {
      lock.unlock();
    }
  }

  private static LedgerException unaudited() {
    return new LedgerException(
        Reason.UNAVAILABLE,
        "which ledgers are under-replicated is not known: no auditor of BookKeeper's runs");
  }

  /** Whether there is somebody who notes them. */
  private boolean isAudited() throws IOException, InterruptedException {
    LedgerAuditorManager source = auditors;
    if (source == null) {
      try {
        source = driver.get().getLedgerManagerFactory().newLedgerAuditorManager();
      } catch (org.apache.bookkeeper.meta.exceptions.MetadataException e) {
        throw new IllegalStateException(e);
      }
      auditors = source;
    }
    return source.getCurrentAuditor() != null;
  }

  private UnderReplicated count() throws ReplicationException, InterruptedException {
    LedgerUnderreplicationManager source = noted;
    if (source == null) {
      try {
        source = driver.get().getLedgerManagerFactory().newLedgerUnderreplicationManager();
      } catch (org.apache.bookkeeper.meta.exceptions.MetadataException e) {
        throw new IllegalStateException(e);
      }
      noted = source;
    }
    Iterator<UnderreplicatedLedger> all = source.listLedgersToRereplicate(null);
    int count = 0;
    List<Long> some = new ArrayList<>();
    while (count < UnderReplicated.MOST && all.hasNext()) {
      long id = all.next().getLedgerId();
      count++;
      if (some.size() < UnderReplicated.NAMED) {
        some.add(id);
      }
    }
    return new UnderReplicated(count, some, clock.nanos());
  }
}
