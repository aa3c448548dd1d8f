package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Owned by the shard's owner. What stands in a shard, whatever its ids, in words. */
public final class TransferInspector {
  private static final byte[] ALL = {-1, -1, -1, -1, -1, -1, -1, -1, -1};

  /** A queue as it is known to readers. */
  public record Named(String topic, String queue) {}

  private final Rooms rooms;

  public TransferInspector(RunningShard shard) {
    rooms = shard.shard().rooms();
  }

  /** All queues that can be read, and how far everybody is in them. */
  public Map<Named, String> queues() {
    Map<Named, String> found = new TreeMap<>(Comparator.comparing(Named::toString));
    List<Long> ids = new ArrayList<>();
    rooms.queues().active().forEach(each -> ids.add(each.id));
    rooms
        .rows()
        .scan(
            Table.QUEUE,
            new byte[0],
            ALL,
            (key, _) -> {
              ids.add(Keys.longAt(key, 0));
              return true;
            });
    for (long id : ids) {
      Queue queue = rooms.queues().byId(id);
      if (queue != null
          && !queue.topic.isParking
          && !Streams.isRetired(queue)
          && !TransferPlaces.isOfDeadLetters(queue.topic)) {
        found.put(new Named(queue.topic.name(), queue.name), text(queue));
      }
    }
    return found;
  }

  private String text(Queue queue) {
    rooms.queues().beginProgress(queue);
    StringBuilder text = new StringBuilder(64);
    text.append(queue.nextOffset);
    text.append(' ').append(queue.priority).append(queue.fairnessKey).append(queue.ttlMillis);
    text.append(' ').append(queue.cancelledOffsets()).append(queue.isClosed());
    queue.progress.stream()
        .filter(each -> !each.isGone())
        .sorted(Comparator.comparing(each -> each.group.name()))
        .forEach(each -> {
          text.append("; ").append(each.group.name()).append(' ').append(each.committed);
          text.append('-').append(each.next).append(' ').append(each.suspendedUntilMillis);
          each.outstanding.forEach(
              (offset, lease) -> text.append(' ').append(offset).append('x').append(lease.attempt));
        });
    return text.toString();
  }

  /** Messages that wait for their time. */
  public long parked() {
    return rooms.fold().parked().total();
  }
}
