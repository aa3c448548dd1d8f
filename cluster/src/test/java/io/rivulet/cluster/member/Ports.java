package io.rivulet.cluster.member;

import io.rivulet.testkit.machine.FreePorts;
import java.util.ArrayList;
import java.util.List;

/** Safe for all threads. Places for nodes on this machine. */
public final class Ports {
  private Ports() {}

  /** Nodes a, b, c…, each with as many free ports in a row as it needs. */
  public static List<NodeAddress> nodes(int count) {
    List<NodeAddress> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(
          new NodeAddress(
              String.valueOf((char) ('a' + i)), "127.0.0.1", FreePorts.inARow(NodeAddress.PORTS)));
    }
    return nodes;
  }
}
