package io.rivulet.bench.faults;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Owned by the test's thread. Does faults to a cluster, and undoes them. */
final class Nemesis {
  private static final Duration CLOCK_JUMP = Duration.ofMinutes(10);
  private static final Duration RUN = Duration.ofMillis(40);
  private static final Duration STAND = Duration.ofMillis(160);

  private static final Duration COMMAND = Duration.ofMinutes(3);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final ClusterNodes cluster;
  private final Access access;

  Nemesis(ClusterNodes cluster) {
    this.cluster = cluster;
    access = new Access(cluster.all());
  }

  /** Every fault in an order of the seed's choice, and again, so many. */
  static List<Fault.Step> schedule(long seed, List<String> nodes, int count, int mostSeconds) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Fault.Step> steps = new ArrayList<>();
    while (steps.size() < count) {
      List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
      while (!faults.isEmpty() && steps.size() < count) {
        Fault fault = faults.remove(random.nextInt(faults.size()));
        steps.add(fault.draw(random, nodes, mostSeconds));
      }
    }
    return steps;
  }

  void begin(Fault.Step step) {
    ServerProcess node = cluster.node(step.node());
    ServerProcess other = cluster.node(step.other());
    Network network = cluster.network();
    switch (step.fault()) {
      case KILL -> node.kill();
      case RESTART -> node.stop();
      case DRAIN -> operate(step, "drain");
      case PAUSE_SHORT, PAUSE_LONG -> node.pause();
      case SLOW_PROCESS -> {}
      case SLOW_LINE -> network.slow(step.node(), "2mbit");
      case PART -> part(step.node(), step.other());
      case MUTE -> network.cut(step.node(), step.other());
      case ISOLATE ->
          cluster.names().stream()
              .filter(name -> !name.equals(step.node()))
              .forEach(name -> part(step.node(), name));
      case KILL_TWO -> {
        node.kill();
        other.kill();
      }
      case PAUSE_TWO -> {
        node.pause();
        other.pause();
      }
      case NO_METADATA ->
          network.cutPorts(
              ClusterNodes.NODE_PORT + 1, ClusterNodes.NODE_PORT + ClusterNodes.METADATA_PORTS);
      case FULL_DISK -> cluster.disk().fill();
      case CLOCK_AHEAD -> cluster.clock().jump(CLOCK_JUMP);
      case CLOCK_BACK -> cluster.clock().jump(CLOCK_JUMP.negated());
    }
  }

  /** Said at the other node, until it is done. */
  private void operate(Fault.Step step, String what) {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "%s/v1/cluster/nodes/%s/%s"
                        .formatted(cluster.node(step.other()).http(), step.node(), what)))
            .timeout(ANSWER)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    long end = System.nanoTime() + COMMAND.toNanos();
    String answered = "";
    while (System.nanoTime() < end) {
      try {
        HttpResponse<String> answer = access.send(request);
        if (answer.statusCode() < 300) {
          return;
        }
        answered = answer.statusCode() + " " + answer.body();
      } catch (IOException e) {
        answered = e.toString();
      }
      restartEnded();
      Access.pause(Duration.ofMillis(200));
    }
    throw new AssertionError(what + " is not done: " + answered);
  }

  private void part(String one, String other) {
    cluster.network().cut(one, other);
    cluster.network().cut(other, one);
  }

  /** For half as long as it is to last. */
  void holdHalf(Fault.Step step) {
    long end = System.nanoTime() + Duration.ofSeconds(step.seconds()).toNanos() / 2;
    ServerProcess node = cluster.node(step.node());
    while (System.nanoTime() < end) {
      if (step.fault() == Fault.SLOW_PROCESS) {
        node.pause();
        Access.pause(STAND);
        node.goOn();
        Access.pause(RUN);
      } else {
        Access.pause(Duration.ofMillis(100));
      }
    }
  }

  void end(Fault.Step step) {
    ServerProcess node = cluster.node(step.node());
    ServerProcess other = cluster.node(step.other());
    switch (step.fault()) {
      case KILL, RESTART -> node.launchAgain();
      case DRAIN -> operate(step, "undrain");
      case PAUSE_SHORT, PAUSE_LONG -> node.goOn();
      case SLOW_PROCESS -> {}
      case SLOW_LINE -> cluster.network().fast(step.node());
      case PART, MUTE, ISOLATE, NO_METADATA -> cluster.network().heal();
      case KILL_TWO -> {
        node.launchAgain();
        other.launchAgain();
      }
      case PAUSE_TWO -> {
        node.goOn();
        other.goOn();
      }
      case FULL_DISK -> cluster.disk().free();
      case CLOCK_AHEAD, CLOCK_BACK -> cluster.clock().jump(Duration.ZERO);
    }
  }

  /** A process that has given up is started again, as its supervisor would; how many had. */
  int restartEnded() {
    int ended = 0;
    for (ServerProcess node : cluster.all()) {
      if (!node.isAlive()) {
        node.launchAgain();
        ended++;
      }
    }
    return ended;
  }

  /** Until all take requests. */
  void awaitWhole(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    restartEnded();
    while (!cluster.all().stream().allMatch(ServerProcess::isOpen)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "a node does not take requests " + patience + " after the last fault");
      }
      Access.pause(Duration.ofMillis(100));
      restartEnded();
    }
  }
}
