package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.cluster.ledger.MemoryLedgers.Ledger;
import io.rivulet.cluster.ledger.MemoryLedgers.Request;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of the simulation. The {@link MemoryLedgers} as one node sees them, through a
 * network that may lose its requests, the answers to them, or both.
 */
public final class MemoryLedgerNode implements LedgerStore {
  private final String name;
  private final MemoryLedgers ledgers;
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private boolean requestsArrive = true;
  private boolean answersArrive = true;
  private boolean isPaused;
  private boolean isDead;
  private int pretendedNodes = -1;
  private @Nullable Error appendError;
  private boolean isAppendForgotten;

  MemoryLedgerNode(String name, MemoryLedgers ledgers) {
    this.name = name;
    this.ledgers = ledgers;
  }

  public String name() {
    return name;
  }

  // ---- what a test does to the node

  /** From now on nothing that this node sends arrives, or nothing that is sent to it, or both. */
  public void cutOff(boolean losesRequests, boolean losesAnswers) {
    requestsArrive = !losesRequests;
    answersArrive = !losesAnswers;
  }

  /** All messages arrive again; those that were lost remain so. */
  public void heal() {
    cutOff(false, false);
  }

  /** The node believes that so many storage nodes run, whatever is so. */
  public void pretendNodes(int count) {
    pretendedNodes = count;
  }

  /** The next append throws this, before anything is sent. */
  public void breakNextAppend(Error thrown) {
    appendError = thrown;
  }

  /** The next append does nothing, and nobody says so. */
  public void forgetNextAppend() {
    isAppendForgotten = true;
  }

  /** The process stands still: it hears of nothing until it is resumed. What it sent goes on. */
  public void pause() {
    isPaused = true;
  }

  public void resume() {
    isPaused = false;
    while (!isPaused && !held.isEmpty()) {
      held.poll().run();
    }
  }

  /** The process is dead: it never hears of anything again. What it sent may still arrive. */
  public void kill() {
    isDead = true;
    held.clear();
  }

  // ---- the port

  @Override
  public CompletableFuture<Writer> create(Label label) {
    return ask(() -> new NodeWriter(ledgers.create(label)));
  }

  @Override
  public CompletableFuture<Reader> recover(long id) {
    return ask(() -> new NodeReader(ledgers.recover(id), null));
  }

  @Override
  public CompletableFuture<Reader> open(long id) {
    return ask(() -> new NodeReader(ledgers.open(id), null));
  }

  @Override
  public CompletableFuture<Reader> peek(long id) {
    return ask(() -> new NodeReader(ledgers.peek(id), null));
  }

  @Override
  public CompletableFuture<Void> delete(long id) {
    return ask(() -> ledgers.delete(id)).thenAccept(_ -> {});
  }

  @Override
  public CompletableFuture<List<Listed>> list() {
    return ask(ledgers::ledgers);
  }

  @Override
  public int writableNodes() {
    if (pretendedNodes >= 0) {
      return pretendedNodes;
    }
    return requestsArrive && answersArrive ? ledgers.storageNodes() : 0;
  }

  @Override
  public boolean isNearlyFull() {
    return ledgers.isNearlyFull();
  }

  @Override
  public void close() {
    kill();
  }

  @Override
  public String toString() {
    return "ledgers of " + name;
  }

  // ---- travelling

