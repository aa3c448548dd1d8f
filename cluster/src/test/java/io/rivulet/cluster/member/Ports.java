package io.rivulet.cluster.member;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Safe for all threads. Places for nodes on this machine. */
public final class Ports {
  /** Below the range that the system gives out by itself. */
  private static final AtomicInteger NEXT =
      new AtomicInteger(12_000 + (int) (ProcessHandle.current().pid() % 1000) * 15);

  private Ports() {}

  /** Nodes a, b, c…, each with as many free ports in a row as it needs. */
  public static List<NodeAddress> nodes(int count) throws IOException {
    List<NodeAddress> nodes = new ArrayList<>();
    while (nodes.size() < count) {
      int port = NEXT.getAndAdd(NodeAddress.PORTS);
      if (areFree(port)) {
        String name = String.valueOf((char) ('a' + nodes.size()));
        nodes.add(new NodeAddress(name, "127.0.0.1", port));
      }
    }
    return nodes;
  }

  private static boolean areFree(int first) {
    for (int port = first; port < first + NodeAddress.PORTS; port++) {
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        // It is free.
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }
}
