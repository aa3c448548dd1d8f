package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the ownership thread. This node's part in one shard: from seeing that it is to be taken,
 * by claiming and opening it, to letting it go.
 *
 * <p>Nothing here makes sure that only one node writes to the shard: the host's fence and
 * compare-and-set do. The claim says who is to try, and who is asked. So each step may go by what
 * was read a while ago, and an answer that was lost is made up for by reading again.
 *
 * <p>Claim and serving live and die together: a shard whose claim is gone is let go, and the claim
 * of a shard that has ceased to be served is given up.
 */
final class Seat {
  private static final Logger LOG = LoggerFactory.getLogger(Seat.class);

  private enum Phase {
    /** Somebody else's business. */
    FREE,
    /** Removing the claim of a node that is gone. */
    EVICTING,
    CLAIMING,
    /** Claimed, and being opened. */
    OPENING,
    /** Claimed, but it could not be opened; to be tried again. */
    WAITING,
    SERVING,
    /** No longer served, but not yet let go of. */
    CLOSING,
    /** Giving up the claim. */
    RELEASING
  }

  /** Openings after which another node may try. */
  private static final int MAX_OPENINGS = 3;

  /** How long a holder must look dead before his claim is removed without anybody saying so. */
  private static final long LOOKS_DEAD_NANOS = Duration.ofMillis(500).toNanos();

  private static final OwnerClaim NOBODY = new OwnerClaim("", "", 0);

  private final int shard;
  private final String name;
  private final Means means;
  private final OwnershipConfig.TakeOvers config;
  private final Backoff backoff;
  private final Preparation preparation;
  private final Reading<OwnerClaim> reading = new Reading<>(OwnerClaim.class);

  private Phase phase = Phase.FREE;

  /** What this node has claimed; meaningful from CLAIMING to RELEASING. */
  private OwnerClaim own = NOBODY;

  private boolean isAnnouncing;
  private boolean isClaimGone;
  private long closingSinceNanos;
  private long openingSinceNanos;

  /** Since when nobody serves it, as it was handed over and its new owner has not been seen. */
  private OptionalLong movingSinceNanos = OptionalLong.empty();

  // Numbers of what is under way: the answer to an earlier one is none.
  private int change;
  private int opening;
  private int closing;

  /** What was read of the claim before this does not count. */
  private long mark;

  private OptionalLong freeSinceNanos = OptionalLong.empty();
  private OptionalLong deadSinceNanos = OptionalLong.empty();

  Seat(int shard, Means means, OwnershipConfig.TakeOvers config) {
    this.shard = shard;
    this.means = means;
    this.config = config;
    name = Names.owner(shard);
    backoff = new Backoff(means.random());
    preparation = new Preparation(shard, means);
    means.mirror().follow(name);
    means.mirror().follow(Names.prepared(shard));
  }

  // ---- what others ask

  int shard() {
    return shard;
  }

  /** Whether nothing of the shard is here, and this node claims nothing. */
  boolean isFree() {
    return phase == Phase.FREE || phase == Phase.EVICTING;
  }

  boolean isOpening() {
    return phase == Phase.CLAIMING || phase == Phase.OPENING;
  }

  /** The epoch in which this node serves the shard. */
  OptionalLong serving() {
    return phase == Phase.SERVING ? OptionalLong.of(own.epoch()) : OptionalLong.empty();
  }

  boolean isWarming() {
    return preparation.isWarming();
  }

  boolean isPrepared() {
    return preparation.isReady();
  }

  /** Whether it was tried here often enough. */
  boolean isUnfit() {
    return backoff.failures() >= MAX_OPENINGS || preparation.failures() >= MAX_OPENINGS;
  }

  /** The claim as it is stored, whoever made it; null: there is none, as far as is known. */
  @Nullable OwnerClaim claim() {
    Optional<Versioned> stored = means.mirror().value(name);
    return stored.isEmpty() ? null : reading.of(stored).orElse(NOBODY);
  }

  // ---- turns

  /**
   * Does what is to be done now.
   *
   * @param mayBegin whether another shard may be opened just now
   * @param mayWarm whether another one may be made ready to be handed over to this node
   */
  void step(Situation now, boolean mayBegin, boolean mayWarm) {
    stepAlone(now.nanos());
    backoff.forgive(now.nanos());
    OwnerClaim found = claim();
    boolean isElsewhere = found != null && !now.isMine(found) && now.isAlive(found);
    preparation.step(now, !isFree(), isElsewhere, mayWarm);
    if (!means.mirror().isAsOf(name, mark)) {
      return;
    }
    switch (phase) {
      case FREE -> stepFree(now, found, mayBegin);
      case OPENING, WAITING, SERVING -> {
        if (found == null || !now.isMine(found)) {
          claimIsGone(found);
        } else if (phase == Phase.WAITING) {
          stepWaiting(now);
        } else if (phase == Phase.SERVING) {
          stepServing(now, found);
        }
      }
      case EVICTING, CLAIMING, CLOSING, RELEASING -> {}
    }
  }

