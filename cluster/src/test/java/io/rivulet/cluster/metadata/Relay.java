package io.rivulet.cluster.metadata;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Safe for all threads: a concurrent set, volatile fields. Carries connections to another port, and
 * when it is told to, loses all that is sent to it, as a network does that drops packets.
 */
public final class Relay implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 13;
  private static final int LONGEST_QUEUE = 64;
  private static final int FULL_MILLIS = 300;

  private final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean isSilent;
  private volatile CountDownLatch speaking = new CountDownLatch(0);

  public Relay(int target) throws IOException {
    this.target = target;
    run(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** Nothing comes through any more, nor is a connection made: the queue of new ones is full. */
  public void beSilent() throws IOException {
    speaking = new CountDownLatch(1);
    isSilent = true;
    for (int i = 0; i < LONGEST_QUEUE; i++) {
      Socket queued = new Socket();
      open.add(queued);
      try {
        queued.connect(listening.getLocalSocketAddress(), FULL_MILLIS);
      } catch (SocketTimeoutException full) {
        return;
      }
    }
    throw new IOException("the queue of new connections can't be filled");
  }

  /** New connections work again; those that there are end. */
  public void speak() throws IOException {
    isSilent = false;
    for (Socket each : open) {
      each.close();
    }
    open.clear();
    speaking.countDown();
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static void run(Work work) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            work.run();
          } catch (IOException | InterruptedException ended) {
            // The other end, or the test, has closed it.
          }
        });
  }

  private void accept() throws IOException, InterruptedException {
    while (true) {
      Socket client = listening.accept();
      open.add(client);
      if (isSilent) {
        speaking.await();
        client.close();
      } else {
        run(() -> connect(client));
      }
    }
  }

  private void connect(Socket client) throws IOException {
    try {
      Socket member = new Socket(InetAddress.getLoopbackAddress(), target);
      open.add(member);
      run(() -> copy(member, client));
      copy(client, member);
    } catch (IOException unreached) {
      client.close();
      throw unreached;
    }
  }

  private void copy(Socket from, Socket to) throws IOException {
    byte[] bytes = new byte[BUFFER_BYTES];
    while (true) {
      int count = from.getInputStream().read(bytes);
      if (isSilent) {
        return;
      }
      if (count < 0) {
        from.close();
        to.close();
        return;
      }
      to.getOutputStream().write(bytes, 0, count);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    speak();
  }
}
