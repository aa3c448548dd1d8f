package io.rivulet.bench.sessions;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.AppendRequest;
import io.rivulet.api.v1.AppendResult;
import io.rivulet.api.v1.AppendStreamRequest;
import io.rivulet.api.v1.AppendStreamResponse;
import io.rivulet.api.v1.Message;
import io.rivulet.api.v1.MessageServiceGrpc;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread that writes; answers are told by gRPC's threads, under a lock. Batches on one
 * stream of rivulet.v1: what was taken between two flushes is one. When the stream breaks, what was
 * not answered goes again in the same order; the server knows the messages by their ids.
 */
final class RivuletWriter implements SessionWriter {
  private static final long PAUSE_MILLIS = 100;

  /** What the server stores at once; larger ones it would store in parts, one after the other. */
  private static final int MAX_BATCH = 512;

  private final ManagedChannel channel;
  private final MessageServiceGrpc.MessageServiceStub stub;
  private final String topic;
  private final String idPrefix = UUID.randomUUID().toString().substring(0, 8) + "-";
  private AppendRequest.Builder batch;
  private long messages;
  private long batches;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final ArrayDeque<AppendStreamRequest> unanswered = new ArrayDeque<>();

  @GuardedBy("lock")
  private @Nullable Answers answers;

  @GuardedBy("lock")
  private boolean isClosed;

  private volatile long unansweredMessages;
  private volatile String refusal = "";

  RivuletWriter(String endpoint, String topic) {
    this.channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
    this.stub = MessageServiceGrpc.newStub(channel).withWaitForReady();
    this.topic = topic;
    this.batch = AppendRequest.newBuilder().setTopic(topic);
    begin();
  }

  @Override
  public void write(int session, byte[] body) {
    batch.addMessages(
        Message.newBuilder()
            .setMessageId(idPrefix + Long.toString(messages++, Character.MAX_RADIX))
            .setLiteTopic(RivuletServer.liteTopic(session))
            .setBody(UnsafeByteOperations.unsafeWrap(body)));
    if (batch.getMessagesCount() >= MAX_BATCH) {
      flush();
    }
  }

  @Override
  public void flush() {
    if (batch.getMessagesCount() == 0) {
      return;
    }
    AppendStreamRequest request =
        AppendStreamRequest.newBuilder().setSequence(batches++).setAppend(batch).build();
    batch = AppendRequest.newBuilder().setTopic(topic);
    lock.lock();
    try {
      unanswered.add(request);
      changeUnanswered(request.getAppend().getMessagesCount());
      if (answers != null) {
        answers.requests.onNext(request);
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock, read without
  private void changeUnanswered(int by) {
    unansweredMessages += by;
  }

  private void begin() {
    lock.lock();
    try {
      if (!isClosed) {
        Answers begun = new Answers();
        answers = begun;
        unanswered.forEach(begun.requests::onNext);
      }
    } finally {
      lock.unlock();
    }
  }

  private void answered(Answers from, AppendStreamResponse response) {
    lock.lock();
    try {
      if (from != answers) {
        return;
      }
      if (response.hasRefusal()) {
        // As a whole for a moment only: all that follows has to wait for it.
        from.requests.onError(new IllegalStateException(response.getRefusal().getMessage()));
        pause(from);
        return;
      }
      AppendStreamRequest request = unanswered.remove();
      if (request.getSequence() != response.getSequence()) {
        refusal = "batch " + response.getSequence() + " was answered out of order";
      }
      changeUnanswered(-request.getAppend().getMessagesCount());
      for (AppendResult result : response.getResponse().getResultsList()) {
        if (result.hasRefusal()) {
          refusal = result.getRefusal().getMessage();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void pause(Answers broken) {
    lock.lock();
    try {
      if (broken == answers) {
        answers = null;
        CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS).execute(this::begin);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long unanswered() {
    return unansweredMessages;
  }

  @Override
  public String refusal() {
    return refusal;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      answers = null;
    } finally {
      lock.unlock();
    }
    channel.shutdownNow();
  }

  /** Owned by a call of gRPC. What the server answers on one stream. */
  private final class Answers implements StreamObserver<AppendStreamResponse> {
    private final StreamObserver<AppendStreamRequest> requests = stub.appendStream(this);

    @Override
    public void onNext(AppendStreamResponse response) {
      answered(this, response);
    }

    @Override
    public void onError(Throwable failure) {
      pause(this);
    }

    @Override
    public void onCompleted() {
      pause(this);
    }
  }
}
