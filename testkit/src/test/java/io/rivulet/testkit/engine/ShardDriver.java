package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardEnds;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.ShardThreads;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import io.rivulet.testkit.time.SimulatedClock;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. A whole shard on that thread: its readers, its reply thread, its index
 * thread and its disk are queues of tasks that move when they are told to, in an order that the
 * random generator decides.
 */
final class ShardDriver implements EngineListener {
  /** So that large messages are chunked and segments change often. */
  private static final int SEGMENT_BYTES = 256 << 10;

  private static final int MAX_TURNS = 20_000;

  /** Kinds of {@link #move}s. */
  static final int MOVES = 6;

  final SimulatedClock clock = new SimulatedClock();
  final List<String> unsubscribed = new ArrayList<>();

  /** How often the shard said that it has something for others. */
  int outgoing;

  private final EngineConfig config;
  private final RandomGenerator random;
  private final ShardNumber number;
  private MemoryLog log;
  private MemoryIndex index = new MemoryIndex();
  private RunningShard shard;
  private List<Runnable> readers = new ArrayList<>();
  private Queue<Runnable> replies = new ArrayDeque<>();
  private Queue<Runnable> indexTasks = new ArrayDeque<>();
  private @Nullable Throwable failure;

  /** The last round of {@link #move}s had something to move. */
  private boolean hasMoved = true;

  /** Log and index as the last crash left them. */
  private Supplier<MemoryLog> foundLog =
      () -> MemoryLog.manual(new SimulatedClock(), SEGMENT_BYTES);

  private Supplier<MemoryIndex> foundIndex = MemoryIndex::new;

  ShardDriver(EngineConfig config, RandomGenerator random) {
    this(config, random, ShardNumber.ONLY);
  }

  ShardDriver(EngineConfig config, RandomGenerator random, ShardNumber number) {
    this.number = number;
    this.config = config;
    this.random = random;
    log = MemoryLog.manual(clock, SEGMENT_BYTES);
    shard = open(log, index);
  }

  RunningShard shard() {
    return shard;
  }

  MemoryLog log() {
    return log;
  }

  MemoryIndex index() {
    return index;
  }

  private RunningShard open(MemoryLog found, MemoryIndex foundIndex) {
    readers = new ArrayList<>();
    replies = new ArrayDeque<>();
    indexTasks = new ArrayDeque<>();
    List<Runnable> newReaders = readers;
    Queue<Runnable> newReplies = replies;
    Queue<Runnable> newIndexTasks = indexTasks;
    ShardThreads threads = new ShardThreads(newReaders::add, newReplies::add, newIndexTasks::add);
    return recovered(
        new RunningShard(config, found, foundIndex, clock, random, this, threads, number));
  }

  private static RunningShard recovered(RunningShard shard) {
    try {
      shard.recover();
    } catch (IOException e) {
      throw new IllegalStateException("the shard cannot recover: " + e.getMessage(), e);
    }
    return shard;
  }

  // ---- moving

  /** Something happens, somewhere. */
  void step() {
    switch (random.nextInt(8)) {
      case 0 -> runReader();
      case 1 -> runAll(replies);
      case 2 -> runOne(indexTasks);
      case 3 -> log.completeWrite(random.nextInt(1, 4));
      case 4 -> log.completeSync();
      case 5 -> log.completeAll();
      default -> turn();
    }
    check();
  }

  void turn() {
    shard.shard().turn();
    check();
  }

  /** What is to be read is. */
  void readAll() {
    while (runReader()) {}
  }

  /** What the shard has answered gets out. */
  void reply() {
    runAll(replies);
  }

  private void check() {
    if (failure != null) {
      throw new IllegalStateException("the shard failed", failure);
    }
  }

  private boolean runReader() {
    if (readers.isEmpty()) {
      return false;
    }
    readers.remove(random.nextInt(readers.size())).run();
    return true;
  }

