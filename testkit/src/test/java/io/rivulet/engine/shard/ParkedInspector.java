package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Owned by the shard's owner. Looks at what waits for its time and finds what is wrong there. */
public final class ParkedInspector {
  private final Rooms rooms;

  public ParkedInspector(RunningShard running) {
    rooms = running.shard().rooms();
  }

  /** What waits, in words; the same for two shards that folded the same log. */
  public List<String> state() {
    List<String> lines = new ArrayList<>();
    for (Parked.Place place : places().keySet()) {
      if (rooms.queues().byId(place.queueId()) != null) {
        lines.add(place.toString());
      }
    }
    for (Topic topic : rooms.catalog().parkingTopics()) {
      lines.add(topic.id + " " + topic.name() + " " + topic.parked() + " " + topic.parkedBytes);
    }
    lines.sort(null);
    return lines;
  }

  /** Messages that wait, of topics that are there. */
  public long count() {
    return places().keySet().stream()
        .filter(place -> rooms.queues().byId(place.queueId()) != null)
        .count();
  }

  /** Rows that do not fit each other, sums that do not fit the rows, and bodies that are lost. */
  public List<String> wrong(long logHead) {
    List<String> found = new ArrayList<>();
    Map<Parked.Place, byte[]> places = places();
    Map<Topic, long[]> sums = new HashMap<>();
    places.forEach((place, row) -> {
      ByteReader in = new ByteReader(row);
      long position = in.getVarLong();
      Queue queue = rooms.queues().byId(place.queueId());
      if (!has(Table.PARKED_AT, Keys.of(position, place.queueId(), place.offset()))) {
        found.add(place + " does not stand at " + position);
      }
      if (queue != null) {
        Run run = rooms.queues().anyRunAt(queue, place.offset());
        if (run == null || !run.isRetainedFrom(logHead) || position < logHead) {
          found.add(place + " at " + position + " is not in the log, which begins at " + logHead);
        } else if (run.isPlaced() && run.position() < position) {
          found.add(place + " stands at " + run.position() + ", which is before " + position);
        }
        long[] sum = sums.computeIfAbsent(queue.topic, _ -> new long[2]);
        sum[0]++;
        sum[1] += in.getVarLong();
      }
    });
    long[] standing = new long[1];
    rooms.rows().scan(Table.PARKED_AT, new byte[0], END, (_, _) -> ++standing[0] > 0);
    if (standing[0] != places.size()) {
      found.add(places.size() + " wait and " + standing[0] + " stand in the log");
    }
    long[] total = new long[2];
    for (Topic topic : rooms.catalog().parkingTopics()) {
      long[] sum = sums.getOrDefault(topic, new long[2]);
      if (sum[0] != topic.parked() || sum[1] != topic.parkedBytes) {
        found.add(topic.name() + " counts " + topic.parked() + " of " + Arrays.toString(sum));
      }
      total[0] += sum[0];
      total[1] += sum[1];
    }
    Parked parked = rooms.fold().parked();
    if (total[0] != parked.total() || total[1] != parked.totalBytes()) {
      found.add(parked.total() + " are counted of " + Arrays.toString(total));
    }
    return found;
  }

  private static final byte[] END = Keys.of(Long.MAX_VALUE);

  private boolean has(Table table, byte[] key) {
    return rooms.rows().get(table, key) != null;
  }

  private Map<Parked.Place, byte[]> places() {
    Map<Parked.Place, byte[]> found = new TreeMap<>((one, other) -> compare(one, other));
    rooms
        .rows()
        .scan(
            Table.PARKED,
            new byte[0],
            END,
            (key, value) -> {
              found.put(
                  new Parked.Place(Keys.longAt(key, 0), Keys.longAt(key, 8), Keys.longAt(key, 16)),
                  value);
              return true;
            });
    return found;
  }

  private static int compare(Parked.Place one, Parked.Place other) {
    int byTime = Long.compare(one.dueMillis(), other.dueMillis());
    int byQueue = byTime != 0 ? byTime : Long.compare(one.queueId(), other.queueId());
    return byQueue != 0 ? byQueue : Long.compare(one.offset(), other.offset());
  }
}
