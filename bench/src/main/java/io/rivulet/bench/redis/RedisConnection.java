package io.rivulet.bench.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a lock around what is to be written and who waits for an answer. Commands
 * go out in the order in which they came, all that have come meanwhile in one write, so that the
 * server finds many in one read, as it would of several clients; answers come back in that order.
 * How many are without an answer is bounded by those who send.
 */
public final class RedisConnection implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5000;
  private static final int BUFFER_BYTES = 64 << 10;

  private final Socket socket = new Socket();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition somethingToWrite = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<CompletableFuture<RedisReply>> unanswered = new ArrayDeque<>();

  @GuardedBy("lock")
  private ByteArrayOutputStream unwritten = new ByteArrayOutputStream();

  @GuardedBy("lock")
  private @Nullable IOException end;

  private RedisConnection(InetSocketAddress server) throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(server, CONNECT_MILLIS);
  }

  /** Connects to {@code host:port}. */
  public static RedisConnection open(String endpoint) throws IOException {
    int colon = endpoint.lastIndexOf(':');
    RedisConnection connection =
        new RedisConnection(
            new InetSocketAddress(
                endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1))));
    Thread.ofPlatform().daemon().name("redis-write").start(connection::write);
    Thread.ofPlatform().daemon().name("redis-read").start(connection::read);
    return connection;
  }

  /** The answer, or a {@link RedisException} where the server refuses. */
  public CompletableFuture<RedisReply> send(RedisCommand command) {
    CompletableFuture<RedisReply> answer = new CompletableFuture<>();
    byte[] bytes = command.bytes();
    lock.lock();
    try {
      if (end != null) {
        return CompletableFuture.failedFuture(end);
      }
      unanswered.add(answer);
      unwritten.writeBytes(bytes);
      somethingToWrite.signal();
    } finally {
      lock.unlock();
    }
    return answer;
  }

  private void write() {
    try {
      OutputStream out = socket.getOutputStream();
      for (ByteArrayOutputStream next = take(); next.size() > 0; next = take()) {
        next.writeTo(out);
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /** All that is to be written, or nothing when it is over. */
  private ByteArrayOutputStream take() {
    lock.lock();
    try {
      while (unwritten.size() == 0 && end == null) {
        somethingToWrite.awaitUninterruptibly();
      }
      ByteArrayOutputStream taken = end == null ? unwritten : new ByteArrayOutputStream();
      unwritten = new ByteArrayOutputStream();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private void read() {
    try {
      RedisReplies replies =
          new RedisReplies(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
      while (true) {
        answered(replies.next());
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private void answered(RedisReply reply) throws IOException {
    CompletableFuture<RedisReply> next;
    lock.lock();
    try {
      next = unanswered.poll();
    } finally {
      lock.unlock();
    }
    if (next == null) {
      throw new IOException("a reply to no command: " + reply);
    }
    if (reply instanceof RedisReply.Refused refused) {
      next.completeExceptionally(new RedisException(refused.reason()));
    } else {
      next.complete(reply);
    }
  }

  private void fail(IOException why) {
    ArrayDeque<CompletableFuture<RedisReply>> waiting;
    lock.lock();
    try {
      if (end == null) {
        end = why;
      }
      waiting = new ArrayDeque<>(unanswered);
      unanswered.clear();
      somethingToWrite.signal();
    } finally {
      lock.unlock();
    }
    waiting.forEach(answer -> answer.completeExceptionally(why));
  }

  @Override
  public void close() {
    fail(new IOException("the connection was closed"));
    try {
      socket.close();
    } catch (IOException e) {
      System.err.println("a connection was not closed well: " + e.getMessage());
    }
  }
}
