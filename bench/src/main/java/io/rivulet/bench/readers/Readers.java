package io.rivulet.bench.readers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: readers belong to event loops, and what is asked of all is asked there. All
 * readers of a case.
 */
public final class Readers implements AutoCloseable {
  static final String EVENT_STREAM = "text/event-stream";
  static final String LAST_EVENT_ID = "last-event-id";
  private static final int CONNECT_MILLIS = 10_000;

  /** An address of this machine has some 28,000 ports for connections to one server. */
  private static final int CONNECTIONS_PER_ADDRESS = 10_000;

  private static final int MAX_OPENING = 256;
  private static final long LOOK_NANOS = 5_000_000;
  private static final long COUNT_NANOS = 50_000_000;
  private static final long HIGHEST_BACK_NANOS = Duration.ofHours(1).toNanos();

  private final Attendance attendance = new Attendance();
  private final Window window = new Window();
  private final MultiThreadIoEventLoopGroup group;
  private final List<EventLoopReaders> loops = new ArrayList<>();
  private final List<Reader> readers = new ArrayList<>();
  private final List<Runnable> closings = new ArrayList<>();
  private final Semaphore opening = new Semaphore(MAX_OPENING);
  private volatile boolean isServerUp = true;
  private volatile boolean isClosed;

  /**
   * Makes them; they do nothing yet.
   *
   * @param count so many; reader n follows session n modulo the number of sessions
   * @param streamsPerConnection how many share an HTTP/2 connection; 0: each has one of HTTP/1.1
   * @param sizeBytes of each message
   */
  public Readers(
      ReadAddress address,
      int count,
      int sessions,
      int streamsPerConnection,
      int sizeBytes,
      int threads) {
    group = new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
    for (int i = 0; i < threads; i++) {
      loops.add(new EventLoopReaders(group.next(), address, sizeBytes, this, this::letIn));
    }
    int perConnection = Math.max(1, streamsPerConnection);
    for (int first = 0, connection = 0; first < count; first += perConnection, connection++) {
      EventLoopReaders loop = loops.get(connection % threads);
      Bootstrap bootstrap = bootstrap(loop.executor(), address.server(), connection);
      Route route =
          streamsPerConnection == 0
              ? new Http1Route(loop, bootstrap)
              : new Http2Route(loop, bootstrap);
      closings.add(() -> loop.executor().execute(route::close));
      for (int i = first; i < Math.min(count, first + perConnection); i++) {
        Reader reader = new Reader(i % sessions, loop, route);
        readers.add(reader);
        loop.readers().add(reader);
      }
    }
  }

  private static Bootstrap bootstrap(EventLoop loop, InetSocketAddress server, int connection) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .remoteAddress(server);
    if (server.getAddress().isLoopbackAddress()) {
      int address = 1 + connection / CONNECTIONS_PER_ADDRESS;
      bootstrap.localAddress(new InetSocketAddress("127.0.0." + address, 0));
    }
    return bootstrap;
  }

  static String authority(ReadAddress address) {
    return address.server().getHostString() + ":" + address.server().getPort();
  }

  /** Seconds; a date, which no server here sends, is taken for a second. */
  static int retryAfter(@Nullable CharSequence header) {
    if (header == null) {
      return Reader.NO_RETRY_AFTER;
    }
    String text = header.toString().strip();
    return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 1;
  }

  private void letIn(Reader reader) {
    opening.release();
  }

  /**
   * Opens all, some at a time, and waits until they are let in.
   *
   * @return false: not all are by the end of patience
   */
  public boolean open(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      for (Reader reader : readers) {
        long left = deadline - System.nanoTime();
        if (!opening.tryAcquire(left, TimeUnit.NANOSECONDS)) {
          return false;
        }
        reader.begin();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return awaitAll(Duration.ofNanos(deadline - System.nanoTime()));
  }

  /** Waits until all are served. */
  public boolean awaitAll(Duration patience) {
    return await(patience, LOOK_NANOS, () -> attendance.open() >= readers.size());
  }

  private static boolean await(Duration patience, long pauseNanos, BooleanSupplier condition) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(pauseNanos);
    }
    return true;
  }

  public int count() {
    return readers.size();
  }

  public Attendance attendance() {
    return attendance;
  }

  public Window window() {
    return window;
  }

  boolean isServerUp() {
    return isServerUp;
  }

  boolean isClosed() {
    return isClosed;
  }

  /** Whether it is a failure if somebody is not served. */
  public void serverIsUp(boolean isUp) {
    isServerUp = isUp;
  }

  /** How long after that time each was let in; those that were before are left out. */
  public Histogram backAfter(long sinceNanos) {
    Histogram nanos = new Histogram(HIGHEST_BACK_NANOS, 3);
    onEachLoop(loop ->
        loop.readers().stream()
            .filter(reader -> reader.isOpen() && reader.openedNanos() - sinceNanos >= 0)
            .forEach(reader -> nanos.recordValue(reader.openedNanos() - sinceNanos)));
    return nanos;
  }

  /**
   * What they have received by now.
   *
   * @param written messages of each session by now
   */
  public Figures figures(int[] written) {
    Figures sum = new Figures();
    onEachLoop(loop -> {
      sum.add(loop.figures());
      loop.readers()
          .forEach(reader -> sum.missing(Math.max(0, written[reader.session()] - reader.next())));
    });
    return sum;
  }

  /** Waits until each has all that was written, or patience ends. */
  public Figures awaitFigures(int[] written, Duration patience) {
    boolean _ = await(patience, COUNT_NANOS, () -> figures(written).missing() == 0);
    return figures(written);
  }

  /** One after the other, each on its own thread. */
  private void onEachLoop(Consumer<EventLoopReaders> asking) {
    for (EventLoopReaders loop : loops) {
      var _ = loop.executor().submit(() -> asking.accept(loop)).syncUninterruptibly();
    }
  }

  @Override
  public void close() {
    isClosed = true;
    closings.forEach(Runnable::run);
    var _ = group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
