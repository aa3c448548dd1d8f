package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.outbox.OwedMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by one thread, the scheduler's; what others call only hands over. Carries the messages that
 * shards of this node owe others: a page of a shard at a time, and what can't be stored just now,
 * or goes wrong in whatever way, again a second later. What was stored is not sent again while its
 * shard can't record that (its disk may be full). What was stored and not yet told when this node
 * ends is carried again by the shard's next owner, and known there by its id.
 */
final class Courier {
  private static final Logger logger = LoggerFactory.getLogger(Courier.class);

  /** Messages of one shard that are on their way at a time. */
  private static final int PAGE = 64;

  private static final long AGAIN_MILLIS = 1000;

  /** A shard that is just being opened is looked at again after this time. */
  private static final long OPENING_MILLIS = 100;

  /** A shard that is not here after so many looks is not awaited. */
  private static final int MAX_MISSES = 600;

  /** Of one shard: what became of more messages is not remembered; it owes fewer than that. */
  private static final int MAX_KNOWN = 20_000;

  private final Shards shards;
  private final ScheduledExecutorService thread;
  private final Function<Message, CompletableFuture<Outcome<SendReceipt>>> sender;
  private final Map<Integer, Round> rounds = new HashMap<>();

  /**
   * @param sender stores a message where it belongs
   */
  Courier(
      Shards shards,
      ScheduledExecutorService thread,
      Function<Message, CompletableFuture<Outcome<SendReceipt>>> sender) {
    this.shards = shards;
    this.thread = thread;
    this.sender = sender;
  }

  /** A shard that is here owes something. */
  void outgoing(int shard) {
    execute(() -> {
      Round round = rounds.computeIfAbsent(shard, Round::new);
      round.step(round::begin);
    });
  }

  /** The end of the thread is the end of all rounds: who serves the shard next goes on. */
  private void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // The node is being closed.
    }
  }

  private void after(long millis, Runnable task) {
    try {
      var _ = thread.schedule(task, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node is being closed.
    }
  }

  /** Owned by the scheduler's thread. Of one shard. */
  private final class Round {
    private final int shard;
    private boolean isUnderWay;
    private boolean isWanted;
    private int misses;

    /** What became of messages that the shard has not recorded yet, by their ids. */
    private final Map<Long, Result> known = new HashMap<>();

    Round(int shard) {
      this.shard = shard;
    }

    /** The top of the thread: whatever is thrown, the round goes on, a little later. */
    void step(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException | Error e) {
        if (!(e instanceof NotOwnerException)) {
          logger.error(
              "What shard {} owes others could not be carried; again in {} ms",
              shard,
              AGAIN_MILLIS,
              e);
        }
        end(true);
      }
    }

    void begin() {
      isWanted = true;
      if (!isUnderWay) {
        isUnderWay = true;
        isWanted = false;
        page(0, false);
      }
    }

    /**
     * @param isLeft something before was not stored
     */
    private void page(long afterId, boolean isLeft) {
      Engine engine = shards.local().get(shard);
      if (engine == null) {
        // Whoever served it meanwhile may have recorded what is known here.
        known.clear();
        if (++misses <= MAX_MISSES) {
          after(OPENING_MILLIS, this::again);
        } else {
          rounds.remove(shard, this);
        }
        return;
      }
      misses = 0;
      ask(() -> engine.owed(afterId, PAGE), owed -> carry(engine, owed, isLeft));
    }

    private void again() {
      step(() -> page(0, false));
    }

    /** What fails, fails for now. */
    private <T> void ask(Supplier<CompletableFuture<Outcome<T>>> question, Consumer<T> next) {
      var _ =
          question
              .get()
              .whenComplete((@Nullable Outcome<T> outcome, @Nullable Throwable failure) ->
                  execute(() ->
                      step(() -> {
                        if (outcome instanceof Outcome.Ok<T>(T value)) {
                          next.accept(value);
                        } else {
                          end(true);
                        }
                      })));
    }

    private void end(boolean isLeft) {
      if (isLeft) {
        after(AGAIN_MILLIS, this::again);
        return;
      }
      isUnderWay = false;
      if (isWanted) {
        begin();
      }
    }

    private void carry(Engine engine, List<OwedMessage> owed, boolean isLeft) {
      if (owed.isEmpty()) {
        end(isLeft);
        return;
      }
      List<CompletableFuture<Result>> sent = new ArrayList<>();
      for (OwedMessage each : owed) {
        Result before = known.get(each.id());
        sent.add(before == null ? send(each) : CompletableFuture.completedFuture(before));
      }
      var _ =
          CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new))
              .thenRun(() ->
                  execute(() ->
                      step(() ->
                          told(
                              engine,
                              owed,
                              sent.stream().map(CompletableFuture::join).toList(),
                              isLeft))));
    }

    private CompletableFuture<Result> send(OwedMessage owed) {
      CompletableFuture<Outcome<SendReceipt>> sent;
      try {
        sent = sender.apply(owed.message());
      } catch (RuntimeException e) {
        // The others of its page are on their way, and what becomes of them is to be heard.
        logger.error("The message {} of shard {} can't be sent", owed.message().id(), shard, e);
        return CompletableFuture.completedFuture(Result.LATER);
      }
      return sent.handle((outcome, failure) -> result(owed, failure == null ? outcome : null));
    }

    private Result result(OwedMessage owed, @Nullable Outcome<SendReceipt> outcome) {
      return switch (outcome) {
        case null -> Result.LATER;
        case Outcome.Ok<SendReceipt> _ -> Result.HANDED;
        case Outcome.Refused<SendReceipt>(Refusal refusal) when OwedMessage.isForNow(refusal) ->
            Result.LATER;
        case Outcome.Refused<SendReceipt>(Refusal refusal) -> {
          logger.warn(
              "The message {} of shard {} can't be stored in {}/{}: {}",
              owed.message().id(),
              shard,
              owed.message().topic(),
              owed.message().liteTopic(),
              refusal.message());
          yield Result.REFUSED;
        }
      };
    }

    private void told(
        Engine engine, List<OwedMessage> owed, List<Result> results, boolean isLeftBefore) {
      List<Long> handed = new ArrayList<>();
      List<Long> refused = new ArrayList<>();
      boolean isLeft = isLeftBefore;
      if (known.size() > MAX_KNOWN) {
        known.clear();
      }
      for (int i = 0; i < results.size(); i++) {
        long id = owed.get(i).id();
        switch (results.get(i)) {
          case HANDED -> handed.add(id);
          case REFUSED -> refused.add(id);
          case LATER -> {
            isLeft = true;
            continue;
          }
        }
        known.put(id, results.get(i));
      }
      boolean left = isLeft;
      boolean hasMore = owed.size() == PAGE;
      long last = owed.getLast().id();
      ask(
          () -> engine.handedOver(handed, refused),
          _ -> {
            handed.forEach(known::remove);
            refused.forEach(known::remove);
            if (hasMore) {
              page(last, left);
            } else {
              end(left);
            }
          });
    }
  }

  private enum Result {
    HANDED,
    REFUSED,
    LATER
  }
}