  private static boolean runOne(Queue<Runnable> tasks) {
    Runnable task = tasks.poll();
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  private static boolean runAll(Queue<Runnable> tasks) {
    boolean any = false;
    while (runOne(tasks)) {
      any = true;
    }
    return any;
  }

  /** Moves everything until nothing moves any more; time stands still. */
  void settle() {
    for (int i = 0; i < MAX_TURNS; i++) {
      if (!round() && readers.isEmpty() && shard.shard().isQuiet()) {
        return;
      }
    }
    throw new IllegalStateException("the shard does not come to rest in " + MAX_TURNS + " turns");
  }

  /** One turn of the shard, and all else moves as far as it can; whether anything moved. */
  boolean round() {
    boolean any = shard.shard().turn();
    check();
    any |= runReader();
    any |= runAll(replies);
    any |= runOne(indexTasks);
    any |= log.unwrittenBatches() > 0 || log.unsyncedBatches() > 0;
    log.completeAll();
    return any;
  }

  /** The nth of many small moves, by which everything gets on in the same way every time. */
  void move(int nth) {
    switch (nth % MOVES) {
      case 0 -> hasMoved = shard.shard().turn();
      case 1 -> log.completeWrite(1);
      case 2 -> log.completeSync();
      case 3 -> hasMoved |= runOne(indexTasks);
      case 4 -> hasMoved |= runReader();
      default -> hasMoved |= runAll(replies);
    }
    check();
  }

  /** Nothing moves any more, as {@link #move} found; time stands still. */
  boolean isAtRest() {
    return !hasMoved && unsynced() == 0 && shard.shard().isQuiet();
  }

  void pass(long millis) {
    clock.advanceMillis(millis);
  }

  /** The shard's thread ends in order, as far as the log shows that. */
  void endServing() {
    settle();
    ShardEnds.endServing(shard.shard());
    settle();
  }

  // ---- crashing

  /** Batches that a loss of power may take. */
  int unsynced() {
    return log.unsyncedBatches() + log.unwrittenBatches();
  }

  /**
   * The process dies and comes back.
   *
   * @param keptBatches of what was not synced
   * @param keptWrites of what the index did not flush
   */
  void crash(int keptBatches, int keptWrites, boolean isIndexLost) {
    MemoryLog deadLog = log;
    MemoryIndex deadIndex = index;
    foundLog = () -> deadLog.crash(keptBatches);
    foundIndex = () -> isIndexLost ? deadIndex.lose() : deadIndex.crash(keptWrites);
    log = foundLog.get();
    index = foundIndex.get();
    shard = open(log, index);
  }

  int unflushedWrites() {
    return index.unflushedWrites();
  }

  /** Another shard that knows the log and nothing else, at rest; the end of this one. */
  RunningShard rebuilt() {
    MemoryLog dead = log;
    log = dead.crash(Integer.MAX_VALUE);
    return another(dead.crash(Integer.MAX_VALUE), new MemoryIndex());
  }

  /** Another shard that finds what the last crash left of the log and no index, at rest. */
  RunningShard rebuiltFromCrash() {
    return another(foundLog.get(), new MemoryIndex());
  }

  /** Another shard that finds just what this one found after the last crash, to be looked into. */
  RunningShard twinFromCrash() {
    return another(foundLog.get(), foundIndex.get());
  }

  private RunningShard another(MemoryLog copy, MemoryIndex copyOfIndex) {
    Queue<Runnable> none = new ArrayDeque<>();
    return recovered(
        new RunningShard(
            config,
            copy,
            copyOfIndex,
            clock,
            random,
            this,
            new ShardThreads(none::add, none::add, none::add),
            number));
  }

  // ---- what the shard says

  @Override
  public void unsubscribed(String clientId, String group, String topic, String liteTopic) {
    unsubscribed.add(clientId + " " + group + " " + topic + " " + liteTopic);
  }

  @Override
  public void unreadLost(String group, String topic, long count) {}

  @Override
  public void outgoing() {
    outgoing++;
  }

  @Override
  public void failed(Throwable cause) {
    failure = cause;
  }
}
