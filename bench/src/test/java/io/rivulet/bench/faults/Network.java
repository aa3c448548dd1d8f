package io.rivulet.bench.faults;

import io.rivulet.testkit.machine.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Owned by the test's thread. A network of its own for each node, joined by a bridge to which the
 * test is connected too. What one node sends to another can be dropped, one way or both, and a
 * node's line can be made slow. The test itself reaches all nodes always, as clients do.
 */
final class Network implements AutoCloseable {
  private static final String PREFIX = "rvt";
  private static final int TEST_HOST = 254;

  private final Thread removal = new Thread(this::remove, "rivulet-network-removal");
  private final String tag = PREFIX + Long.toString(ProcessHandle.current().pid(), 36);
  private final String subnet;
  private final List<String> names;

  /** Skips the test where this cannot be done. */
  Network(List<String> names) {
    Requirement need = new Requirement("a cluster's networks");
    need.holds(
        "root".equals(System.getProperty("user.name")), "only root can make networks: run as root");
    var _ = need.program("ip", "install Debian's package iproute2");
    var _ = need.program("iptables", "install Debian's package iptables");
    this.names = List.copyOf(names);
    this.subnet = freeSubnet();
    Runtime.getRuntime().addShutdownHook(removal);
    make();
  }

  private static String freeSubnet() {
    String taken = Shell.run("ip", "-o", "-4", "address");
    for (int number = 0; number < 200; number++) {
      String subnet = "10.213." + number + ".";
      if (!taken.contains(" " + subnet)) {
        return subnet;
      }
    }
    throw new IllegalStateException("all of 10.213.0.0/16 is taken: " + taken);
  }

  private void make() {
    removeLeftovers();
    String bridge = tag + "-";
    Shell.run("ip", "link", "add", bridge, "type", "bridge");
    Shell.run("ip", "address", "add", subnet + TEST_HOST + "/24", "dev", bridge);
    Shell.run("ip", "link", "set", bridge, "up");
    for (String name : names) {
      String space = space(name);
      Shell.run("ip", "netns", "add", space);
      Shell.run("ip", "link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space);
      Shell.run("ip", "link", "set", space, "master", bridge, "up");
      Shell.run("ip", "-n", space, "address", "add", address(name) + "/24", "dev", "eth0");
      Shell.run("ip", "-n", space, "link", "set", "eth0", "up");
      Shell.run("ip", "-n", space, "link", "set", "lo", "up");
    }
  }

  /** Of runs that were killed: their processes are gone. */
  private static void removeLeftovers() {
    for (String word : Shell.run("ip", "netns", "list").split("\\s+", -1)) {
      if (word.startsWith(PREFIX) && word.length() > PREFIX.length() + 1 && isOfNobody(word)) {
        Shell.attempt("ip", "netns", "delete", word);
      }
    }
    for (String line : Shell.run("ip", "-o", "link", "show", "type", "bridge").split("\n", -1)) {
      String[] words = line.split(":? +", -1);
      if (words.length > 1 && words[1].startsWith(PREFIX) && isOfNobody(words[1])) {
        Shell.attempt("ip", "link", "delete", words[1]);
      }
    }
  }

  private static boolean isOfNobody(String name) {
    String pid = name.substring(PREFIX.length(), name.length() - 1);
    try {
      return ProcessHandle.of(Long.parseLong(pid, 36)).isEmpty();
    } catch (NumberFormatException notOurs) {
      return false;
    }
  }

  String address(String name) {
    return subnet + (names.indexOf(name) + 1);
  }

  /** What is written before a command for it to run in a node's network. */
  List<String> inside(String name) {
    return List.of("nsenter", "--net=/run/netns/" + space(name));
  }

  /** What {@code from} sends no longer arrives at {@code to}. */
  void cut(String from, String to) {
    filter(to, "-A", "INPUT", "-s", address(from), "-j", "DROP");
  }

  /** No node hears of another at these ports any more. */
  void cutPorts(int first, int last) {
    for (String name : names) {
      for (String side : List.of("--dport", "--sport")) {
        filter(
            name, "-A", "INPUT", "-i", "eth0", "-p", "tcp", side, first + ":" + last, "-j", "DROP");
      }
    }
  }

  /** A node's line carries so much, both ways. */
  void slow(String name, String rate) {
    List<String> shape = List.of("root", "tbf", "rate", rate, "burst", "32kb", "latency", "500ms");
    List<String> inside = new ArrayList<>(List.of("tc", "-n", space(name)));
    inside.addAll(List.of("qdisc", "replace", "dev", "eth0"));
    inside.addAll(shape);
    Shell.run(inside.toArray(String[]::new));
    List<String> outside = new ArrayList<>(List.of("tc", "qdisc", "replace", "dev", space(name)));
    outside.addAll(shape);
    Shell.run(outside.toArray(String[]::new));
  }

  void fast(String name) {
    Shell.attempt("tc", "-n", space(name), "qdisc", "delete", "dev", "eth0", "root");
    Shell.attempt("tc", "qdisc", "delete", "dev", space(name), "root");
  }

  /** All hear all again. */
  void heal() {
    names.forEach(name -> filter(name, "-F", "INPUT"));
  }

  private void filter(String name, String... rule) {
    List<String> command = new ArrayList<>(inside(name));
    command.addAll(List.of("iptables", "-w"));
    command.addAll(List.of(rule));
    Shell.run(command.toArray(String[]::new));
  }

  private String space(String name) {
    return tag + name;
  }

  private void remove() {
    for (String name : names) {
      if (Files.exists(Path.of("/run/netns", space(name)))) {
        Shell.attempt("ip", "netns", "delete", space(name));
      }
    }
    Shell.attempt("ip", "link", "delete", tag + "-");
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(removal);
    remove();
  }
}
