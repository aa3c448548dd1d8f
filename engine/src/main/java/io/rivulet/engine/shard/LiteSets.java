package io.rivulet.engine.shard;

/**
 * Owned by the shard thread. Finds what a client follows in a LITE group: its summary, read once
 * from the index.
 */
final class LiteSets {
  private final Fold fold;
  private final Clients clients;

  LiteSets(Fold fold, Clients clients) {
    this.fold = fold;
    this.clients = clients;
  }

  Client.LiteSet of(Client client, Group group) {
    Client.LiteSet known = client.liteSets.get(group.name());
    // A group that was deleted and made anew under the same name is another group.
    if (known != null && known.subscriber.group == group) {
      return known;
    }
    Client.LiteSet set =
        new Client.LiteSet(
            new Subscriber(group, group.definition().boundTopic().orElse(""), client.id, true),
            fold.liteSets().summaryOf(group.id, client.id));
    set.subscriber.misses = set.count() > 0;
    client.liteSets.put(group.name(), set);
    return set;
  }

  /** A client follows a lite topic no more, without having asked for it. */
  void dropped(String clientId, Group group, String liteTopic) {
    Client client = clients.get(clientId);
    Client.LiteSet set = client == null ? null : client.liteSets.get(group.name());
    if (set != null && set.subscriber.group == group) {
      set.removed(liteTopic);
    }
  }
}
