package io.rivulet.cluster.ownership;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Decides which node is to own which shard, from the plan before and what is there now:
 * the same input gives the same plan.
 *
 * <p>In this order:
 *
 * <ol>
 *   <li>A shard whose owner is gone, or could not open it, belongs to whoever holds it; else to its
 *       standby, who has its files; else to the node with least to do.
 *   <li>Shards of a node that is drained or leaves go elsewhere, some at a time; what was to go
 *       there stays where it is.
 *   <li>Shards go from nodes with much to do to nodes with little, some at a time. A shard's weight
 *       is one for being there and, on average, one for what it has to do.
 *   <li>Each shard has a standby on another node; those of one node's shards are spread, so that
 *       its work is when it is gone.
 * </ol>
 *
 * <p>Nothing moves to and fro: a move must make the fuller one of its two nodes less full by a
 * margin, so that with the same loads no move is undone; and as loads change, a shard that was
 * moved stays for a while.
 */
final class Planner {
  private final OwnershipConfig.Balancing config;

  Planner(OwnershipConfig.Balancing config) {
    this.config = config;
  }

  /** The next plan; the same if nothing is to change. */
  Plan next(@Nullable Plan before, Inventory inventory) {
    Draft draft = new Draft(before, inventory);
    if (!draft.hasMembers()) {
      return draft.plan();
    }
    for (int shard = 0; shard < inventory.shards(); shard++) {
      house(draft, shard);
    }
    vacate(draft, inventory);
    int budget = config.movesAtOnce() - draft.moving() - inventory.arriving();
    while (budget > 0 && draft.balance(config.residence().toMillis())) {
      budget--;
    }
    for (int shard = 0; shard < inventory.shards(); shard++) {
      draft.standBy(shard);
    }
    draft.spreadStandbys();
    return draft.plan();
  }

  /**
   * Finds other places for what belongs to nodes that leave. They have seconds for it: it does not
   * wait for moves of other nodes, nor for those to a node that does not want them any more.
   */
  private void vacate(Draft draft, Inventory inventory) {
    for (int shard = 0; shard < inventory.shards(); shard++) {
      Optional<Draft.Seated> holder = draft.holder(shard).filter(Draft.Seated::isEligible);
      if (holder.isPresent() && draft.isOnItsWayOut(shard)) {
        draft.move(shard, holder.get());
      }
    }
    int budget = config.movesAtOnce() - draft.leaving() - inventory.arriving();
    for (int shard = 0; shard < inventory.shards(); shard++) {
      if (draft.isOnItsWayOut(shard) && (budget > 0 || !draft.isHeld(shard))) {
        Optional<Draft.Seated> target = draft.bestFor(shard);
        if (target.isPresent()) {
          budget -= draft.isHeld(shard) ? 1 : 0;
          draft.move(shard, target.get());
        }
      }
    }
  }

  /** Sees to it that a shard has an owner who is there. */
  private static void house(Draft draft, int shard) {
    if (draft.isWellOwned(shard)) {
      return;
    }
    Optional<Draft.Seated> holder = draft.holder(shard).filter(each -> each.isFitFor(shard));
    Optional<Draft.Seated> next = holder.isPresent() ? holder : draft.bestFor(shard);
    next.ifPresent(owner -> draft.move(shard, owner));
  }
}
