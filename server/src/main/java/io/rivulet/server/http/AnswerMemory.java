package io.rivulet.server.http;

import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.server.grpc.ReplyBudget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: immutable, and so is the budget's accounting. Memory for the messages in
 * answers, out of the budget that gRPC's replies have as well.
 *
 * <p>The engine finds messages and leaves large bodies in the log. An answer with many bytes waits,
 * on a thread of its own, until there is room for them; they are then loaded, made an answer of,
 * and the room is given back when the network has taken it. Small answers do not wait.
 */
public final class AnswerMemory {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerMemory.class);

  /** Answers with fewer bytes of bodies are not counted. */
  private static final long MAX_SMALL_BYTES = 256 << 10;

  /** A body, the text or base64 that it is shown as, and the answer of which that is a part. */
  private static final int COPIES = 3;

  /** What a body that its producer has folded is taken for: text unfolds to about so much. */
  private static final int UNFOLDED = 8;

  private final ReplyBudget budget;
  private final Executor background;

  /**
   * Makes it.
   *
   * @param background for what waits for room, and for the disk
   */
  public AnswerMemory(ReplyBudget budget, Executor background) {
    this.budget = budget;
    this.background = background;
  }

  /**
   * What the engine has found, and its bodies.
   *
   * @param <T> what was found
   */
  public interface Bodies<T> {
    /** The messages in it. */
    List<StoredMessage> in(T found);

    /**
     * The same with all bodies in memory; may block on the disk.
     *
     * @throws IOException if one can't be read
     */
    T load(T found) throws IOException;
  }

  /** Of a reply to a read. */
  public static final Bodies<ReadReply> OF_REPLY =
      new Bodies<>() {
        @Override
        public List<StoredMessage> in(ReadReply found) {
          return found.messages();
        }

        @Override
        public ReadReply load(ReadReply found) throws IOException {
          return new ReadReply(
              loaded(found.messages()),
              found.queueId(),
              found.nextOffset(),
              found.endOffset(),
              found.isClosed());
        }
      };

  /** Of a page of a stream. */
  public static final Bodies<StreamPage> OF_PAGE =
      new Bodies<>() {
        @Override
        public List<StoredMessage> in(StreamPage found) {
          return found.messages();
        }

        @Override
        public StreamPage load(StreamPage found) throws IOException {
          return new StreamPage(found.stream(), loaded(found.messages()), found.nextOffset());
        }
      };

  private static List<StoredMessage> loaded(List<StoredMessage> messages) throws IOException {
    List<StoredMessage> loaded = new ArrayList<>(messages.size());
    for (StoredMessage message : messages) {
      loaded.add(message.load(Body.Space.HEAP));
    }
    return loaded;
  }

  /** For one answer. */
  public Share share() {
    return new Share();
  }

  /** Safe for all threads: an atomic count. What one answer has of the memory. */
  public final class Share {
    private final AtomicLong taken = new AtomicLong();

    private Share() {}

    /**
     * What the engine finds, with all bodies once there is room for them. Cancelling it cancels the
     * engine's work; what is found all the same is given back.
     *
     * @param left has what was found for a caller that has gone meanwhile
     */
    public <T> CompletableFuture<Outcome<T>> load(
        CompletableFuture<Outcome<T>> work, Bodies<T> bodies, Consumer<T> left) {
      CompletableFuture<Outcome<T>> answer = new CompletableFuture<>();
      var _ =
          work.whenComplete((outcome, failure) -> {
            if (failure != null) {
              answer.completeExceptionally(failure);
            } else if (outcome instanceof Outcome.Ok<T>(T found)) {
              found(answer, found, bodies, left);
            } else {
              answer.complete(outcome);
            }
          });
      var _ =
          answer.whenComplete((_, _) -> {
            if (answer.isCancelled()) {
              work.cancel(false);
            }
          });
      return answer;
    }

    private <T> void found(
        CompletableFuture<Outcome<T>> answer, T found, Bodies<T> bodies, Consumer<T> left) {
      long bytes = 0;
      boolean isLoaded = true;
      for (StoredMessage stored : bodies.in(found)) {
        Message message = stored.message();
        bytes += (long) message.body().size() * (message.gzip() ? UNFOLDED : 1);
        isLoaded &= message.body().isLoaded();
      }
      if (bytes <= MAX_SMALL_BYTES && isLoaded) {
        if (!answer.complete(Outcome.ok(found))) {
          left.accept(found);
        }
        return;
      }
      long wanted = bytes <= MAX_SMALL_BYTES ? 0 : bytes * COPIES;
      background.execute(() -> fill(answer, wanted, found, bodies, left));
    }

    private <T> void fill(
        CompletableFuture<Outcome<T>> answer,
        long bytes,
        T found,
        Bodies<T> bodies,
        Consumer<T> left) {
      budget.take(bytes);
      taken.set(bytes);
      if (answer.isDone()) {
        leave(found, left);
        return;
      }
      try {
        T loaded = bodies.load(found);
        if (!answer.complete(Outcome.ok(loaded))) {
          leave(found, left);
        }
      } catch (IOException e) {
        giveBack();
        answer.complete(
            Outcome.refused(
                RefusalCode.MESSAGE_NOT_FOUND, "the log can't be read there: " + e.getMessage()));
      } catch (RuntimeException bug) {
        giveBack();
        answer.completeExceptionally(bug);
      }
    }

    private <T> void leave(T found, Consumer<T> left) {
      giveBack();
      left.accept(found);
    }

    /** Sends the answer; the memory is given back when the network has taken it, or never will. */
    public void send(HttpCall call, Supplier<Future<Void>> sending) {
      Future<Void> sent;
      try {
        sent = sending.get();
      } catch (RuntimeException e) {
        giveBack();
        throw e;
      }
      if (taken.get() == 0) {
        return;
      }
      Vertx vertx = Objects.requireNonNull(Vertx.currentContext(), "not on an event loop").owner();
      long timer = vertx.setTimer(budget.timeout().toMillis(), _ -> breakOff(call));
      var _ =
          sent.onComplete(_ -> {
            vertx.cancelTimer(timer);
            giveBack();
          });
    }

    /** A caller that reads nothing must not keep the memory of others. */
    private void breakOff(HttpCall call) {
      LOG.warn(
          "{} did not read an answer to {} of {} KiB in {} s (grpc.reply-timeout): broken off",
          call.client(),
          call.request.path(),
          taken.get() >> 10,
          budget.timeout().toSeconds());
      budget.countLate();
      cut(call.request.connection());
      giveBack();
    }

    /**
     * At once: the library's own way to close waits until what was written has been read, also when
     * it is the channel that is closed, so its handler is passed over.
     */
    private static void cut(HttpConnection connection) {
      if (connection instanceof ConnectionBase base) {
        var _ = base.channel().pipeline().firstContext().close();
      } else {
        var _ = connection.close();
      }
    }

    /** Nothing is sent. A second call does nothing. */
    public void giveBack() {
      budget.giveBack(taken.getAndSet(0));
    }
  }
}
