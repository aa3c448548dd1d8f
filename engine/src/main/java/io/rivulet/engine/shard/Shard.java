package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shard: one log, one index and the queues in it, changed by exactly one thread.
 *
 * <p>Safe for all threads: {@link #offer}, {@link #stats}. Everything else is called by the owner,
 * who calls {@link #turn} again and again: a thread in a server, the test itself in a simulation.
 *
 * <p><b>A turn</b> completes what has become durable, takes requests until the batch is full, wakes
 * what is due, serves polls, and appends the batch. While the disk syncs one batch, the next turns
 * build the next. State changes when a record is put into the batch; nobody outside sees the change
 * before it is durable, and if the log fails nobody ever does, because the shard stops. So there is
 * no undo.
 *
 * <p><b>Start</b> replays the log's tail over the index; old backlogs are then found by a sweep
 * while requests are served already.
 */
public final class Shard {
  private static final Logger logger = LoggerFactory.getLogger(Shard.class);
  private static final int MAX_COMMANDS_PER_TURN = 1024;
  private static final int MAX_WAKES_PER_TURN = 1024;
  private static final long MAX_UNWRITTEN_BYTES = 32L << 20;
  private static final long HOUSEKEEPING_MILLIS = 1000;
  private static final int REPLAY_CHANGES = 50_000;

  private final EngineConfig config;
  private final CommitLog log;
  private final Index index;
  private final Clock clock;
  private final EngineListener listener;
  private final Rooms rooms;
  private final Journal journal;
  private final CountedReaders readers;
  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> own = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queued = new AtomicInteger();
  private final Housekeeping housekeeping;
  private volatile Runnable wake = () -> {};
  private volatile boolean isStopped;
  private volatile boolean takesNothing;

  /** What was found was judged, and grants may follow. */
  private boolean isOpened;

  private volatile long replayedBytes;
  private volatile long replayedRecords;
  private volatile long replayedMillis;

  public Shard(
      EngineConfig config,
      CommitLog log,
      Index index,
      Clock clock,
      RandomGenerator random,
      EngineListener listener,
      ShardThreads threads,
      ShardNumber number) {
    this.config = config;
    this.log = log;
    this.index = index;
    this.clock = clock;
    this.listener = listener;
    journal = new Journal(log, this::wakeUp);
    readers = new CountedReaders(threads.readers());
    rooms =
        Rooms.furnish(
            new Rooms.Ground(
                config,
                log,
                index,
                clock,
                random,
                listener,
                new ShardThreads(readers, threads.replies(), threads.index()),
                number),
            journal,
            this::later,
            this::laterHere,
            this::fail);
    housekeeping = new Housekeeping(rooms, config.scheduling().measuredGroups());
  }

  // ---- from all threads

  /** Who sleeps between turns is woken by this. */
  public void wokenBy(Runnable waker) {
    wake = waker;
  }

  /**
   * Hands over a request; it runs on the owner's thread.
   *
   * @return false if too many are waiting or the shard has stopped
   */
  boolean offer(Consumer<Rooms> request) {
    if (takesNothing()) {
      return false;
    }
    if (queued.incrementAndGet() > config.maxQueuedCommands()) {
      queued.decrementAndGet();
      return false;
    }
    commands.add(() -> request.accept(rooms));
    wakeUp();
    return true;
  }

  /** What the shard itself has to do later, on its own thread; never refused. */
  private void later(Runnable task) {
    own.add(task);
    wakeUp();
  }

  private void laterHere(Consumer<Rooms> task) {
    later(() -> task.accept(rooms));
  }

  private void wakeUp() {
    wake.run();
  }

  boolean isStopped() {
    return isStopped;
  }

  /** Whether all requests are refused. */
  boolean takesNothing() {
    return isStopped || takesNothing;
  }

  /** Refuses requests from now on; those that were taken are still answered. */
  void takeNothing() {
    takesNothing = true;
  }

  Catalog catalog() {
    return rooms.catalog();
  }

  Clients clients() {
    return rooms.members().clients();
  }

  Counters counters() {
    return rooms.counters();
  }

  EngineStats stats() {
    Counters counters = rooms.counters();
    return new EngineStats(
        counters.appendedMessages.sum(),
        counters.appendedBytes.sum(),
        counters.duplicateSends.sum(),
        counters.deliveredMessages.sum(),
        counters.redeliveredMessages.sum(),
        counters.acknowledgedMessages.sum(),
        counters.deadLetteredMessages.sum(),
        new EngineStats.Withdrawn(
            counters.expiredMessages.sum(),
            counters.cancelledMessages.sum(),
            counters.reprioritizedMessages.sum()),
        new EngineStats.Lite(
            housekeeping.liteTopics(),
            housekeeping.subscriptions(),
            counters.madeLiteTopics.sum(),
            counters.reclaimedLiteTopics.sum(),
            housekeeping.reclaimLagMillis()),
        new EngineStats.Ready(
            housekeeping.readyQueues(), counters.takenQueues.sum(), counters.readyMillis.sum()),
        new EngineStats.Start(replayedBytes, replayedRecords, replayedMillis),
        new EngineStats.Backpressure(
            counters.refusedForBackpressure.sum(),
            counters.heldSends.sum(),
            counters.heldBytes.sum(),
            counters.heldEnded.sum(),
            counters.heldMillis.sum()),
        housekeeping.groups().gates(),
        housekeeping.groups().groups(),
        new EngineStats.Costs(housekeeping.rememberedCosts(), counters.lateCosts.sum()),
        new EngineStats.Wakes(
            housekeeping.streamSubscriptions(),
            housekeeping.waitingWakes(),
            counters.deliveredWakes.sum(),
            counters.failedWakes.sum()),
        delays(counters),
        new EngineStats.Outbox(
            housekeeping.owedMessages(),
            counters.handedOverMessages.sum(),
            counters.undeliverableMessages.sum()),
        housekeeping.snapshots(),
        index.sizeBytes(),
        counters.unreadLostMessages.sum(),
        counters.refusedRequests.sum(),
        counters.waitingPolls.sum(),
        counters.refusedPolls.sum(),
        housekeeping.leasedMessages(),
        queued.get(),
        counters.largeBytesWaiting.sum(),
        housekeeping.activeQueues(),
        rooms.members().clients().count(),
        log.head(),
        log.end(),
        log.durableEnd(),
        housekeeping.flushedPosition());
  }

  private EngineStats.Delays delays(Counters counters) {
    return new EngineStats.Delays(
        housekeeping.parkedMessages(),
        housekeeping.parkedBytes(),
        counters.joinedMessages.sum(),
        counters.joinedLateMillis.sum(),
        housekeeping.parkedLagMillis(),
        counters.carriedMessages.sum());
  }

  // ---- the owner's

  /**
   * Brings the state up to date with the log and begins to accept appends.
   *
   * @throws IOException if log and index do not fit together, or the log is damaged
   */
  public void recover() throws IOException {
    long from = index.position();
    long firstSegment = log.segments().isEmpty() ? 0 : log.segments().getFirst().base();
    if (from < firstSegment) {
      throw new CorruptLogException(
          "the index reflects the log up to position "
              + from
              + " and the log begins at "
              + firstSegment
              + " only: the snapshots that bridge the two are missing");
    }
    if (from > log.end()) {
      throw new CorruptLogException(
          "the index reflects position " + from + " and the log ends at " + log.end());
    }
    rooms.fold().load();
    long began = clock.nanos();
    log.replay(from, this::replay);
    replayedMillis = (clock.nanos() - began) / 1_000_000;
    replayedBytes = log.bytesBetween(from, log.end());
    replayedRecords = rooms.fold().records();
    // Also those that were made, or given other rates, in what was replayed.
    rooms.catalog().groups().forEach(group -> group.gates.beginEmpty());
    log.start(journal);
    rooms.members().subscriptions().load();
    rooms.upkeep().sweeps().load();
    rooms.office().wakes().load();
    rooms.office().followings().load();
    rooms.office().outbox().load();
    laterHere(OwedHere::begin);
  }

  private void replay(long base, ByteBuffer payload) throws CorruptLogException {
    ByteBuffer batch = payload.slice();
    int size = batch.remaining();
    journal.replayed(size);
    try {
      rooms.upkeep().replayer().replay(base, batch);
    } catch (RuntimeException e) {
      throw new CorruptLogException(
          "cannot replay the batch at position " + base + ", " + size + " bytes: " + e);
    }
    if (rooms.queues().dirtyCount() + rooms.rows().changes() > REPLAY_CHANGES) {
      rooms.upkeep().checkpoint().runAt(base + size);
    }
  }

  /** One turn; whether there was anything to do. */
  public boolean turn() {
    if (isStopped) {
      return false;
    }
    @Nullable Throwable failure = journal.failure();
    if (failure != null) {
      fail(failure);
      return false;
    }
    if (!isOpened) {
      opened();
    }
    boolean any = journal.complete();
    any |= runOwn();
    any |= runCommands();
    any |= rooms.traffic().appender().held().turn();
    if (mayTakeMore()) {
      any |= rooms.upkeep().parking().turn();
    }
    if (!rooms.upkeep().checkpoint().isBusy()) {
      any |= rooms.upkeep().sweeps().turn();
      any |= rooms.upkeep().errands().turn();
    }
    any |= rooms.upkeep().refills().turn();
    // Before time is looked at, so that a poll that does not want to wait is served too.
    rooms.traffic().pollServer().serve();
    any |= wakeDue();
    any |= housekeeping.turn();
    rooms.traffic().pollServer().serve();
    rooms.recorder().confirm();
    any |= !journal.isEmpty();
    journal.flush();
    any |= journal.complete();
    rooms.traffic().reader().flush();
    rooms.replies().flush();
    if (journal.isEmpty()) {
      rooms.upkeep().checkpoint().turn();
    }
    return any || !own.isEmpty();
  }

  /** Before anything is granted: what was granted last may never have arrived. */
  private void opened() {
    Change.GrantsDoubted doubted = rooms.fold().doubtedGrants().atOpening(rooms.clock().millis());
    if (doubted == null) {
      isOpened = true;
    } else if (rooms.recorder().hasRoomForProgress()) {
      isOpened = true;
      rooms.recorder().record(doubted);
    }
  }

  /** Says in the log that all answers have left; called when nothing is under way any more. */
  void endServing() {
    if (isOpened && !isStopped && rooms.recorder().hasRoomForProgress()) {
      long endMillis = rooms.fold().doubtedGrants().endMillis(rooms.clock().millis());
      rooms.recorder().record(new Change.ServingEnded(endMillis));
    }
  }

  /** What these ask for later is done in a later turn, so that others get in between. */
  private boolean runOwn() {
    List<Runnable> tasks = new ArrayList<>();
    while (tasks.size() < MAX_COMMANDS_PER_TURN) {
      Runnable task = own.poll();
      if (task == null) {
        break;
      }
      tasks.add(task);
    }
    tasks.forEach(Runnable::run);
    return !tasks.isEmpty();
  }

  private boolean runCommands() {
    int count = 0;
    while (count < MAX_COMMANDS_PER_TURN && !journal.isFull() && mayTakeMore()) {
      Runnable command = commands.poll();
      if (command == null) {
        break;
      }
      queued.decrementAndGet();
      command.run();
      count++;
    }
    return count > 0;
  }

  /** Whether log and index keep up, so that memory need not hold what they have not taken. */
  private boolean mayTakeMore() {
    return log.unwrittenBytes() < MAX_UNWRITTEN_BYTES && !rooms.upkeep().checkpoint().isBehind();
  }

  private boolean wakeDue() {
    return rooms
            .timers()
            .advance(
                rooms.clock().millis(),
                MAX_WAKES_PER_TURN,
                (timed, now) -> {
                  switch (timed) {
                    case Progress progress -> rooms.traffic().dispatcher().wake(progress);
                    case WaitingPoll poll -> rooms.traffic().dispatcher().wake(poll);
                    case Gates gates -> rooms.traffic().pollServer().wake(gates);
                    case KeyGate key -> rooms.traffic().pollServer().wake(key);
                    case AbsentTopics.Waiting poll -> rooms.traffic().absent().wake(poll);
                    case HeldSends.Held held -> rooms.traffic().appender().held().wake(held);
                    case StreamSubscription each -> rooms.office().wakes().wake(each);
                    case WaitingRead read -> rooms.traffic().reader().wake(read);
                    default -> throw new IllegalStateException("cannot wake " + timed);
                  }
                })
        > 0;
  }

  /** How long the owner may sleep if nobody wakes it, in nanoseconds. */
  public long idleNanos() {
    if (!own.isEmpty() || (!commands.isEmpty() && mayTakeMore())) {
      return 0;
    }
    ShardClock clock = rooms.clock();
    long next =
        Math.min(
            Math.min(rooms.timers().nextMillis(), rooms.upkeep().checkpoint().dueMillis()),
            Math.min(housekeeping.nextMillis(), nextParkedMillis()));
    return clock.nanosUntil(Math.min(next, clock.millis() + HOUSEKEEPING_MILLIS));
  }

  private long nextParkedMillis() {
    return mayTakeMore() ? rooms.upkeep().parking().nextMillis() : Timers.NEVER;
  }

  /** All taken requests are answered, and the log has all that they have changed. */
  boolean isAnswered() {
    return commands.isEmpty()
        && own.isEmpty()
        && rooms.upkeep().errands().isIdle()
        && journal.isEmpty()
        && !journal.hasUncompleted()
        && readers.isIdle()
        && own.isEmpty(); // once more: what they found is handed back before they are idle
  }

  /** Nothing is under way any more, in the index neither. */
  public boolean isQuiet() {
    return isAnswered() && !rooms.upkeep().checkpoint().isRunning();
  }

  /** Takes note of what the index has written; whether it is still at it. */
  boolean isWritingIndex() {
    runOwn();
    rooms.replies().flush();
    return rooms.upkeep().checkpoint().isRunning();
  }

  /** Answers everybody who waits. */
  public void answerAll() {
    rooms.traffic().dispatcher().answerAll();
    rooms.traffic().reader().answerAll();
    rooms.traffic().absent().answerAll();
    rooms.office().wakes().answerAll();
    rooms.traffic().appender().held().answerAll();
    rooms.upkeep().errands().answerAll();
    rooms.traffic().reader().flush();
    rooms.replies().flush();
  }

  /**
   * Refuses everything from now on and, if all went well, leaves the index up to date. Not if the
   * log has not taken all yet: it may be that it can't, and whoever stops would wait for it.
   */
  public void stop() throws IOException {
    boolean isHealthy = !isStopped && journal.failure() == null;
    isStopped = true;
    boolean isAtRest = journal.isEmpty() && !journal.hasUncompleted();
    if (isHealthy && isAtRest && !rooms.upkeep().checkpoint().isRunning()) {
      rooms.upkeep().checkpoint().runNow();
      rooms.upkeep().checkpoint().flushNow();
    }
  }

  /** Stops for good rather than write or answer anything doubtful. */
  void fail(Throwable cause) {
    if (!isStopped) {
      isStopped = true;
      if (journal.wasTakenOver(cause)) {
        logger.warn("The shard stops, another node has its log: {}", cause.getMessage());
      } else {
        logger.error("The shard stops: {}", cause.toString(), cause);
      }
      listener.failed(cause);
    }
  }

  /** For a shard that nobody serves. */
  Journal journal() {
    return journal;
  }

  /** For a shard that nobody serves, and for tests: the rooms. */
  Rooms rooms() {
    return rooms;
  }
}
