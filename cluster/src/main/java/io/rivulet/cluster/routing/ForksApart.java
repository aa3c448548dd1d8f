package io.rivulet.cluster.routing;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.ForkStep;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what changes belongs to one making, whose steps follow one another; those
 * under way are in a concurrent map, where who asks for the same meanwhile finds the one. Makes
 * forks of streams in other shards: a page of the source at a time is read in its shard and goes
 * into the fork's, and at the end the fork is made there. Nobody waits on a thread, and no more
 * than a page of each is in memory. If this node dies meanwhile, whoever asks for the fork again
 * goes on where it was.
 */
final class ForksApart {
  private static final int PAGE_BYTES = 1 << 20;
  private static final int PAGE_MESSAGES = 1000;

  private final Ways ways;
  private final int maxForks;
  private final Semaphore free;

  /** Those that are being made, each until it is answered: {@code maxForks} at most. */
  private final ConcurrentHashMap<Wish, Making> underWay = new ConcurrentHashMap<>();

  /**
   * What is asked for. Who asks for the same, with the same first messages or with others of their
   * sizes, gets the same answer.
   */
  private record Wish(String client, StreamCreation fork, List<Integer> messageBytes) {}

  /**
   * @param maxForks that are made at a time
   */
  ForksApart(Ways ways, int maxForks) {
    this.ways = ways;
    this.maxForks = maxForks;
    free = new Semaphore(maxForks);
  }

  /** Those that are being made now. */
  int underWay() {
    return maxForks - free.availablePermits();
  }

  /** Whether the fork's source is in another shard. */
  boolean isApart(StreamCreation wanted) {
    return wanted
        .fork()
        .filter(fork -> shardOf(wanted, fork.source()) != shardOf(wanted, wanted.liteTopic()))
        .isPresent();
  }

  private int shardOf(StreamCreation wanted, String liteTopic) {
    return ways.placement().ofLite(wanted.topic(), liteTopic);
  }

  CompletableFuture<Outcome<StreamCreated>> create(String client, StreamCreation wanted) {
    Making making = new Making(client, wanted);
    Making other = underWay.putIfAbsent(making.wish, making);
    // Who asks may go away: what is half made goes on, so that asking again finds it done.
    if (other != null) {
      return other.answer.thenCompose(outcome ->
          outcome.isOk() ? found(client, wanted) : CompletableFuture.completedFuture(outcome));
    }
    making.begin();
    return making.answer.copy();
  }

  /** For who asked when it was being made already; made again if it is gone again. */
  private CompletableFuture<Outcome<StreamCreated>> found(String client, StreamCreation wanted) {
    return ways.asking()
        .one(
            shardOf(wanted, wanted.liteTopic()),
            engine -> engine.describeStream(wanted.topic(), wanted.liteTopic()))
        .thenCompose(seen ->
            switch (seen) {
              case Outcome.Ok<StreamView>(StreamView stream) ->
                  CompletableFuture.completedFuture(Outcome.ok(new StreamCreated.Found(stream)));
              case Outcome.Refused<StreamView>(Refusal refusal)
                  when refusal.code() == RefusalCode.LITE_TOPIC_NOT_FOUND ->
                  create(client, wanted);
              case Outcome.Refused<StreamView>(Refusal refusal) ->
                  CompletableFuture.completedFuture(Outcome.refused(refusal));
            });
  }

  /** Owned by whoever answered its last step. One fork that is being made. */
  private final class Making {
    private final CompletableFuture<Outcome<StreamCreated>> reply = new CompletableFuture<>();

    /** The reply, when this is not under way any more. */
    private final CompletableFuture<Outcome<StreamCreated>> answer;

    private final String client;
    private final StreamCreation wanted;
    private final StreamFork fork;

    /** For the source's shard, which needs no messages. */
    private final StreamCreation question;

    private final Wish wish;
    private boolean hasPermit;

    Making(String client, StreamCreation wanted) {
      this.client = client;
      this.wanted = wanted;
      fork = wanted.fork().orElseThrow();
      question =
          new StreamCreation(
              wanted.topic(),
              wanted.liteTopic(),
              wanted.definition(),
              wanted.fork(),
              List.of(),
              wanted.isClosed());
      List<Integer> bytes = wanted.messages().stream().map(each -> each.body().size()).toList();
      wish = new Wish(client, question, bytes);
      answer = reply.whenComplete((_, _) -> end());
    }

    private void end() {
      underWay.remove(wish, this);
      if (hasPermit) {
        free.release();
      }
    }

    private <T> void ask(String liteTopic, Asking.Question<Outcome<T>> question, Consumer<T> next) {
      askOr(liteTopic, question, next, refusal -> reply.complete(Outcome.refused(refusal)));
    }

