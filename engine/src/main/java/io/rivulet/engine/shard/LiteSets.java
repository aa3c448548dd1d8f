package io.rivulet.engine.shard;

import io.rivulet.engine.codec.Hash;

/**
 * Owned by the shard thread. Finds what a client follows in a LITE group, read once from the index.
 */
final class LiteSets {
  private final Fold fold;

  LiteSets(Fold fold) {
    this.fold = fold;
  }

  Client.LiteSet of(Client client, Group group) {
    Client.LiteSet known = client.liteSets.get(group.name());
    if (known != null) {
      return known;
    }
    Client.LiteSet set = new Client.LiteSet(new Subscriber(group, client.id));
    for (Fold.Subscription each : fold.subscriptionsOf(group, client.id)) {
      set.count++;
      set.fingerprint += Hash.of(each.liteTopic());
    }
    client.liteSets.put(group.name(), set);
    return set;
  }
}
