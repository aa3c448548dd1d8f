package io.rivulet.testkit.machine;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Safe for all threads. Ports for servers that must be told theirs before they start. They are
 * below those that the system gives out by itself, and processes that test side by side have each a
 * range of its own: two that look at the same time would both find a port free.
 */
public final class FreePorts {
  private static final int FIRST = 12_000;
  private static final int OF_PROCESS = 10_000;
  private static final int PROCESSES = 2;

  /** Another run on this machine begins elsewhere, most likely. */
  private static final int BEGINNINGS = 300;

  private static final int APART = OF_PROCESS / BEGINNINGS;

  /** Which of the processes that Maven tests with at a time this is, from 1 on. */
  private static final int PROCESS = Integer.getInteger("rivulet.test.process", 1) - 1;

  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() % BEGINNINGS) * APART);

  private FreePorts() {}

  /**
   * The first of some free ports.
   *
   * @param count how many in a row, 1 to 100
   */
  public static int inARow(int count) {
    for (int tried = 0; tried < OF_PROCESS; tried += count) {
      int first =
          FIRST
              + PROCESS % PROCESSES * OF_PROCESS
              + Math.floorMod(NEXT.getAndAdd(count), OF_PROCESS - count);
      if (areFree(first, count)) {
        return first;
      }
    }
    throw new IllegalStateException("no " + count + " free ports in a row");
  }

  private static boolean areFree(int first, int count) {
    for (int port = first; port < first + count; port++) {
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        // It is free.
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }
}
