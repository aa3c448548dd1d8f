package io.rivulet.cluster.forward;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.rivulet.engine.codec.ByteReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: calls are in a concurrent map, and whoever takes one out ends it; gRPC
 * tells of what comes by one thread at a time. One stream to another node, by the side that calls,
 * from its opening until it breaks.
 */
final class CallStream extends ClientCall.Listener<Frame> {
  private final ClientCall<Frame, Frame> stream;
  private final LinkGround ground;
  private final Outbox outbox;
  private final Inbox inbox;
  private final Executor large;
  private final Map<Long, PendingCall> calls = new ConcurrentHashMap<>();
  private volatile @Nullable Status ended;

  private CallStream(ClientCall<Frame, Frame> stream, LinkGround ground) {
    this.stream = stream;
    this.ground = ground;
    outbox = new Outbox(new Line(), ground.counters());
    inbox = new Inbox(ground.received(), outbox, ground.background());
    large = MoreExecutors.newSequentialExecutor(ground.background());
  }

  static CallStream open(Channel channel, NodeProtocol.Caller self, LinkGround ground) {
    CallStream opened =
        new CallStream(
            // Ready is who has nothing left to write: what is to go meanwhile goes together.
            channel.newCall(NodeProtocol.LINK, CallOptions.DEFAULT.withOnReadyThreshold(1)),
            ground);
    opened.stream.start(opened, self.head());
    opened.stream.request(1);
    return opened;
  }

  boolean isEnded() {
    return ended != null;
  }

  /** False if the stream has ended before: nothing was sent. */
  boolean begin(PendingCall call) {
    call.goesBy(this);
    calls.put(call.number(), call);
    if (ended != null && calls.remove(call.number(), call)) {
      return false;
    }
    call.endsBy(
        ground.deadlines().in(call.patience(), () -> giveUp(call, Status.DEADLINE_EXCEEDED)));
    outbox.add(call.parcel);
    return true;
  }

  /** Why the stream has ended. */
  Status end() {
    Status why = ended;
    return why == null ? Status.OK : why;
  }

  /** Its answer is not waited for any more. */
  void giveUp(PendingCall call, Status why) {
    if (!calls.remove(call.number(), call)) {
      return;
    }
    if (!call.parcel.drop()) {
      outbox.add(Parts.sign(Parts.CANCEL, call.number()));
    }
    call.failed(why);
  }

  /** Nobody has got, or will get, its answer, though that may be there already. */
  void cancelled(PendingCall call) {
    boolean isOpen = calls.remove(call.number(), call);
    if (!call.parcel.drop()) {
      outbox.add(Parts.sign(Parts.CANCEL, call.number()));
    }
    if (isOpen) {
      call.failed(Status.CANCELLED);
    }
  }

  // ---- what comes

  @Override
  public void onMessage(Frame frame) {
    try {
      ByteBuffer parts = frame.whole();
      while (parts.hasRemaining()) {
        take(parts.get(), parts.getLong(), parts);
      }
    } catch (IOException | RuntimeException e) {
      stream.cancel("what the other node says can't be understood: " + e, e);
      return;
    }
    stream.request(1);
  }

  private void take(int kind, long number, ByteBuffer parts) throws IOException {
    switch (kind) {
      case Parts.WHOLE -> answered(number, Parts.reader(parts));
      case Parts.OFFER -> offered(number, parts.getInt());
      case Parts.PIECE -> {
        Inbox.Assembly whole = inbox.piece(number, Parts.bytes(parts));
        if (whole != null) {
          large.execute(() -> answered(number, new ByteReader(whole.whole())));
        }
      }
      case Parts.FAILURE -> {
        Status why = Parts.failure(parts);
        PendingCall call = calls.remove(number);
        if (call != null) {
          call.failed(why);
        }
      }
      case Parts.ROOM -> {
        PendingCall call = calls.get(number);
        if (call != null) {
          outbox.admit(call.parcel);
        }
      }
      case Parts.TAKEN -> {
        PendingCall call = calls.get(number);
        if (call != null) {
          call.taken();
        }
      }
      default -> throw new IOException("a part of the unknown kind " + kind);
    }
  }

  private void answered(long number, ByteReader answer) {
    PendingCall call = calls.remove(number);
    if (call != null) {
      call.answered(answer);
    }
  }

  private void offered(long number, int size) throws IOException {
    PendingCall call = calls.get(number);
    if (call == null) {
      return; // who serves it is about to hear that nobody waits for it
    }
    if (size > ground.maxBytes()) {
      giveUp(call, Status.RESOURCE_EXHAUSTED);
    } else {
      Inbox.Assembly answer = inbox.offer(number, size);
      call.comesAs(answer);
      if (!calls.containsKey(number)) {
        answer.close(); // it was given up just now
      }
    }
  }

  @Override
  public void onReady() {
    outbox.write();
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    ended = status.isOk() ? Status.UNAVAILABLE.withDescription("the stream was closed") : status;
    for (PendingCall call : List.copyOf(calls.values())) {
      if (calls.remove(call.number(), call)) {
        call.failed(end());
      }
    }
  }

  /** Used by who holds the pen. */
  private final class Line implements Outbox.Line {
    @Override
    public boolean isReady() {
      return ended == null && stream.isReady();
    }

    @Override
    public void write(Frame frame) {
      try {
        stream.sendMessage(frame);
      } catch (RuntimeException e) {
        // It is told by onClose that it has ended, if it has not been told already.
        stream.cancel("the stream takes nothing any more: " + e, e);
      }
    }
  }
}