    private <T> void askOr(
        String liteTopic,
        Asking.Question<Outcome<T>> question,
        Consumer<T> next,
        Consumer<Refusal> otherwise) {
      CompletableFuture<Outcome<T>> asked;
      try {
        asked = ways.asking().one(shardOf(wanted, liteTopic), wanted.topic(), null, question);
      } catch (RuntimeException bug) {
        reply.completeExceptionally(bug); // or it would be under way for ever
        return;
      }
      var _ =
          asked
              .whenComplete((@Nullable Outcome<T> outcome, @Nullable Throwable failure) -> {
                switch (outcome) {
                  case null ->
                      reply.completeExceptionally(
                          failure == null ? new IllegalStateException("no answer") : failure);
                  case Outcome.Ok<T>(T value) -> next.accept(value);
                  case Outcome.Refused<T>(Refusal refusal) -> otherwise.accept(refusal);
                }
              })
              .exceptionally(bug -> {
                reply.completeExceptionally(bug);
                return null;
              });
    }

    void begin() {
      hasPermit = free.tryAcquire();
      if (!hasPermit) {
        reply.complete(
            Outcome.refused(
                RefusalCode.TOO_MANY_REQUESTS,
                "this node makes %d forks of streams in other shards already (cluster.max-forks): try again"
                    .formatted(maxForks)));
        return;
      }
      ask(fork.source(), engine -> engine.forkSource(question), this::make);
    }

    private void make(ForkSource source) {
      ask(
          wanted.liteTopic(),
          engine -> engine.createFork(client, wanted, source),
          (ForkStep step) -> {
            switch (step) {
              case ForkStep.Done(StreamCreated created) -> reply.complete(Outcome.ok(created));
              case ForkStep.Copying(long nextOffset) -> copy(source, nextOffset);
            }
          });
    }

    private void copy(ForkSource source, long from) {
      StreamRead read =
          new StreamRead(
              wanted.topic(),
              fork.source(),
              new OffsetOption.At(from),
              (int) Math.min(PAGE_MESSAGES, source.copyOffset() - from),
              PAGE_BYTES,
              Duration.ZERO);
      askOr(
          fork.source(),
          engine -> engine.readStream(read),
          (StreamPage page) -> {
            if (page.stream().queueId() == source.queueId() && page.nextOffset() > from) {
              fill(source, from, page);
            } else {
              refuseDeleted();
            }
          },
          refusal -> {
            switch (refusal.code()) {
              // It was deleted, or retention took what was to be copied next: its shard knows.
              case GONE -> skip(source, from);
              case LITE_TOPIC_NOT_FOUND, ILLEGAL_ARGUMENT -> refuseDeleted();
              default -> reply.complete(Outcome.refused(refusal));
            }
          });
    }

    /** As within one shard when the source goes while the fork is being made. */
    private void refuseDeleted() {
      reply.complete(
          Outcome.refused(
              RefusalCode.LITE_TOPIC_NOT_FOUND, "the source of the fork was deleted meanwhile"));
    }

    /** Retention would have taken it from a fork within one shard, too. */
    private void skip(ForkSource source, long from) {
      StreamCreation again =
          new StreamCreation(
              wanted.topic(),
              wanted.liteTopic(),
              wanted.definition(),
              Optional.of(new StreamFork(fork.source(), OptionalLong.empty(), 0)),
              List.of(),
              false);
      askOr(
          fork.source(),
          engine -> engine.forkSource(again),
          (ForkSource now) -> {
            if (now.queueId() != source.queueId() || now.firstOffset() <= from) {
              refuseDeleted();
            } else {
              long next = Math.min(now.firstOffset(), source.copyOffset());
              fill(source, from, new StreamPage(viewOf(source), List.of(), next));
            }
          },
          _ -> refuseDeleted());
    }

    private StreamView viewOf(ForkSource source) {
      return new StreamView(source.queueId(), source.definition(), source.copyOffset(), false);
    }

    private void fill(ForkSource source, long from, StreamPage page) {
      List<StoredMessage> messages =
          page.messages().stream().filter(each -> each.offset() < source.copyOffset()).toList();
      StreamPage part =
          new StreamPage(page.stream(), messages, Math.min(page.nextOffset(), source.copyOffset()));
      ask(
          wanted.liteTopic(),
          engine ->
              engine.fillFork(wanted.topic(), wanted.liteTopic(), source.queueId(), from, part),
          (Long next) -> {
            if (next >= 0 && next < source.copyOffset()) {
              copy(source, next);
            } else {
              make(source);
            }
          });
    }
  }
}