  private <T> CompletableFuture<T> ask(Request<T> request) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (isDead) {
      return answer;
    }
    ledgers.travel(() -> {
      if (requestsArrive) {
        Runnable outcome = MemoryLedgers.outcome(request, answer);
        ledgers.travel(() -> answer(outcome));
      }
    });
    ledgers.giveUpLater(() -> tell(() -> answer.completeExceptionally(noAnswer())));
    return answer;
  }

  private void answer(Runnable outcome) {
    if (answersArrive) {
      tell(outcome);
    }
  }

  private void tell(Runnable news) {
    if (isDead) {
      return;
    }
    if (isPaused) {
      held.add(news);
    } else {
      news.run();
    }
  }

  private static LedgerException noAnswer() {
    return new LedgerException(Reason.UNAVAILABLE, "no answer from the storage nodes in time");
  }

  /** Owned by the thread of the simulation. */
  private final class NodeWriter implements Writer {
    private record Append(long number, ByteBuffer entry, CompletableFuture<Long> result) {}

    private final Ledger ledger;
    // One stream each way: whatever the delays, what was sent first arrives first.
    private final ArrayDeque<Append> sent = new ArrayDeque<>();
    private final ArrayDeque<Runnable> answered = new ArrayDeque<>();
    private final ArrayDeque<Append> unacknowledged = new ArrayDeque<>();
    private @Nullable LedgerException failure;
    private long next;
    private long acknowledged;
    private long acknowledgedBytes;
    private boolean isClosed;

    NodeWriter(Ledger ledger) {
      this.ledger = ledger;
    }

    @Override
    public long id() {
      return ledger.id;
    }

    @Override
    public int copies() {
      return Math.min(ledger.copies, ledgers.storageNodes());
    }

    @Override
    public boolean isThin() {
      return ledger.isThin;
    }

    @Override
    public boolean isMissingNode() {
      return ledgers.storageNodes() < ledger.copies;
    }

    @Override
    public CompletableFuture<Long> append(ByteBuffer entry) {
      if (isClosed) {
        throw new IllegalStateException("the writer of ledger " + ledger.id + " is closed");
      }
      Error thrown = appendError;
      if (thrown != null) {
        appendError = null;
        throw thrown;
      }
      if (isAppendForgotten) {
        isAppendForgotten = false;
        return new CompletableFuture<>();
      }
      ByteBuffer copy = ByteBuffer.allocate(entry.remaining()).put(entry.duplicate()).flip();
      Append append = new Append(next++, copy, new CompletableFuture<>());
      if (failure != null) {
        append.result.completeExceptionally(failure);
        return append.result;
      }
      unacknowledged.add(append);
      sent.add(append);
      ledgers.travel(this::arrive);
      ledgers.giveUpLater(() ->
          tell(() -> {
            if (!append.result.isDone()) {
              fail(noAnswer());
            }
          }));
      return append.result;
    }

    private void arrive() {
      Append append = sent.remove();
      if (!requestsArrive) {
        return;
      }
      Runnable answer;
      try {
        ledgers.append(ledger, append.number, append.entry);
        answer = () -> acknowledge(append);
      } catch (LedgerException e) {
        answer = () -> fail(e);
      }
      answered.add(answer);
      ledgers.travel(() -> answer(answered.remove()));
    }

    /** An answer says that the entries before it were stored, too. */
    private void acknowledge(Append append) {
      while (failure == null
          && !unacknowledged.isEmpty()
          && unacknowledged.element().number <= append.number) {
        Append first = unacknowledged.remove();
        acknowledged++;
        acknowledgedBytes += first.entry.remaining();
        first.result.complete(first.number);
      }
    }

    private void fail(LedgerException cause) {
      if (failure == null) {
        failure = cause;
      }
      while (!unacknowledged.isEmpty()) {
        unacknowledged.remove().result.completeExceptionally(failure);
      }
    }

    @Override
    public Reader reader() {
      return new NodeReader(ledger, this);
    }

    @Override
    public CompletableFuture<Void> close() {
      isClosed = true;
      if (failure != null) {
        return CompletableFuture.failedFuture(failure);
      }
      CompletableFuture<Void> ended = new CompletableFuture<>();
      CompletableFuture<Long> last =
          unacknowledged.isEmpty()
              ? CompletableFuture.completedFuture(-1L)
              : unacknowledged.getLast().result;
      var _ =
          last.whenComplete((_, lastFailure) -> {
            if (lastFailure != null) {
              ended.completeExceptionally(lastFailure);
            } else {
              var _ =
                  ask(() -> ledgers.end(ledger))
                      .whenComplete((_, endFailure) -> {
                        if (endFailure != null) {
                          ended.completeExceptionally(endFailure);
                        } else {
                          ended.complete(null);
                        }
                      });
            }
          });
      return ended;
    }
  }

  /** Owned by the thread of the simulation. */
  private final class NodeReader implements Reader {
    private final Ledger ledger;
    private final @Nullable NodeWriter writer;

    NodeReader(Ledger ledger, @Nullable NodeWriter writer) {
      this.ledger = ledger;
      this.writer = writer;
    }

    @Override
    public long id() {
      return ledger.id;
    }

    @Override
    public long lastEntry() {
      return (writer == null ? ledger.entries.size() : writer.acknowledged) - 1;
    }

    @Override
    public long sizeBytes() {
      return writer == null ? ledger.sizeBytes : writer.acknowledgedBytes;
    }

    @Override
    public CompletableFuture<List<ByteBuffer>> read(long first, long last) {
      CompletableFuture<List<ByteBuffer>> entries = new CompletableFuture<>();
      if (isDead) {
        return entries;
      }
      MemoryLedgers.outcome(
              () -> {
                if (!requestsArrive || !answersArrive) {
                  throw noAnswer();
                }
                if (first < 0 || first > last || last > lastEntry()) {
                  throw new LedgerException(
                      Reason.NOT_FOUND,
                      "ledger %d has no entries %d to %d; its last one is %d"
                          .formatted(ledger.id, first, last, lastEntry()));
                }
                return ledgers.read(ledger, first, last);
              },
              entries)
          .run();
      return entries;
    }

    @Override
    public void close() {}
  }
}
