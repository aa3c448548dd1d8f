package io.rivulet.engine.shard;

import io.rivulet.engine.topic.TopicDefinition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. Reads back what a {@link Transfer} has written, and compares it with where
 * it came from: every message with its place and its bytes, every queue with its state.
 */
public final class TransferCheck {
  private static final int MAX_NAMED = 5;

  /**
   * Immutable. What was found to be the same.
   *
   * @param shards of those that were filled, in their order
   */
  public record Result(long queues, long messages, long bytes, List<OfShard> shards) {
    public Result {
      shards = List.copyOf(shards);
    }
  }

  /** Immutable. Of one shard. */
  public record OfShard(String name, long queues, long messages, long bytes, long checksum) {}

  private final List<TransferView> sources = new ArrayList<>();
  private final List<TransferView> targets = new ArrayList<>();
  private final TransferPlaces places;
  private final Transfer.Watcher watcher;

  /** The shards of a transfer that has ended. */
  public TransferCheck(
      List<OfflineShard> sources, List<OfflineShard> targets, Transfer.Watcher watcher) {
    sources.forEach(each -> this.sources.add(new TransferView(each)));
    targets.forEach(each -> this.targets.add(new TransferView(each)));
    places = new TransferPlaces(targets.size());
    this.watcher = watcher;
  }

  /**
   * Compares.
   *
   * @throws IOException if something is not the same, saying what
   */
  public Result run() throws IOException {
    definitions();
    TransferSums wanted = new TransferSums(places, new BitSet());
    TransferSums found = new TransferSums(places, new BitSet());
    for (TransferView source : sources) {
      var _ = add(wanted, source, "checksums of the source");
    }
    List<OfShard> shards = new ArrayList<>();
    long queues = 0;
    long messages = 0;
    long bytes = 0;
    for (TransferView target : targets) {
      TransferSums.Total total = add(found, target, "checksums of what was written");
      shards.add(
          new OfShard(
              target.name(), total.queues(), total.messages(), total.bytes(), total.checksum()));
      queues += total.queues();
      messages += total.messages();
      bytes += total.bytes();
    }
    BitSet different = wanted.differences(found);
    if (!different.isEmpty()) {
      throw new IOException(difference(different));
    }
    if (!wanted.hasSameSubscriptions(found)) {
      throw new IOException(
          "what was written is not the same: subscriptions to lite topics differ");
    }
    if (!wanted.owesAsMany(found)) {
      throw new IOException(
          "what was written is not the same: messages that shards owe each other are missing");
    }
    return new Result(queues, messages, bytes, shards);
  }

  private TransferSums.Total add(TransferSums sums, TransferView view, String step)
      throws IOException {
    long head = view.log().head();
    long all = view.log().bytesBetween(head, view.log().end());
    return sums.add(
        view,
        new TransferView.Visitor() {
          @Override
          public void messages(Queue queue, List<TransferView.Item> items) {}

          @Override
          public void reached(long position) {
            watcher.reached(step, view.log().bytesBetween(head, position), all);
          }
        });
  }

  private void definitions() throws IOException {
    for (TransferView source : sources) {
      for (Topic topic : source.catalog().topics()) {
        for (TransferView target : targets) {
          @Nullable Topic found = target.catalog().topic(topic.name());
          @Nullable TopicDefinition definition = found == null ? null : found.definition();
          if (!topic.definition().equals(definition)) {
            throw new IOException(
                "what was written is not the same: topic %s is %s in %s, and was %s"
                    .formatted(topic.name(), definition, target.name(), topic.definition()));
          }
        }
      }
      for (Group group : source.catalog().groups()) {
        for (TransferView target : targets) {
          @Nullable Group found = target.catalog().group(group.name());
          if (found == null || !found.definition().equals(group.definition())) {
            throw new IOException(
                "what was written is not the same: consumer group %s differs in %s"
                    .formatted(group.name(), target.name()));
          }
        }
      }
    }
  }

  /** Looks closely at what differs. */
  private String difference(BitSet different) throws IOException {
    TransferSums wanted = new TransferSums(places, different);
    TransferSums found = new TransferSums(places, different);
    for (TransferView source : sources) {
      var _ = add(wanted, source, "looking for what differs");
    }
    for (TransferView target : targets) {
      var _ = add(found, target, "looking for what differs");
    }
    TransferSums.Sum none = new TransferSums.Sum();
    Map<String, String> reasons = new TreeMap<>();
    TreeSet<String> names = new TreeSet<>(wanted.close().keySet());
    names.addAll(found.close().keySet());
    for (String name : names) {
      TransferSums.Sum before = wanted.close().getOrDefault(name, none);
      TransferSums.Sum now = found.close().getOrDefault(name, none);
      if (!before.isSame(now) && reasons.size() < MAX_NAMED) {
        reasons.put(
            name,
            before.messages == now.messages
                ? "%s (%d messages, but not the same checksum)".formatted(name, now.messages)
                : "%s (%d messages of %d)".formatted(name, now.messages, before.messages));
      }
    }
    return "what was written is not the same: " + String.join(", ", reasons.values());
  }
}
