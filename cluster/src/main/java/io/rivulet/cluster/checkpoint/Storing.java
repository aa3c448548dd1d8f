package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.ledger.LedgerStore.Label;
import io.rivulet.cluster.ledger.LedgerStore.Use;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import io.rivulet.engine.index.SnapshotFiles;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owned by one thread at a time. The steps by which a shard's owner stores a checkpoint. */
final class Storing {
  private static final Logger LOG = LoggerFactory.getLogger(Storing.class);

  private static final long NONE = -1;

  /** So long nothing is renewed after it was of no use: a node takes entries and loses some. */
  private static final Duration USELESS = Duration.ofMinutes(2);

  private final CheckpointGround ground;
  private final int shard;
  private final long epoch;
  private final CheckpointRegister register;
  private final StopSign stop;
  private final StoreCounters counters;
  private final Held held;

  /** Disks that were known to be lost when the checkpoint that is being stored was begun. */
  private long lostDisks;

  /** From when on files of thin ledgers may be stored again. */
  private long renewableNanos;

  private String verifiedName = "";
  private long verifiedNanos;

  Storing(
      CheckpointGround ground,
      int shard,
      long epoch,
      CheckpointRegister register,
      StopSign stop,
      StoreCounters counters) {
    this.ground = ground;
    this.shard = shard;
    this.epoch = epoch;
    this.register = register;
    this.stop = stop;
    this.counters = counters;
    held = new Held(ground);
    verifiedNanos = ground.clock().nanos();
    renewableNanos = verifiedNanos;
  }

  /** Immutable. What the newest checkpoint is made of, and what all take that count. */
  record Size(
      long madeMillis,
      int files,
      long fileBytes,
      int ledgers,
      long ledgerBytes,
      List<Manifest.Ledger> newest,
      long renewableNanos) {
    static final Size NOTHING = new Size(0, 0, 0, 0, 0, List.of(), 0);

    /** How many of its ledgers fewer storage nodes may hold than should. */
    int thinLedgers(long lostDisksNow) {
      return (int) newest.stream().filter(ledger -> ledger.isThin(lostDisksNow)).count();
    }
  }

  Size size() {
    Optional<Manifest> newest = held.manifests(register.checkpoints()).stream().findFirst();
    return newest
        .map(manifest ->
            new Size(
                manifest.madeMillis(),
                manifest.files().size(),
                manifest.fileBytes(),
                held.ledgers().size(),
                held.ledgerBytes(),
                manifest.ledgers(),
                renewableNanos))
        .orElse(Size.NOTHING);
  }

  void look() throws IOException {
    stop.check();
    held.know(register.checkpoints());
  }

  void store(SnapshotFiles snapshot) throws IOException {
    final long began = ground.clock().nanos();
    // Before any ledger is made: what is lost from now on may be lost for all of them.
    lostDisks = register.lostDisks();
    look();
    List<Checkpoint> kept = register.checkpoints();
    long newest = kept.isEmpty() ? NONE : kept.getLast().position();
    if (newest > snapshot.position() || (newest == snapshot.position() && thinLedgers() == 0)) {
      return;
    }
    Reuse reuse = new Reuse(LocalFile.in(snapshot.folder()), held.manifests(kept), ground, stop);
    if (newest < snapshot.position()) {
      verifyOne(reuse);
    }
    int renewed = renew(reuse);
    if (newest == snapshot.position() && renewed == 0) {
      return;
    }
    makeRoom(reuse.freshBytes());
    List<Long> made = new ArrayList<>();
    Checkpoint added;
    try {
      Manifest manifest = upload(snapshot.position(), reuse, made);
      if (renewed > 0
          && manifest.ledgers().stream()
              .anyMatch(each -> each.isIncomplete() && made.contains(each.id()))) {
        renewableNanos = ground.clock().nanos() + USELESS.toNanos();
      }
      added = new Checkpoint(snapshot.position(), upload(manifest, made));
      held.know(added, manifest);
    } catch (IOException e) {
      held.discard(made);
      if (!stop.isUp()) {
        held.removeGarbage();
      }
      throw e;
    }
    publish(with(added), made);
    counters.storedCheckpoints.increment();
    counters.storedBytes.add(reuse.freshBytes());
    counters.sharedBytes.add(reuse.sharedBytes());
    counters.storeMillis.add((ground.clock().nanos() - began) / 1_000_000);
  }

  /**
   * Two count: if the newest turns out to be damaged, the one before must do. One of the same
   * position, some of whose ledgers were thin, is replaced.
   */
  private List<Checkpoint> with(Checkpoint added) {
    List<Checkpoint> next = new ArrayList<>();
    List<Checkpoint> older =
        register.checkpoints().stream().filter(each -> each.position() < added.position()).toList();
    held.newest(older).ifPresent(next::add);
    next.add(added);
    return next;
  }

