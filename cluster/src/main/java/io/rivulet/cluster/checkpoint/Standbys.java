package io.rivulet.cluster.checkpoint;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.cluster.Timer;
import io.rivulet.cluster.checkpoint.StandbyFolder.Place;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: one lock around what is wanted, and one for each shard's folder. The
 * checkpoints that this node has at hand, for shards that it may have to take over.
 *
 * <p>What is followed is fetched by one thread, shard after shard, at the node's pace, and again
 * after a while if that fails. A take-over waits for nobody: what is under way for its shard stops
 * at its next step, and what must be fetched is fetched at once, as fast as can be.
 */
public final class Standbys implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Standbys.class);
  private static final Duration RETRY = Duration.ofSeconds(15);

  /** One shard. Its folder is used by the thread that holds the lock {@code using}. */
  private final class Followed {
    final int shard;
    final Standby standby;
    final ReentrantLock using = new ReentrantLock();

    // Under the lock of all.
    List<Checkpoint> wanted = List.of();
    boolean isWanted;
    boolean isTaken;
    boolean isQueued;
    StopSign stop;

    // Written by who uses the folder.
    volatile long position;
    volatile long files;
    volatile long bytes;
    volatile long behindSinceNanos;

    Followed(int shard) {
      this.shard = shard;
      standby = new Standby(ground, shard, folder.resolve("" + shard), counters);
      stop = new StopSign("fetching a checkpoint of shard " + shard);
      behindSinceNanos = ground.clock().nanos();
    }

    /** Ends what is under way. */
    StopSign stopAndGo() {
      stop.raise();
      stop = new StopSign("fetching a checkpoint of shard " + shard);
      return stop;
    }

    void has(Optional<Place> place) throws IOException {
      Optional<Manifest> manifest = place.isPresent() ? place.get().manifest() : Optional.empty();
      position = place.map(each -> each.checkpoint().position()).orElse(0L);
      files = manifest.map(each -> (long) each.files().size()).orElse(0L);
      bytes = manifest.map(Manifest::fileBytes).orElse(0L);
    }
  }

  private final CheckpointGround ground;
  private final Path folder;
  private final IntFunction<List<Path>> indexFolders;
  private final Timer timer;
  private final StandbyCounters counters = new StandbyCounters();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Integer, Followed> byShard = new HashMap<>();

  @GuardedBy("lock")
  private final ArrayDeque<Followed> queue = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean isWorking;

  @GuardedBy("lock")
  private boolean isClosed;

  /**
   * Makes the standbys of a node; what lies in the folder is used when its shard is followed.
   *
   * @param folder gets a folder for each shard
   * @param indexFolders where this node has, or had, files of a shard's index
   */
  public Standbys(
      CheckpointGround ground, Path folder, IntFunction<List<Path>> indexFolders, Timer timer) {
    this.ground = ground;
    this.folder = folder;
    this.indexFolders = indexFolders;
    this.timer = timer;
  }

  // ---- what is asked for; nothing of it blocks

  /** The newest of a shard's checkpoints is to be at hand; said again when there is another one. */
  public void follow(int shard, List<Checkpoint> checkpoints) {
    lock.lock();
    try {
      Followed followed = byShard.computeIfAbsent(shard, Followed::new);
      if (followed.isWanted && !followed.isTaken && followed.wanted.equals(checkpoints)) {
        return;
      }
      if (followed.position == newest(followed.wanted)) {
        followed.behindSinceNanos = ground.clock().nanos();
      }
      followed.isWanted = true;
      followed.isTaken = false;
      followed.wanted = List.copyOf(checkpoints);
      enqueue(followed);
    } finally {
      lock.unlock();
    }
  }

  /** The files of a shard are not needed any more: they are removed. */
  public void unfollow(int shard) {
    lock.lock();
    try {
      Followed followed = byShard.computeIfAbsent(shard, Followed::new);
      followed.isWanted = false;
      followed.isTaken = false;
      followed.wanted = List.of();
      followed.stopAndGo();
      enqueue(followed);
    } finally {
      lock.unlock();
    }
  }

  /** Removes what an earlier process followed, but these shards. */
  public void keepOnly(Set<Integer> shards) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<String> names;
    try (Stream<Path> entries = Files.list(folder)) {
      names = entries.map(entry -> entry.getFileName().toString()).toList();
    }
    for (String name : names) {
      if (name.matches("[0-9]{1,9}") && !shards.contains(Integer.parseInt(name))) {
        unfollow(Integer.parseInt(name));
      }
    }
  }

  /**
   * What to begin a shard's index with that this node has taken over: what is at hand if that means
   * to replay no more than follows the older one of two checkpoints, else what is fetched now. The
   * files stay until {@link #unfollow} or {@link #follow}; one of these must be called, whatever
   * becomes of the take-over.
   *
   * @param taken the shard's record after the take-over
   * @param knownPosition what this node's index reflects at least
   * @return empty: begin with the index that is here, or with an empty one. Fails if neither is
   *     possible, since the log begins too late for it.
   */
  public CompletableFuture<Optional<SnapshotFiles>> take(ShardRecord taken, long knownPosition) {
    CompletableFuture<Optional<SnapshotFiles>> result = new CompletableFuture<>();
    Followed followed;
    StopSign stop;
    lock.lock();
    try {
      followed = byShard.computeIfAbsent(taken.shard(), Followed::new);
      followed.isTaken = true;
      stop = followed.stopAndGo();
    } finally {
      lock.unlock();
    }
    execute(
        () -> {
          followed.using.lock();
          try {
            result.complete(choose(followed, taken, knownPosition, stop));
          } catch (Throwable e) {
            // Also an Error: whoever takes the shard over waits for it.
            result.completeExceptionally(e);
          } finally {
            followed.using.unlock();
          }
        },
        result::completeExceptionally);
    return result;
  }

  /** The position of the checkpoint that is at hand, for each shard that is followed; 0: none. */
  public Map<Integer, Long> positions() {
    Map<Integer, Long> positions = new TreeMap<>();
    wanted().forEach(followed -> positions.put(followed.shard, followed.position));
    return positions;
  }

  /** Shards that are followed and whose newest checkpoint is at hand. */
  public List<Integer> ready() {
    return wanted().stream()
        .filter(this::isUpToDate)
        .map(followed -> followed.shard)
        .sorted()
        .toList();
  }

  public StandbyFigures figures() {
    long now = ground.clock().nanos();
    List<Followed> all = wanted();
    int upToDate = 0;
    long behindNanos = 0;
    long files = 0;
    long bytes = 0;
    for (Followed each : all) {
      files += each.files;
      bytes += each.bytes;
      if (isUpToDate(each)) {
        upToDate++;
      } else {
        behindNanos = Math.max(behindNanos, now - each.behindSinceNanos);
      }
    }
    return new StandbyFigures(
        all.size(),
        upToDate,
        behindNanos / 1_000_000,
        files,
        bytes,
        counters.fetched.sum(),
        counters.fetchedBytes.sum(),
        counters.linkedBytes.sum(),
        counters.failures.sum(),
        counters.damaged.sum());
  }

  /** Ends what is under way; what is at hand stays. */
  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      byShard.values().forEach(followed -> followed.stop.raise());
    } finally {
      lock.unlock();
    }
  }

  private List<Followed> wanted() {
    lock.lock();
    try {
      return byShard.values().stream().filter(each -> each.isWanted && !each.isTaken).toList();
    } finally {
      lock.unlock();
    }
  }

  private boolean isUpToDate(Followed followed) {
    lock.lock();
    try {
      return followed.position >= newest(followed.wanted);
    } finally {
      lock.unlock();
    }
  }

  private static long newest(List<Checkpoint> checkpoints) {
    return checkpoints.isEmpty() ? 0 : checkpoints.getLast().position();
  }

  // ---- following

  @GuardedBy("lock")
  private void enqueue(Followed followed) {
    if (isClosed || followed.isQueued) {
      return;
    }
    followed.isQueued = true;
    queue.add(followed);
    if (!isWorking) {
      isWorking = true;
      execute(this::work, failure -> LOG.debug("Nothing is fetched any more", failure));
    }
  }

  private void execute(Runnable task, Consumer<Throwable> refused) {
    try {
      ground.threads().execute(task);
    } catch (RejectedExecutionException e) {
      refused.accept(new IOException("the node is being stopped", e));
    }
  }

  private void work() {
    Followed next = next();
    while (next != null) {
      next.using.lock();
      try {
        bringUpToDate(next);
      } catch (Throwable e) {
        // Also an Error, or nothing would be fetched here any more.
        failed(next, e);
      } finally {
        next.using.unlock();
      }
      next = next();
    }
  }

  private @Nullable Followed next() {
    lock.lock();
    try {
      Followed next = isClosed ? null : queue.poll();
      if (next == null) {
        isWorking = false;
      } else {
        next.isQueued = false;
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void bringUpToDate(Followed followed) throws IOException {
    List<Checkpoint> wanted;
    boolean isWanted;
    StopSign stop;
    lock.lock();
    try {
      if (followed.isTaken) {
        return;
      }
      wanted = followed.wanted;
      isWanted = followed.isWanted;
      stop = followed.stop;
    } finally {
      lock.unlock();
    }
    if (!isWanted) {
      followed.standby.remove();
      followed.has(Optional.empty());
      forget(followed);
    } else if (wanted.isEmpty()) {
      followed.has(followed.standby.atHand());
    } else {
      followed.has(followed.standby.atHand());
      Place place =
          followed.standby.fetch(wanted, indexFolders.apply(followed.shard), ground.pace(), stop);
      followed.has(Optional.of(place));
      if (place.checkpoint().position() < newest(wanted)) {
        throw new IOException("only the older of two checkpoints could be had");
      }
    }
  }

  private void forget(Followed followed) {
    lock.lock();
    try {
      if (!followed.isWanted && !followed.isTaken && !followed.isQueued) {
        byShard.remove(followed.shard, followed);
      }
    } finally {
      lock.unlock();
    }
  }

  private void failed(Followed followed, Throwable failure) {
    lock.lock();
    try {
      if (isClosed || followed.isTaken || followed.isQueued) {
        return;
      }
    } finally {
      lock.unlock();
    }
    counters.failures.increment();
    if (!(failure instanceof IOException)) {
      LOG.error("A mistake of ours kept a checkpoint from being fetched", failure);
    } else {
      LOG.info(
          "The checkpoint of shard {} is not at hand and is fetched again in {} s: {}",
          followed.shard,
          RETRY.toSeconds(),
          failure.getMessage());
    }
    timer.after(
        RETRY,
        () -> {
          lock.lock();
          try {
            if (!followed.isTaken) {
              enqueue(followed);
            }
          } finally {
            lock.unlock();
          }
        });
  }

  // ---- taking over

  private Optional<SnapshotFiles> choose(
      Followed followed, ShardRecord taken, long known, StopSign stop) throws IOException {
    List<Checkpoint> counting = taken.checkpoints();
    Optional<Place> here = followed.standby.atHand();
    long position = here.map(place -> place.checkpoint().position()).orElse(0L);
    long newest = newest(counting);
    long oldest = counting.isEmpty() ? 0 : counting.getFirst().position();
    if (Math.max(position, known) >= oldest) {
      return position > known && known < newest ? use(followed, here) : Optional.empty();
    }
    try {
      List<Path> folders = new ArrayList<>(indexFolders.apply(followed.shard));
      return use(followed, Optional.of(followed.standby.fetch(counting, folders, null, stop)));
    } catch (IOException e) {
      stop.check();
      counters.failures.increment();
      if (Math.max(position, known) < taken.head()) {
        throw new IOException(
            ("shard %d cannot be taken over: its log begins at %d, this node has an index of"
                    + " position %d, and no checkpoint can be had: %s")
                .formatted(taken.shard(), taken.head(), known, e.getMessage()),
            e);
      }
      LOG.warn(
          "No checkpoint of shard {} can be had, so more of its log is replayed: {}",
          taken.shard(),
          e.getMessage());
      return position > known ? use(followed, here) : Optional.empty();
    }
  }

  private static Optional<SnapshotFiles> use(Followed followed, Optional<Place> place)
      throws IOException {
    if (place.isEmpty()) {
      return Optional.empty();
    }
    followed.standby.rememberSums(place.get());
    return Optional.of(place.get().snapshot());
  }
}
