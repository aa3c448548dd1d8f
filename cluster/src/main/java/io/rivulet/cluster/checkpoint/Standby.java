package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.checkpoint.StandbyFolder.Place;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by one thread at a time. Has the newest checkpoint of one shard at hand, so that this node
 * can take the shard over by replaying what came after it.
 *
 * <p>Only files that are nowhere here are fetched: those of an earlier checkpoint are linked, and
 * so are those of an index that this node had when it owned the shard. What was fetched when the
 * process died, or was told to stop, is not fetched again.
 */
final class Standby {
  private static final Logger LOG = LoggerFactory.getLogger(Standby.class);

  /** Files with such names never change in an index's folder, so they may be shared with it. */
  private static final String UNCHANGING = ".sst";

  private final CheckpointGround ground;
  private final int shard;
  private final StandbyFolder folder;
  private final Manifests manifests;
  private final StandbyCounters counters;

  Standby(CheckpointGround ground, int shard, Path folder, StandbyCounters counters) {
    this.ground = ground;
    this.shard = shard;
    this.folder = new StandbyFolder(folder);
    this.counters = counters;
    manifests = new Manifests(ground.ledgers());
  }

  /** The newest checkpoint that is whole. */
  Optional<Place> atHand() throws IOException {
    return folder.newest();
  }

  void remove() throws IOException {
    folder.remove();
  }

  /** What is here is about to be used: those who store the files again need not read them. */
  void rememberSums(Place place) throws IOException {
    Optional<Manifest> manifest = place.manifest();
    if (manifest.isPresent()) {
      for (StoredFile file : manifest.get().files()) {
        ground.sums().remember(place.file(file), file.crc32c());
      }
    }
  }

  /**
   * Fetches the newest checkpoint, or an older one if that cannot be had, unless it is here.
   *
   * @param counting oldest first, at least one
   * @param indexFolders where files may be found that need not be fetched
   * @param pace null: as fast as can be
   */
  Place fetch(
      List<Checkpoint> counting, List<Path> indexFolders, @Nullable Pace pace, StopSign stop)
      throws IOException {
    IOException failure = new IOException("shard " + shard + " has no checkpoint");
    for (Checkpoint checkpoint : counting.reversed()) {
      try {
        Place place = fetch(checkpoint, indexFolders, pace, stop);
        folder.keepOnly(place, counting);
        return place;
      } catch (IOException e) {
        stop.check();
        if (e instanceof DamagedCheckpointException) {
          counters.damaged.increment();
        }
        if (!checkpoint.equals(counting.getFirst())) {
          LOG.warn(
              "The newest checkpoint of shard {} cannot be had, the one before must do: {}",
              shard,
              e.getMessage());
        }
        failure = e;
      }
    }
    throw failure;
  }

  private Place fetch(
      Checkpoint checkpoint, List<Path> indexFolders, @Nullable Pace pace, StopSign stop)
      throws IOException {
    for (Place place : folder.places()) {
      if (place.isWhole() && place.checkpoint().equals(checkpoint)) {
        return place;
      }
    }
    stop.check();
    Manifest manifest = ground.patience().await(manifests.read(checkpoint));
    if (manifest.shard() != shard) {
      throw new DamagedCheckpointException(
          "ledger %d holds a manifest of shard %d, not of %d"
              .formatted(checkpoint.manifestLedger(), manifest.shard(), shard));
    }
    Place place = folder.begin(checkpoint, manifest);
    Map<StoredFile, Path> here = filesHere();
    List<StoredFile> files =
        manifest.files().stream()
            .sorted(
                Comparator.comparingLong(StoredFile::ledger)
                    .thenComparingLong(StoredFile::firstEntry))
            .toList();
    try (Download download = new Download(ground, pace, stop)) {
      for (StoredFile file : files) {
        stop.check();
        if (!Files.exists(place.file(file))
            && !link(here.get(contents(file)), file, place)
            && !linkFromIndex(indexFolders, file, place, pace, stop)) {
          download.to(place.part(), file);
          Files.move(place.part(), place.file(file), StandardCopyOption.ATOMIC_MOVE);
          counters.fetchedBytes.add(file.sizeBytes());
        }
      }
    }
    counters.fetched.increment();
    return folder.finish(place);
  }

  /** What a file is, wherever it is stored. */
  private static StoredFile contents(StoredFile file) {
    return new StoredFile(file.name(), file.sizeBytes(), file.crc32c(), 0, 0, 0);
  }

  /** Files of all checkpoints that are here, or of which a part is. */
  private Map<StoredFile, Path> filesHere() throws IOException {
    Map<StoredFile, Path> here = new HashMap<>();
    for (Place place : folder.places()) {
      Optional<Manifest> manifest = place.manifest();
      if (manifest.isPresent()) {
        for (StoredFile file : manifest.get().files()) {
          if (Files.exists(place.file(file))) {
            here.putIfAbsent(contents(file), place.file(file));
          }
        }
      }
    }
    return here;
  }

  private boolean link(@Nullable Path from, StoredFile file, Place to) throws IOException {
    if (from == null) {
      return false;
    }
    StandbyFolder.link(from, to.file(file));
    counters.linkedBytes.add(file.sizeBytes());
    return true;
  }

  private boolean linkFromIndex(
      List<Path> indexFolders, StoredFile file, Place to, @Nullable Pace pace, StopSign stop)
      throws IOException {
    if (!file.name().endsWith(UNCHANGING)) {
      return false;
    }
    for (Path indexFolder : indexFolders) {
      Path found = indexFolder.resolve(file.name());
      try {
        if (Files.exists(found)
            && Files.size(found) == file.sizeBytes()
            && ground.sums().of(found, pace, ground.patience(), stop) == file.crc32c()) {
          return link(found, file, to);
        }
      } catch (IOException e) {
        // It may have been removed just now; there are other ways to get the file.
        stop.check();
        LOG.debug("The file {} cannot be used", found, e);
      }
    }
    return false;
  }
}
