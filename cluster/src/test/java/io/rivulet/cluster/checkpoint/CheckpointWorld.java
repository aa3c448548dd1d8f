package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.LedgerStore.Listed;
import io.rivulet.cluster.ledger.MemoryLedgers;
import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Owned by the test's thread. Storage nodes, a shard's register and the processes that store and
 * fetch, all on that thread: who waits lets time pass.
 */
final class CheckpointWorld {
  static final int SHARD = 3;
  static final int ENTRY_BYTES = 1024;
  static final long BYTES_PER_SECOND = 1 << 20;

  final SimulatedTime time = new SimulatedTime();
  final MemoryLedgers cloud = new MemoryLedgers(time, new SplittableRandom(5));
  final MemoryRegister register = new MemoryRegister();
  private final Path data;
  private final SplittableRandom random = new SplittableRandom(6);
  private long snapshots;
  private int processes;

  CheckpointWorld(Path data) {
    this.data = data;
  }

  // ---- processes

  FaultyLedgers process() {
    return new FaultyLedgers(cloud.node("node-" + processes++));
  }

  CheckpointGround ground(FaultyLedgers process) {
    return ground(process, config(1L << 30));
  }

  CheckpointGround ground(FaultyLedgers process, CheckpointConfig config) {
    return new CheckpointGround(
        config,
        process,
        new FileSums(),
        new Pace(config.bytesPerSecond(), time.clock(), time),
        patience(),
        time.clock(),
        Runnable::run);
  }

  static CheckpointConfig config(long maxShardBytes) {
    return config(maxShardBytes, 1L << 30);
  }

  static CheckpointConfig config(long maxShardBytes, long renewBytes) {
    return new CheckpointConfig(
        ENTRY_BYTES,
        4,
        BYTES_PER_SECOND,
        maxShardBytes,
        renewBytes,
        Duration.ofMinutes(10),
        Duration.ofSeconds(5));
  }

  Patience patience() {
    return new Patience() {
      @Override
      public <T> T await(CompletableFuture<T> future) throws IOException {
        try {
          return time.until(future).join();
        } catch (CompletionException e) {
          throw Patience.reasonOf(e);
        }
      }
    };
  }

  /** The store of a process that owns the shard in an epoch. */
  CheckpointStore store(FaultyLedgers process, long epoch) {
    return CheckpointStore.open(ground(process), SHARD, epoch, register.ofEpoch(epoch, process));
  }

  /** The checkpoints that a process has at hand, in a folder of its own. */
  Standbys standbys(FaultyLedgers process, String node, Path... indexFolders) {
    return new Standbys(ground(process), data.resolve(node), _ -> List.of(indexFolders), time);
  }

  // ---- snapshots

  /** A snapshot with these files; what is in a file follows from its name and version. */
  SnapshotFiles snapshot(long position, Map<String, Integer> sizes) {
    Path folder = data.resolve("snapshot-" + snapshots++);
    try {
      Files.createDirectories(folder);
      for (Map.Entry<String, Integer> file : sizes.entrySet()) {
        Files.write(folder.resolve(file.getKey()), bytes(file.getKey(), file.getValue()));
      }
      // These are there always, and never the same.
      write(folder, "CURRENT", "MANIFEST-%06d\n".formatted(position));
      write(folder, "MANIFEST-%06d".formatted(position), "manifest " + random.nextLong());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new SnapshotFiles(position, folder);
  }

  private static void write(Path folder, String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  /** The same bytes for the same name and size. */
  static byte[] bytes(String name, int size) {
    byte[] bytes = new byte[size];
    new SplittableRandom(name.hashCode()).nextBytes(bytes);
    return bytes;
  }

  /** What the files of a folder hold, by name. */
  static Map<String, String> contents(Path folder) {
    Map<String, String> contents = new TreeMap<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(
            file.getFileName().toString(),
            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return contents;
  }

  // ---- looking

  /** Ledgers that exist and that no checkpoint that counts names. */
  Set<Long> unnamed() {
    Set<Long> all = new TreeSet<>(cloud.ledgers().stream().map(Listed::id).toList());
    all.removeAll(named(register.checkpoints()));
    return all;
  }

  Set<Long> named(List<Checkpoint> checkpoints) {
    return time.until(new Manifests(cloud.node("looks")).ledgersOf(checkpoints)).join();
  }

  Manifest manifest(Checkpoint checkpoint) {
    return time.until(new Manifests(cloud.node("looks")).read(checkpoint)).join();
  }

  /** The ledger that holds a file of the newest checkpoint. */
  long ledgerOf(String file) {
    return manifest(register.checkpoints().getLast()).files().stream()
        .filter(each -> each.name().equals(file))
        .findFirst()
        .orElseThrow()
        .ledger();
  }

  /** A checkpoint is as its snapshot was, for a node that has nothing yet. */
  void expectWhole(Checkpoint checkpoint, SnapshotFiles snapshot) throws IOException {
    String node = "fresh-" + processes;
    Standby standby =
        new Standby(ground(process()), SHARD, data.resolve(node), new StandbyCounters());
    var place = standby.fetch(List.of(checkpoint), List.of(), null, new StopSign("the test"));
    assertThat(place.snapshot().position()).isEqualTo(snapshot.position());
    assertThat(contents(place.files())).isEqualTo(contents(snapshot.folder()));
  }
}
