package io.rivulet.cluster.ownership;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.MemoryLedgerNode;
import io.rivulet.cluster.metadata.MemoryStoreNode;
import io.rivulet.cluster.metadata.MetadataStore;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of the simulation. One node: a process with the real ownership code, which
 * may stand still, end and be started again, on a network that may lose what it sends, what is sent
 * to it, or both.
 */
final class SimulatedNode {
  private static final Duration APPEND_EVERY = Duration.ofMillis(150);

  private final SimulatedCluster cluster;
  private final String name;

  // Of the process that runs, or ran last.
  private @Nullable SimulatedProcess thread;
  private @Nullable MemoryStoreNode store;
  private @Nullable MemoryLedgerNode ledgers;
  private @Nullable SimulatedHost host;
  private @Nullable Ownership ownership;
  private @Nullable CompletableFuture<ClusterRecord> started;
  private boolean isRunning;
  private boolean isPaused;
  private boolean isCutOff;
  private double failureRate;

  SimulatedNode(SimulatedCluster cluster, String name) {
    this.cluster = cluster;
    this.name = name;
  }

  String name() {
    return name;
  }

  boolean isRunning() {
    return isRunning;
  }

  boolean isPaused() {
    return isPaused;
  }

  Ownership ownership() {
    return started(ownership);
  }

  /** Completes when it knows its cluster. */
  CompletableFuture<ClusterRecord> started() {
    return started(started);
  }

  SimulatedHost host() {
    return started(host);
  }

  MemoryStoreNode store() {
    return started(store);
  }

  private static <T> T started(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("it was never started");
    }
    return part;
  }

  // ---- what happens to it

  void start() {
    var process = new SimulatedProcess(cluster.time(), cluster.random());
    var sight = cluster.metadata().node(name);
    var files = cluster.cloud().node(name);
    MetadataStore records = cluster.mutation().metadata(sight);
    LedgerStore logs = cluster.mutation().ledgers(files, cluster.cloud());
    var serving =
        new SimulatedHost(
            name,
            process,
            cluster.time().clock(),
            cluster.random(),
            cluster.truth(),
            records,
            logs,
            cluster::load);
    serving.setFailureRate(failureRate);
    var made =
        new Ownership(
            new NodeInfo(name, Map.of("grpc", name + ":8081"), Set.of(Role.COMPUTE), 1),
            cluster.config(),
            sight,
            serving,
            process,
            cluster.time().clock(),
            cluster.random());
    thread = process;
    store = sight;
    ledgers = files;
    host = serving;
    ownership = made;
    isRunning = true;
    isPaused = false;
    isCutOff = false;
    var _ =
        made.whenFailed()
            .thenAccept(cause ->
                cluster.truth().violated(new AssertionError(name + " could not go on", cause)));
    started = made.start();
    work(process, serving);
  }

  private void work(SimulatedProcess process, SimulatedHost serving) {
    process.after(
        APPEND_EVERY,
        () -> {
          if (isRunning && serving == host) {
            if (cluster.isAppending()) {
              serving.append();
            }
            work(process, serving);
          }
        });
  }

  void kill() {
    if (isRunning) {
      isRunning = false;
      started(thread).kill();
      started(store).kill();
      started(ledgers).kill();
    }
  }

  /** Ends in order. */
  void stop(Duration atMost) {
    SimulatedHost leaving = host();
    var _ =
        ownership()
            .leave(atMost)
            .thenRun(() -> {
              if (isRunning && leaving == host) {
                store().close();
                kill();
              }
            });
  }

  void pause() {
    if (isRunning && !isPaused) {
      isPaused = true;
      started(thread).pause();
      started(store).pause();
      started(ledgers).pause();
    }
  }

  /** Wakes up: it hears of what has happened in any order. */
  void resume() {
    if (isRunning && isPaused) {
      isPaused = false;
      started(thread).resume();
      if (cluster.random().nextBoolean()) {
        started(ledgers).resume();
        started(store).resume();
      } else {
        started(store).resume();
        started(ledgers).resume();
      }
    }
  }

  void cutOffFromStore(boolean losesRequests, boolean losesAnswers) {
    isCutOff = true;
    started(store).cutOff(losesRequests, losesAnswers);
  }

  void cutOffFromLedgers(boolean losesRequests, boolean losesAnswers) {
    isCutOff = true;
    started(ledgers).cutOff(losesRequests, losesAnswers);
  }

  void heal() {
    if (isCutOff) {
      isCutOff = false;
      started(store).heal();
      started(ledgers).heal();
    }
  }

  void setFailureRate(double rate) {
    failureRate = rate;
    host().setFailureRate(rate);
  }

  @Override
  public String toString() {
    return name;
  }
}