  private int thinLedgers() {
    return size().thinLedgers(lostDisks);
  }

  /** What fewer storage nodes hold than should is stored anew, as far as the bounds let it. */
  private int renew(Reuse reuse) {
    if (ground.ledgers().writableNodes() < LedgerStore.COPIES
        || ground.clock().nanos() - renewableNanos < 0) {
      return 0;
    }
    long room = ground.config().maxShardBytes() - held.ledgerBytes() - reuse.freshBytes();
    int renewed = reuse.renew(lostDisks, ground.config().renewBytes(), room);
    if (renewed > 0) {
      LOG.info(
          "Of the checkpoint of shard {} {} ledgers are stored anew: too few storage nodes may hold"
              + " them",
          shard,
          renewed);
    } else if (thinLedgers() > 0) {
      // For want of room; or what is thin goes with this checkpoint.
      renewableNanos = ground.clock().nanos() + USELESS.toNanos();
    }
    return renewed;
  }

  /** Reads a file back that is stored already, if it is time; never the same one twice in turn. */
  private void verifyOne(Reuse reuse) throws IOException {
    long now = ground.clock().nanos();
    Optional<StoredFile> next = reuse.storedAfter(verifiedName);
    if (next.isEmpty() || now - verifiedNanos < ground.config().verifyInterval().toNanos()) {
      return;
    }
    verifiedNanos = now;
    verifiedName = next.get().name();
    try (Download download = new Download(ground, ground.pace(), stop)) {
      download.verify(next.get());
    } catch (DamagedCheckpointException e) {
      counters.damagedFiles.increment();
      LOG.error("A checkpoint of shard {} is mended: {}", shard, e.getMessage());
      reuse.giveUp(next.get().ledger());
    } catch (IOException e) {
      stop.check();
      LOG.debug("The file {} cannot be read back now", next.get(), e);
    }
  }

  /** What is too much with both checkpoints may be bearable with the newer one alone. */
  private void makeRoom(long freshBytes) throws IOException {
    List<Checkpoint> kept = register.checkpoints();
    Optional<Checkpoint> newest = held.newest(kept);
    if (isTooLarge(freshBytes) && kept.size() > 1 && newest.isPresent()) {
      publish(List.of(newest.get()), List.of());
    }
    if (isTooLarge(freshBytes)) {
      counters.tooLarge.increment();
      throw new IOException(
          ("it would add %d bytes to the %d that the last one takes in ledgers, and all of them may"
                  + " take %d (max-shard-bytes of checkpoints)")
              .formatted(freshBytes, held.ledgerBytes(), ground.config().maxShardBytes()));
    }
  }

  private boolean isTooLarge(long freshBytes) {
    return held.ledgerBytes() + freshBytes > ground.config().maxShardBytes();
  }

  /** Stores the files: large ones in ledgers of their own, which go when they are not needed. */
  private Manifest upload(long position, Reuse reuse, List<Long> made) throws IOException {
    List<Manifest.Ledger> ledgers = new ArrayList<>(reuse.ledgers());
    List<StoredFile> files = new ArrayList<>(reuse.stored());
    List<LocalFile> small = new ArrayList<>();
    for (LocalFile file : reuse.fresh()) {
      if (file.sizeBytes() <= ground.config().entryBytes()) {
        small.add(file);
      } else {
        upload(List.of(file), files, ledgers, made);
      }
    }
    if (!small.isEmpty()) {
      upload(small, files, ledgers, made);
    }
    return new Manifest(
        Manifest.FORMAT, shard, epoch, position, ground.clock().wallMillis(), ledgers, files);
  }

  private void upload(
      List<LocalFile> together,
      List<StoredFile> files,
      List<Manifest.Ledger> ledgers,
      List<Long> made)
      throws IOException {
    Upload upload = begin(made);
    for (LocalFile file : together) {
      files.add(upload.add(file.path()));
    }
    ledgers.add(upload.end());
  }

  private long upload(Manifest manifest, List<Long> made) throws IOException {
    Upload upload = begin(made);
    upload.add(manifest.encode());
    return upload.end().id();
  }

  private Upload begin(List<Long> made) throws IOException {
    stop.check();
    Label label = new Label(Use.CHECKPOINT, shard, epoch, ground.clock().wallMillis());
    Upload upload = new Upload(ground, label, stop, lostDisks);
    made.add(upload.ledger());
    return upload;
  }

  private void publish(List<Checkpoint> next, List<Long> made) throws IOException {
    stop.check();
    boolean isOwner;
    try {
      isOwner = ground.patience().await(register.publish(next));
    } catch (IOException e) {
      held.doubt(made);
      throw e;
    }
    if (!isOwner) {
      stop.raise();
      throw new IOException(
          "epoch %d of shard %d is over: another node owns it".formatted(epoch, shard));
    }
    held.settle(next);
    held.removeGarbage();
  }
}
