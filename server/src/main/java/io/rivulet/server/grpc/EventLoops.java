package io.rivulet.server.grpc;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Safe for all threads: immutable. Threads that serve connections, named by what they are for. */
public final class EventLoops implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);
  private static final long CLOSE_MILLIS = 500;

  private final String name;
  private final EventLoopGroup group;

  public EventLoops(String name, int threads) {
    this.name = name;
    this.group =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  public EventLoopGroup group() {
    return group;
  }

  /** Ends the threads at once; their ports must have been closed before. */
  @Override
  public void close() {
    boolean isClosed =
        group
            .shutdownGracefully(0, CLOSE_MILLIS, TimeUnit.MILLISECONDS)
            .awaitUninterruptibly(CLOSE_MILLIS);
    if (!isClosed) {
      LOG.warn("the threads {} did not end in {} ms", name, CLOSE_MILLIS);
    }
  }
}
