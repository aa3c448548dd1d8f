package io.rivulet.engine.shard;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Safe for all threads: no state. Opens a shard with a thread of its own. */
public final class ShardEngine {
  private static final Logger logger = LoggerFactory.getLogger(ShardEngine.class);

  /** Threads that read message bodies; they may wait for the disk. */
  private static final int READERS = 4;

  private ShardEngine() {}

  /** The only shard of a process, with all threads that it needs. */
  public static Engine open(
      EngineConfig config, CommitLog log, Index index, Clock clock, EngineListener listener)
      throws IOException {
    ExecutorService readers = ShardThread.pool("rivulet-reader", READERS);
    ExecutorService replies = ShardThread.pool("rivulet-reply", 1);
    ExecutorService indexWriter = ShardThread.pool("rivulet-index", 1);
    List<ExecutorService> pools = List.of(indexWriter, readers, replies);
    ShardThreads threads = new ShardThreads(readers, replies, indexWriter);
    try {
      RunningShard shard = open(config, log, index, clock, listener, threads, ShardNumber.ONLY);
      shard.afterwards(() -> {
        pools.forEach(ExecutorService::shutdown);
        pools.forEach(ExecutorService::close);
        close(log, index);
      });
      return shard;
    } catch (IOException | RuntimeException | Error e) {
      pools.forEach(ExecutorService::shutdownNow);
      throw e;
    }
  }

  /**
   * One of several shards of a process, which share all threads but the one that owns it. Log and
   * index stay the caller's, who closes them after the shard.
   */
  public static RunningShard open(
      EngineConfig config,
      CommitLog log,
      Index index,
      Clock clock,
      EngineListener listener,
      ShardThreads threads,
      ShardNumber number)
      throws IOException {
    RunningShard shard =
        new RunningShard(config, log, index, clock, new SecureRandom(), listener, threads, number);
    shard.recover();
    ShardThread thread = new ShardThread(shard.shard(), clock, "rivulet-shard-" + number.number());
    shard.hostedBy(thread);
    thread.start();
    return shard;
  }

  private static void close(CommitLog log, Index index) {
    try {
      log.close();
    } catch (IOException e) {
      logger.error("The log could not be closed cleanly", e);
    }
    index.close();
  }
}