  /** Does what is to be done without the metadata store. */
  void stepAlone(long nanos) {
    if (phase == Phase.CLOSING && nanos - closingSinceNanos > config.closeTimeout().toNanos()) {
      LOG.warn(
          "shard {} could not be closed within {}; its next owner fences it",
          shard,
          config.closeTimeout());
      closed();
    }
  }

  private void stepFree(Situation now, @Nullable OwnerClaim found, boolean mayBegin) {
    if (found == null) {
      deadSinceNanos = OptionalLong.empty();
      if (freeSinceNanos.isEmpty()) {
        freeSinceNanos = OptionalLong.of(now.nanos());
      }
      long freeNanos = now.nanos() - freeSinceNanos.getAsLong();
      if (mayBegin && isToBeTaken(now, freeNanos > config.patience().toNanos())) {
        take(now);
      }
      return;
    }
    freeSinceNanos = OptionalLong.empty();
    noteMove(now, found);
    if (!now.isMine(found)) {
      evictIfDead(now, found);
    } else {
      // Claimed by a request whose answer was lost, or kept while the store did not answer.
      own = new OwnerClaim(now.me(), now.incarnation(), 0);
      if (!now.isSuccessor(shard, true)) {
        release();
      } else if (mayBegin && backoff.isOver(now.nanos())) {
        open();
      }
    }
  }

  /** A shard that was handed over is served again. */
  private void noteMove(Situation now, OwnerClaim found) {
    if (movingSinceNanos.isPresent() && found.serves() && !now.isMine(found)) {
      means.counters().moves++;
      means.counters().moveStallMillis += millisSince(movingSinceNanos.getAsLong());
      movingSinceNanos = OptionalLong.empty();
    }
  }

  private long millisSince(long nanos) {
    return (means.clock().nanos() - nanos) / 1_000_000;
  }

  private boolean isToBeTaken(Situation now, boolean isOwnerLate) {
    return now.isSuccessor(shard, isOwnerLate)
        && backoff.isOver(now.nanos())
        && (!isUnfit() || now.place(shard).owner().equals(now.me()));
  }

  private void evictIfDead(Situation now, OwnerClaim found) {
    if (now.isAlive(found)) {
      deadSinceNanos = OptionalLong.empty();
      return;
    }
    if (deadSinceNanos.isEmpty()) {
      deadSinceNanos = OptionalLong.of(now.nanos());
    }
    boolean isSure =
        now.isSaidToBeGone(found) || now.nanos() - deadSinceNanos.getAsLong() >= LOOKS_DEAD_NANOS;
    if (isSure && isToBeTaken(now, false)) {
      LOG.info("shard {} is taken from {}, who is gone", shard, found.node());
      phase = Phase.EVICTING;
      int number = ++change;
      means.then(
          means.store().delete(name, version()),
          (_, _) -> {
            if (number == change) {
              free();
            }
          });
    }
  }

  private void stepWaiting(Situation now) {
    if (backoff.failures() >= MAX_OPENINGS || !now.isSuccessor(shard, true)) {
      release();
    } else if (backoff.isOver(now.nanos())) {
      open();
    }
  }

  private void stepServing(Situation now, OwnerClaim found) {
    if (found.epoch() != own.epoch()) {
      announce();
    }
    if (isAwaitedElsewhere(now)) {
      LOG.info("shard {} goes to {}", shard, now.place(shard).owner());
      means.counters().handedOver++;
      movingSinceNanos = OptionalLong.of(means.clock().nanos());
      close(false);
    }
  }

  /** Whether the planned owner is another node that is ready to take the shard. */
  private boolean isAwaitedElsewhere(Situation now) {
    String owner = now.place(shard).owner();
    if (owner.equals(Plan.NOBODY) || owner.equals(now.me()) || !now.isAlive(owner)) {
      return false;
    }
    return preparation
        .claim()
        .filter(each -> each.node().equals(owner) && now.isAlive(each))
        .isPresent();
  }

  /** The version of the claim that was read last. */
  private long version() {
    return means.mirror().value(name).map(Versioned::version).orElse(0L);
  }

  // ---- taking

  private void take(Situation now) {
    phase = Phase.CLAIMING;
    own = new OwnerClaim(now.me(), now.incarnation(), 0);
    int number = ++change;
    means.then(
        means.store().claim(name, Texts.of(own)),
        (isClaimed, failure) -> {
          if (number != change) {
            return;
          }
          if (failure == null && isClaimed) {
            readAgain();
            open();
          } else {
            free();
          }
        });
  }

