package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the ownership thread. Whether this node could open a shard quickly. A standby sees to
 * that all the time; the planned owner does before a living owner hands the shard over, and does in
 * advance what can be done of the opening ({@link ShardHost#warm}). Then it tells that one by
 * claiming the name {@link Names#prepared}.
 */
final class Preparation {
  private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);

  private enum State {
    COLD,
    PREPARING,
    READY,
    /** Ready, and made more so, since the shard is about to come here. */
    WARMING,
    WARM
  }

  private final int shard;
  private final String name;
  private final Means means;
  private final Backoff backoff;
  private final Reading<OwnerClaim> reading = new Reading<>(OwnerClaim.class);
  private State state = State.COLD;

  /** Of preparations: the answer of an earlier one is none. */
  private int attempt;

  /** Of changes of the claim. */
  private int change;

  private boolean isChanging;

  /** What was read of the claim before this does not count. */
  private long mark;

  Preparation(int shard, Means means) {
    this.shard = shard;
    this.means = means;
    name = Names.prepared(shard);
    backoff = new Backoff(means.random());
  }

  boolean isReady() {
    return state.compareTo(State.READY) >= 0;
  }

  boolean isWarming() {
    return state == State.WARMING;
  }

  int failures() {
    return backoff.failures();
  }

  /** The shard is being opened, with all that was prepared. */
  void used() {
    state = State.COLD;
    attempt++;
  }

  /** What was claimed in the last session is void. */
  void lostSession() {
    change++;
    isChanging = false;
    mark = means.mirror().now();
  }

  /**
   * Does what is to be done now.
   *
   * @param isHeld whether this node has the shard, or is about to have or lose it
   * @param isHeldElsewhere whether another node that is there has it
   * @param mayWarm whether another shard may be warmed just now
   */
  void step(Situation now, boolean isHeld, boolean isHeldElsewhere, boolean mayWarm) {
    backoff.forgive(now.nanos());
    Plan.Place place = now.place(shard);
    boolean isStandby = place.standby().equals(now.me());
    boolean isOwner = place.owner().equals(now.me());
    boolean isNext = isOwner && isHeldElsewhere && !now.isLeaving();
    boolean isToStayWarm = isOwner && !now.isLeaving();
    if (!isHeld && !isToStayWarm && state.compareTo(State.READY) > 0) {
      used();
      means.host().forget(shard);
    }
    if (!isHeld && !now.isLeaving() && (isStandby || isOwner)) {
      if (state == State.COLD && (isStandby || isHeldElsewhere) && backoff.isOver(now.nanos())) {
        prepare();
      }
    } else if (!isHeld && state != State.COLD) {
      used();
      means.host().forget(shard);
    }
    if (isNext && state == State.READY && mayWarm) {
      warm();
    }
    tell(now, isNext && state == State.WARM);
  }

  private void warm() {
    state = State.WARMING;
    int number = attempt;
    means.then(
        means.host().warm(shard),
        (_, _) -> {
          // Also if it did not work: the shard comes, only slower.
          if (number == attempt) {
            state = State.WARM;
          }
        });
  }

  private void prepare() {
    state = State.PREPARING;
    int number = ++attempt;
    means.then(
        means.host().prepare(shard),
        (_, failure) -> {
          if (number != attempt) {
            return;
          }
          if (failure == null) {
            state = State.READY;
            backoff.succeeded();
          } else {
            LOG.warn("shard {} could not be prepared: {}", shard, failure.toString());
            state = State.COLD;
            backoff.failed(means.clock().nanos());
          }
        });
  }

  /** Who tells that he is ready; the planned owner, or one who was it before. */
  Optional<OwnerClaim> claim() {
    return reading.of(means.mirror().value(name));
  }

  /** Sees to it that the claim is there if it should be, and only then. */
  private void tell(Situation now, boolean isToBeThere) {
    if (isChanging || !means.mirror().isAsOf(name, mark)) {
      return;
    }
    Optional<Versioned> stored = means.mirror().value(name);
    if (isToBeThere && stored.isEmpty()) {
      isChanging = true;
      int number = ++change;
      means.then(
          means.store().claim(name, Texts.of(new OwnerClaim(now.me(), now.incarnation(), 0))),
          (_, _) -> changed(number));
    } else if (claim()
        .filter(each -> now.wasMine(each) || (!isToBeThere && now.isMine(each)))
        .isPresent()) {
      isChanging = true;
      int number = ++change;
      means.then(
          means.store().delete(name, stored.orElseThrow().version()), (_, _) -> changed(number));
    }
  }

  /** Whether it worked is seen by reading. */
  private void changed(int number) {
    if (number == change) {
      isChanging = false;
      mark = means.mirror().now();
      means.mirror().refresh(name);
    }
  }
}
