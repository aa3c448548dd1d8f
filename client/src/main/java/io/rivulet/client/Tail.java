package io.rivulet.client;

import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.StoredMessage;
import io.rivulet.api.v1.TailRequest;
import io.rivulet.api.v1.TailResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread at a time, the reader's; {@link #close} may be called by any.
 *
 * <p>Follows a queue without end: each message once and in order. If the connection breaks or the
 * server restarts, the tail waits until the server is back and continues behind the last message
 * that arrived; the reader sees nothing of it. At most one page of messages is held here, the next
 * one is asked for when the reader has taken the last: a slow reader slows the server down.
 *
 * <p>A reader that wants to continue in another life keeps {@link #token()}, or that of the last
 * message it has dealt with, and begins there: {@code ReadFrom.token(token)}.
 */
public final class Tail implements AutoCloseable {
  /** What the connection tells the reader. */
  private sealed interface Event {
    record Page(Connection connection, TailResponse response) implements Event {}

    record Broken(Connection connection, Throwable failure) implements Event {}

    record Closed() implements Event {}
  }

  private final Channel channel;
  private final ClientConfig config;
  private final TailRequest request;
  // Bounded by flow control: one page and one end of each connection.
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Deque<StoredMessage> page = new ArrayDeque<>();
  private volatile @Nullable Connection connection;
  private volatile boolean isClosed;

  private @Nullable RivuletException end;
  private String pageToken = "";
  private String token = "";
  private long incarnation;
  private long nextOffset;

  Tail(Channel channel, ClientConfig config, String topic, String liteTopic, ReadFrom from) {
    this.channel = channel;
    this.config = config;
    this.request =
        TailRequest.newBuilder()
            .setTopic(topic)
            .setLiteTopic(liteTopic)
            .setFrom(from.toWire())
            .build();
    connect();
  }

  /**
   * The next message; waits for it without bound.
   *
   * @throws RivuletException with GONE if the lite topic was reclaimed, or another code if the
   *     server refuses; not if it can't be reached
   * @throws IllegalStateException if the tail was closed
   */
  public ReceivedMessage next() throws InterruptedException {
    while (true) {
      Optional<ReceivedMessage> message = next(Duration.ofHours(1));
      if (message.isPresent()) {
        return message.get();
      }
    }
  }

  /**
   * The next message, or empty if there is none within this time.
   *
   * @throws RivuletException as in {@link #next()}
   */
  public Optional<ReceivedMessage> next(Duration within) throws InterruptedException {
    io.grpc.Deadline deadline = io.grpc.Deadline.after(within.toNanos(), TimeUnit.NANOSECONDS);
    while (true) {
      if (end != null) {
        throw end;
      }
      StoredMessage message = page.poll();
      if (message != null) {
        return Optional.of(handOut(message));
      }
      Event event =
          events.poll(
              Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)), TimeUnit.NANOSECONDS);
      switch (event) {
        case null -> {
          return Optional.empty();
        }
        case Event.Page arrived -> accept(arrived);
        case Event.Broken broken -> reconnect(broken);
        case Event.Closed closed -> throw new IllegalStateException("the tail was closed");
      }
    }
  }

  /** Continues behind the last message taken; empty if there is nothing to continue behind yet. */
  public String token() {
    return page.isEmpty() && !pageToken.isEmpty() ? pageToken : token;
  }

  /** Stops following. A thread that waits in {@code next} gets an IllegalStateException. */
  @Override
  public void close() {
    isClosed = true;
    Connection current = connection;
    if (current != null) {
      current.cancel();
    }
    events.add(new Event.Closed());
  }

  private ReceivedMessage handOut(StoredMessage message) {
    incarnation = message.getIncarnation();
    nextOffset = message.getOffset() + 1;
    token = message.getToken();
    if (page.isEmpty()) {
      requestPage();
    }
    return new ReceivedMessage(message);
  }

  private void accept(Event.Page arrived) {
    if (arrived.connection() != connection) {
      return;
    }
    for (StoredMessage message : arrived.response().getMessagesList()) {
      // A server that continues too early would repeat itself; the offset tells.
      boolean isKnown = message.getIncarnation() == incarnation && message.getOffset() < nextOffset;
      if (!isKnown) {
        page.add(message);
      }
    }
    if (!arrived.response().getToken().isEmpty()) {
      pageToken = arrived.response().getToken();
    }
    if (page.isEmpty()) {
      requestPage();
    }
  }

  private void requestPage() {
    Connection current = connection;
    if (current != null) {
      current.requestPage();
    }
  }

  private void reconnect(Event.Broken broken) {
    if (broken.connection() != connection || isClosed) {
      return;
    }
    RivuletException failure = RivuletException.of(broken.failure(), config.endpoint());
    if (failure.isTransient()) {
      connect();
    } else {
      end = failure;
    }
  }

  /** Waits for the server with gRPC's own back-off, then continues where the last page ended. */
  private void connect() {
    TailRequest.Builder builder = request.toBuilder();
    if (!pageToken.isEmpty()) {
      builder.setFrom(ReadFrom.token(pageToken).toWire());
    }
    Connection fresh = new Connection(events);
    connection = fresh;
    MessageServiceGrpc.newStub(channel).withWaitForReady().tail(builder.build(), fresh);
    if (isClosed) {
      fresh.cancel();
    }
  }

  /** Safe for all threads: hands events to the reader. One call of the server's Tail. */
  private static final class Connection
      implements ClientResponseObserver<TailRequest, TailResponse> {
    private final BlockingQueue<Event> events;
    private volatile @Nullable ClientCallStreamObserver<TailRequest> call;

    Connection(BlockingQueue<Event> events) {
      this.events = events;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<TailRequest> stream) {
      stream.disableAutoRequestWithInitial(1);
      call = stream;
    }

    @Override
    public void onNext(TailResponse response) {
      events.add(new Event.Page(this, response));
    }

    @Override
    public void onError(Throwable failure) {
      events.add(new Event.Broken(this, failure));
    }

    @Override
    public void onCompleted() {
      // Tails have no end of their own: a server that ends one is on its way out.
      events.add(new Event.Broken(this, io.grpc.Status.UNAVAILABLE.asRuntimeException()));
    }

    void requestPage() {
      ClientCallStreamObserver<TailRequest> current = call;
      if (current != null) {
        current.request(1);
      }
    }

    void cancel() {
      ClientCallStreamObserver<TailRequest> current = call;
      if (current != null) {
        current.cancel("the reader has closed the tail", null);
      }
    }
  }
}