  private void open() {
    phase = Phase.OPENING;
    isAnnouncing = false;
    openingSinceNanos = means.clock().nanos();
    movingSinceNanos = OptionalLong.empty();
    preparation.used();
    int number = ++opening;
    means.then(
        means
            .host()
            .open(
                shard,
                why ->
                    means
                        .turns()
                        .execute(() -> {
                          ended(number, why);
                          means.wake().run();
                        })),
        (epoch, failure) -> {
          if (number != opening) {
            return;
          }
          if (failure == null) {
            opened(epoch);
          } else {
            LOG.warn("shard {} could not be opened: {}", shard, failure.toString());
            means.counters().failedTakeOvers++;
            backoff.failed(means.clock().nanos());
            phase = Phase.WAITING;
          }
        });
  }

  private void opened(long epoch) {
    LOG.info("shard {} is served by this node in epoch {}", shard, epoch);
    means.counters().takeOvers++;
    means.counters().takeOverMillis += millisSince(openingSinceNanos);
    backoff.succeeded();
    phase = Phase.SERVING;
    own = new OwnerClaim(own.node(), own.incarnation(), epoch);
    announce();
  }

  /** Tells all nodes that the shard is served here. */
  private void announce() {
    OwnerClaim found = claim();
    if (isAnnouncing || found == null || !isOwn(found)) {
      // If it was not read yet, the next turn announces.
      return;
    }
    isAnnouncing = true;
    int number = ++change;
    means.then(
        means.store().put(name, Texts.of(own), version()),
        (_, _) -> {
          if (number == change) {
            isAnnouncing = false;
            readAgain();
          }
        });
  }

  private boolean isOwn(OwnerClaim found) {
    return found.isOf(own.node(), own.incarnation());
  }

  // ---- losing

  private void ended(int number, String why) {
    if (number != opening) {
      return;
    }
    opening++;
    LOG.warn("shard {} is not served by this node any more: {}", shard, why);
    means.counters().ended++;
    backoff.failed(means.clock().nanos());
    release();
  }

  private void claimIsGone(@Nullable OwnerClaim found) {
    LOG.warn(
        "shard {} is let go: its claim is {}",
        shard,
        found == null ? "gone" : "one of " + found.node());
    means.counters().lostClaims++;
    if (phase == Phase.WAITING) {
      free();
    } else {
      close(true);
    }
  }

  /** What was claimed is void. */
  void lostSession() {
    change++;
    isAnnouncing = false;
    preparation.lostSession();
    mark = means.mirror().now();
    switch (phase) {
      case OPENING, SERVING -> close(true);
      case CLOSING -> isClaimGone = true;
      case EVICTING, CLAIMING, WAITING, RELEASING -> free();
      case FREE -> {}
    }
  }

  /** Lets the shard go, whether another node is ready or not. */
  void letGo() {
    switch (phase) {
      case OPENING, SERVING -> close(false);
      case WAITING -> release();
      case FREE, EVICTING, CLAIMING, CLOSING, RELEASING -> {}
    }
  }

  private void close(boolean isGone) {
    phase = Phase.CLOSING;
    change++;
    opening++;
    isAnnouncing = false;
    isClaimGone = isGone;
    closingSinceNanos = means.clock().nanos();
    int number = ++closing;
    means.then(
        means.host().close(shard),
        (_, failure) -> {
          if (number == closing && phase == Phase.CLOSING) {
            if (failure != null) {
              LOG.warn("shard {} was not closed in order: {}", shard, failure.toString());
            }
            closed();
          }
        });
  }

  private void closed() {
    closing++;
    if (isClaimGone) {
      free();
    } else {
      release();
    }
  }

  private void release() {
    OwnerClaim found = claim();
    if (found != null && !isOwn(found)) {
      // Somebody else's already: it must not be removed in place of ours.
      free();
      return;
    }
    phase = Phase.RELEASING;
    int number = ++change;
    means.then(
        means.store().delete(name, found == null ? 0 : version()),
        (_, _) -> {
          // If it did not work, the claim is found again, and released again.
          if (number == change) {
            free();
          }
        });
  }

  private void free() {
    phase = Phase.FREE;
    own = NOBODY;
    freeSinceNanos = OptionalLong.empty();
    deadSinceNanos = OptionalLong.empty();
    readAgain();
  }

  private void readAgain() {
    mark = means.mirror().now();
    means.mirror().refresh(name);
  }

  @Override
  public String toString() {
    return "shard %d: %s, %s".formatted(shard, phase, own);
  }
}
