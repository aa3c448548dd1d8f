package io.rivulet.server;

import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Owned by the main thread. The part of {@link StartPractice} for those who will start a node of a
 * cluster: three of them in this process, a client's day, and shards that move as one of them
 * leaves. A node that has learnt this is ready in half the time, and what moves to it right after
 * its start stands still for less. Where it does not work that is lost, and what was practised
 * before is not.
 */
final class ClusterPractice {
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final int MESSAGES = 400;

  /** Enough for each node to open some, few enough to be quick. */
  private static final int SHARDS = 12;

  /** Those of a node for others, and two for clients. */
  private static final int PORTS = 7;

  private static final int GRPC_PORT = 5;
  private static final int HTTP_PORT = 6;
  private static final int MOST_TRIES = 50;
  private static final long MOST_SECONDS = 90;

  private ClusterPractice() {}

  /** Takes a folder that need not be there. Returns after a while in any case. */
  static void run(Path folder) {
    Thread practice = Thread.ofPlatform().daemon().unstarted(() -> practise(folder));
    practice.start();
    try {
      if (!practice.join(Duration.ofSeconds(MOST_SECONDS))) {
        System.err.println("practice in a cluster took too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void practise(Path folder) {
    try {
      List<RivuletServer> nodes = start(folder);
      RivuletServer leaving = nodes.removeLast();
      nodes.forEach(ClusterPractice::useNode);
      leaving.close();
      nodes.forEach(ClusterPractice::useNode);
      // All at once: when most of them are gone the last one could only wait.
      nodes.stream()
          .map(node -> CompletableFuture.runAsync(node::close))
          .toList()
          .forEach(CompletableFuture::join);
    } catch (ConfigException | IOException | RuntimeException e) {
      System.err.println("practice in a cluster ended early: " + e);
    }
  }

  private static void useNode(RivuletServer node) {
    StartPractice.useAsClient(node.grpcPort(), MESSAGES);
  }

  private static List<RivuletServer> start(Path folder) throws ConfigException, IOException {
    int first = freePorts();
    List<String> places = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      places.add(NAMES.get(i) + "=127.0.0.1:" + (first + i * PORTS));
    }
    List<CompletableFuture<RivuletServer>> starting = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      String all = String.join(",", places);
      starting.add(start(config(folder, NAMES.get(i), all, first + i * PORTS)));
    }
    List<RivuletServer> nodes = new ArrayList<>();
    for (CompletableFuture<RivuletServer> each : starting) {
      nodes.add(each.join());
    }
    return nodes;
  }

  private static ServerConfig config(Path folder, String name, String places, int firstPort)
      throws ConfigException {
    return ServerConfig.embedded(
        folder.resolve(name),
        Map.of(
            "cluster.enabled",
            "true",
            "cluster.nodes",
            places,
            "cluster.node",
            name,
            "cluster.shards",
            Integer.toString(SHARDS),
            "cluster.storage-min-free-bytes",
            "0",
            "grpc.address",
            "127.0.0.1:" + (firstPort + GRPC_PORT),
            "http.address",
            "127.0.0.1:" + (firstPort + HTTP_PORT)));
  }

  /** They wait for each other: each has a thread. */
  private static CompletableFuture<RivuletServer> start(ServerConfig config) {
    CompletableFuture<RivuletServer> started = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("rivulet-practice")
        .start(() -> {
          try {
            started.complete(RivuletServer.start(config));
          } catch (StartException | RuntimeException e) {
            started.completeExceptionally(e);
          }
        });
    return started;
  }

  /** The first of some in a row that nobody has just now. */
  private static int freePorts() throws IOException {
    for (int tried = 0; tried < MOST_TRIES; tried++) {
      int first;
      try (ServerSocket any = bound(0)) {
        first = any.getLocalPort();
      }
      if (areFree(first)) {
        return first;
      }
    }
    throw new IOException("no " + NAMES.size() * PORTS + " free ports in a row");
  }

  private static boolean areFree(int first) {
    for (int port = first; port < first + NAMES.size() * PORTS; port++) {
      try (ServerSocket _ = bound(port)) {
        // It is free.
      } catch (IOException | IllegalArgumentException taken) {
        return false;
      }
    }
    return true;
  }

  private static ServerSocket bound(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }
}
