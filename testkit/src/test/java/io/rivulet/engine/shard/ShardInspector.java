package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Owned by the shard's owner. Looks into a shard for tests and finds what is wrong there. */
public final class ShardInspector {
  private final Shard shard;
  final Rooms rooms;
  private final int maxWindow;

  public ShardInspector(RunningShard running, int maxWindow) {
    shard = running.shard();
    rooms = shard.rooms();
    this.maxWindow = maxWindow;
  }

  /** No sweep is under way: all backlogs from before the start are found. */
  public boolean isSwept() {
    return rooms.upkeep().sweeps().isIdle() && rooms.upkeep().refills().isIdle();
  }

  // ---- dispatch

  /** What a full scan of the queues in memory finds wrong with ready sets and timers. */
  public List<String> misplaced() {
    List<String> found = new ArrayList<>();
    if (!isSwept()) {
      return found;
    }
    for (Queue queue : List.copyOf(rooms.queues().active())) {
      forFollowers(queue, (groupTopic, progress) -> check(groupTopic, progress, found));
    }
    return found;
  }

  private void check(GroupTopic groupTopic, @Nullable Progress progress, List<String> found) {
    if (progress == null) {
      return;
    }
    long now = rooms.clock().millis();
    if (progress.isReady(now, maxWindow)) {
      checkReady(groupTopic, progress, found);
    }
    long event = progress.nextEvent(now);
    // Who suspends it need not follow it; whoever comes to follow it looks at the time.
    boolean isAwaited = !progress.group.isByName() || !progress.queue.followers.isEmpty();
    if (isAwaited
        && event != Timers.NEVER
        && progress.backlog() > 0
        && progress.timerAt() > event) {
      found.add(describe(progress) + " is not woken at " + event);
    }
    if (progress.isStrict()) {
      checkOneBatch(progress, found);
    }
    checkBooks(progress, found);
  }

  private void checkReady(GroupTopic groupTopic, Progress progress, List<String> found) {
    if (!progress.group.isByName()) {
      if (!isFound(groupTopic.subscriber, progress)) {
        found.add(describe(progress) + " is deliverable and not in the ready set");
      }
      return;
    }
    for (Follower follower : progress.queue.followers) {
      if (follower.groupId() == progress.group.id) {
        Client client = rooms.members().clients().get(follower.clientId());
        if (client == null
            || !isFound(
                rooms.members().liteSets().of(client, progress.group).subscriber, progress)) {
          found.add(describe(progress) + " is deliverable and not in the ready set of " + follower);
        }
      }
    }
  }

  /**
   * It is in the ready set; or the subscriber knows that something may not be, and this is where it
   * would look for it.
   */
  private boolean isFound(Subscriber subscriber, Progress progress) {
    byte[] pending = Keys.of(progress.group.id, progress.queue.id);
    return subscriber.ready.contains(progress)
        || ((subscriber.misses || isLeftFor(subscriber, progress))
            && rooms.rows().get(Table.PENDING, pending) != null);
  }

  /** Its key was closed when there was no room for it. */
  private static boolean isLeftFor(Subscriber subscriber, Progress progress) {
    return progress.group.gates.ofKey(progress.queue.fairnessKey).isMissedBy(subscriber);
  }

  private static void checkOneBatch(Progress progress, List<String> found) {
    TreeSet<String> holders = new TreeSet<>();
    for (Lease lease : progress.outstanding.values()) {
      if (!lease.isDue) {
        holders.add(String.valueOf(lease.clientId));
      }
    }
    holders.remove("");
    if (holders.size() > 1) {
      found.add(describe(progress) + " has batches of " + holders + " outstanding");
    }
  }

  private static void checkBooks(Progress progress, List<String> found) {
    boolean isRight = progress.outstanding.keySet().containsAll(progress.due);
    isRight &= progress.committed <= progress.next;
    for (Lease lease : progress.outstanding.values()) {
      isRight &= lease.isDue == progress.due.contains(lease.offset);
      isRight &= lease.offset >= progress.committed && lease.offset < progress.next;
    }
    if (!isRight) {
      found.add(describe(progress) + " is not consistent");
    }
  }

  /** Polls that wait although there is something for them; to be called at rest. */
  public List<String> starving() {
    List<String> found = new ArrayList<>();
    if (!isSwept()) {
      return found;
    }
    long now = rooms.clock().millis();
    for (Queue queue : List.copyOf(rooms.queues().active())) {
      forFollowers(
          queue,
          (groupTopic, progress) -> {
            // What a gate holds back waits rightly; the scheduler's own simulation looks at that.
            if (progress != null
                && progress.isReady(now, maxWindow)
                && progress.group.gates.isPlain()) {
              checkStarving(groupTopic, progress, found);
            }
          });
    }
    return found;
  }

  private void checkStarving(GroupTopic groupTopic, Progress progress, List<String> found) {
    List<Subscriber> subscribers = new ArrayList<>();
    if (!progress.group.isByName()) {
      subscribers.add(groupTopic.subscriber);
    }
    for (Follower follower : progress.queue.followers) {
      Client client = rooms.members().clients().get(follower.clientId());
      if (client != null && follower.groupId() == progress.group.id) {
        subscribers.add(rooms.members().liteSets().of(client, progress.group).subscriber);
      }
    }
    for (Subscriber each : subscribers) {
      if (each.polls.stream().anyMatch(poll -> !poll.reply.isDone())) {
        found.add(describe(progress) + " is deliverable and a poll waits");
      }
    }
  }

  private void forFollowers(Queue queue, BiConsumer<GroupTopic, @Nullable Progress> visitor) {
    for (GroupTopic groupTopic : List.copyOf(queue.topic.followers)) {
      visitor.accept(groupTopic, queue.progressOf(groupTopic.group));
    }
  }

  private static String describe(Progress progress) {
    return "queue "
        + progress.queue.id
        + " "
        + progress.queue.topic.name()
        + "/"
        + progress.queue.name
        + " of group "
        + progress.group.name()
        + " [committed "
        + progress.committed
        + ", next "
        + progress.next
        + ", visible end "
        + progress.queue.visibleEnd
        + ", outstanding "
        + progress.outstanding.values().stream().map(l -> l.offset + "#" + l.attempt).toList()
        + ", due "
        + progress.due
        + ", suspended until "
        + progress.suspendedUntilMillis
        + ", timer "
        + progress.timerAt()
        + "]";
  }

  // ---- content

  /** The ids of all queues of these topics; nothing is loaded. */
  private List<Long> queueIds(Collection<Topic> of) {
    List<Long> ids = new ArrayList<>();
    List<Topic> topics = new ArrayList<>(of);
    topics.sort((a, b) -> Long.compare(a.id, b.id));
    for (Topic topic : topics) {
      byte[] prefix = Keys.of(topic.id);
      rooms
          .rows()
          .scan(
              Table.QUEUE_NAME,
              prefix,
              Keys.after(prefix),
              (_, value) -> ids.add(Keys.longAt(value, 0)));
    }
    return ids;
  }

  /** All queues of all topics, loaded. */
  List<Queue> queues() {
    List<Queue> found = new ArrayList<>();
    for (long id : queueIds(rooms.catalog().topics())) {
      Queue queue = rooms.queues().byId(id);
      if (queue != null) {
        found.add(queue);
      }
    }
    return found;
  }

  /** A message as it stands in a queue; no message if the log no longer holds all of it. */
  public record Found(
      String topic, String queue, long queueId, long offset, @Nullable StoredMessage stored) {}

  /** All retained messages of all queues, in order. */
  public List<Found> messages(CommitLog log) {
    MessageLoader loader = new MessageLoader(log);
    List<Found> found = new ArrayList<>();
    for (Queue queue : queues()) {
      for (long at = rooms.queues().firstRetained(queue); at < queue.visibleEnd; at++) {
        Run run = rooms.queues().runAt(queue, at);
        StoredMessage stored = null;
        try {
          stored = run == null ? null : loader.load(new MessageLoader.Place(queue.id, run, at));
        } catch (IOException e) {
          stored = null;
        }
        found.add(new Found(queue.topic.name(), queue.name, queue.id, at, stored));
      }
    }
    return found;
  }

  /** What some group that follows a queue has not acknowledged. */
  public List<String> undrained() {
    List<String> found = new ArrayList<>();
    for (Queue queue : queues()) {
      rooms.queues().beginProgress(queue);
      for (Progress progress : queue.progress) {
        if (progress.isPending()) {
          found.add(describe(progress));
        }
      }
    }
    return found;
  }

  /**
   * What a full scan finds undelivered or unacknowledged in queues that are not in memory, and that
   * nobody would find in the index. Loads all queues.
   */
  public List<String> unentered() {
    Set<String> entered = new HashSet<>();
    scan(Table.PENDING, (key, _) -> entered.add(Keys.longAt(key, 0) + " " + Keys.longAt(key, 8)));
    Set<Long> inMemory = new HashSet<>();
    rooms.queues().active().forEach(queue -> inMemory.add(queue.id));
    List<String> found = new ArrayList<>();
    for (Queue queue : queues()) {
      rooms.queues().beginProgress(queue);
      for (Progress each : queue.progress) {
        if (each.isPending()
            && !inMemory.contains(queue.id)
            && !isBeingShown(each.groupTopic)
            && !entered.contains(each.group.id + " " + queue.id)) {
          found.add(describe(each) + " is pending and not entered as such");
        }
      }
    }
    return found;
  }

  /** A group that is new to a topic finds what was there before by a sweep. */
  private boolean isBeingShown(GroupTopic followed) {
    byte[] task = Sweeps.key(Sweeps.Kind.BACKFILL, followed.group.id, followed.topic.id);
    return rooms.rows().get(Table.META, task) != null;
  }

  /** Counts that differ from what there is. */
  public List<String> miscounted() {
    List<String> found = new ArrayList<>();
    for (Topic topic : rooms.catalog().topics()) {
      if (topic.type() == TopicType.LITE) {
        long lite = count(Table.QUEUE_NAME, topic);
        long subscriptions = count(Table.SUBSCRIBER, topic);
        if (lite != topic.liteTopics || subscriptions != topic.subscriptions) {
          found.add(
              "%s has %d lite topics and %d subscriptions, not %d and %d"
                  .formatted(
                      topic.name(), lite, subscriptions, topic.liteTopics, topic.subscriptions));
        }
      }
    }
    return found;
  }

  /** Where the rows that tell who follows what by name differ from each other or from memory. */
  public List<String> disagreeing() {
    Set<String> bySubscriber = new TreeSet<>();
    Set<String> bySubscription = new TreeSet<>();
    Map<String, Client.Summary> sums = new TreeMap<>();
    scan(
        Table.SUBSCRIBER,
        (key, _) -> {
          int afterName = Keys.afterText(key, 8);
          bySubscriber.add(
              subscription(
                  Keys.longAt(key, 0),
                  Keys.textAt(key, 8),
                  Keys.longAt(key, afterName),
                  Keys.textAt(key, afterName + 8)));
        });
    scan(
        Table.SUBSCRIPTION,
        (key, value) -> {
          String client = Keys.textAt(key, 8);
          String name = Keys.textAt(key, Keys.afterText(key, 8));
          bySubscription.add(
              subscription(Keys.longAt(value, 0), name, Keys.longAt(key, 0), client));
          sums.merge(
              Keys.longAt(key, 0) + " " + client,
              Client.Summary.NONE.with(name),
              (known, _) -> known.with(name));
        });
    Map<String, Client.Summary> sets = new TreeMap<>();
    scan(
        Table.LITE_SET,
        (key, _) -> {
          String client = Keys.textAt(key, 8);
          long group = Keys.longAt(key, 0);
          sets.put(group + " " + client, rooms.fold().liteSets().summaryOf(group, client));
        });
    List<String> found = new ArrayList<>();
    addDifferences("SUBSCRIBER has", bySubscriber, bySubscription, found);
    addDifferences("SUBSCRIPTION has", bySubscription, bySubscriber, found);
    if (!sums.equals(sets)) {
      found.add("LITE_SET has " + sets + " and the subscriptions are " + sums);
    }
    checkFollowers(bySubscriber, found);
    checkSets(found);
    return found;
  }

  /** Queues in memory know all their followers, and only these. */
  private void checkFollowers(Set<String> rowsOfFollowers, List<String> found) {
    Set<String> followers = new TreeSet<>();
    Set<String> followed = new TreeSet<>();
    for (Queue queue : rooms.queues().active()) {
      if (!queue.isGone()) {
        followed.add(queue.topic.id + "/" + queue.name + " ");
        for (Follower each : queue.followers) {
          followers.add(subscription(queue.topic.id, queue.name, each.groupId(), each.clientId()));
        }
      }
    }
    Set<String> expected = new TreeSet<>(rowsOfFollowers);
    expected.removeIf(each -> !followed.contains(each.substring(0, each.indexOf(' ') + 1)));
    addDifferences("memory has", followers, expected, found);
    addDifferences("memory lacks", expected, followers, found);
  }

  /** What is known of clients in memory is what their rows say, and their groups are alive. */
  private void checkSets(List<String> found) {
    for (Client client : rooms.members().clients().all()) {
      client.liteSets.forEach((name, set) -> {
        Group group = set.subscriber.group;
        if (!group.isDeleted && !set.is(rooms.fold().liteSets().summaryOf(group.id, client.id))) {
          found.add(client.id + " in " + name + " knows another number than its row");
        }
      });
    }
  }

  private static String subscription(long topicId, String name, long groupId, String clientId) {
    return topicId + "/" + name + " by " + groupId + " " + clientId;
  }

  private static void addDifferences(
      String what, Set<String> some, Set<String> others, List<String> found) {
    some.stream().filter(each -> !others.contains(each)).forEach(each -> found.add(what + each));
  }

  private void scan(Table table, BiConsumer<byte[], byte[]> visitor) {
    byte[] first = new byte[0];
    rooms
        .rows()
        .scan(
            table,
            first,
            Keys.after(first),
            (key, value) -> {
              visitor.accept(key, value);
              return true;
            });
  }

  /** Rows of what is no more: queues, topics, groups, sweeps; to be called at rest. */
  public List<String> leftovers() {
    List<String> found = new ArrayList<>();
    if (!isSwept()) {
      return found;
    }
    Set<Long> alive = new HashSet<>(queueIds(rooms.catalog().topics()));
    alive.addAll(queueIds(rooms.catalog().parkingTopics()));
    for (Table table : List.of(Table.QUEUE, Table.ENTRY, Table.PROGRESS)) {
      expectIds(table, 0, "queue", alive::contains, found);
    }
    for (Table table : List.of(Table.PENDING, Table.EXPIRY)) {
      expectIds(table, 8, "queue", alive::contains, found);
    }
    LongPredicate isGroup = id -> rooms.catalog().group(id) != null;
    for (Table table :
        List.of(
            Table.GROUP, Table.GROUP_TOPIC, Table.PENDING, Table.SUBSCRIPTION, Table.LITE_SET)) {
      expectIds(table, 0, "group", isGroup, found);
    }
    LongPredicate isTopic = id -> rooms.catalog().topic(id) != null;
    for (Table table : List.of(Table.TOPIC, Table.QUEUE_NAME, Table.SUBSCRIBER)) {
      expectIds(table, 0, "topic", isTopic, found);
    }
    expectIds(Table.GROUP_TOPIC, 8, "topic", isTopic, found);
    for (Sweeps.Kind kind : Sweeps.Kind.values()) {
      byte[] tasks = Arrays.copyOf(Sweeps.key(kind, 0, 0), 8);
      rooms
          .rows()
          .scan(
              Table.META,
              tasks,
              Keys.after(tasks),
              (_, _) -> found.add("META has a task of the kind " + kind));
    }
    for (Queue queue : rooms.queues().active()) {
      if (queue.isGone()) {
        found.add("queue " + queue.id + " of " + queue.topic.name() + " is in memory and gone");
      }
    }
    return found;
  }

  private void expectIds(
      Table table, int at, String what, LongPredicate isAlive, List<String> found) {
    scan(
        table,
        (key, _) -> {
          long id = Keys.longAt(key, at);
          if (!isAlive.test(id)) {
            found.add(table + " has a row of the " + what + " " + id + ", which is gone");
          }
        });
  }

  private long count(Table table, Topic topic) {
    long[] count = new long[1];
    byte[] prefix = Keys.of(topic.id);
    rooms.rows().scan(table, prefix, Keys.after(prefix), (_, _) -> ++count[0] > 0);
    return count[0];
  }

  // ---- the fold

  /** What a client follows by name in a group. */
  public Set<String> followed(String groupName, String clientId) {
    Set<String> names = new TreeSet<>();
    Group group = rooms.catalog().group(groupName);
    if (group != null) {
      rooms
          .fold()
          .liteSets()
          .subscriptionsOf(group, clientId, "", Integer.MAX_VALUE)
          .forEach(each -> names.add(each.liteTopic()));
    }
    return names;
  }

  /** The durable state in words; the same for two shards that folded the same log. */
  public List<String> state() {
    List<String> lines = new ArrayList<>();
    for (Topic topic : rooms.catalog().topics()) {
      lines.add("topic " + topic.id + " " + topic.definition());
    }
    for (Group group : rooms.catalog().groups()) {
      lines.add("group " + group.id + " " + group.definition());
      for (GroupTopic each : group.topics.values()) {
        lines.add(
            "group %s on %s from %d since %d tags %s"
                .formatted(
                    group.name(),
                    each.topic.name(),
                    each.startPosition,
                    each.startMillis,
                    new TreeSet<>(each.filter().tags())));
      }
    }
    for (Queue queue : queues()) {
      addQueue(queue, lines);
    }
    scan(
        Table.SUBSCRIBER,
        (key, value) -> {
          int afterName = Keys.afterText(key, 8);
          lines.add(
              "subscription %s from %d"
                  .formatted(
                      subscription(
                          Keys.longAt(key, 0),
                          Keys.textAt(key, 8),
                          Keys.longAt(key, afterName),
                          Keys.textAt(key, afterName + 8)),
                      new ByteReader(value).getVarLong()));
        });
    lines.sort(null);
    return lines;
  }

  private void addQueue(Queue queue, List<String> lines) {
    String name = "queue " + queue.id + " " + queue.topic.name() + "/" + queue.name;
    lines.add(
        "%s priority %d made %d next %d ttl %d stored %d cancelled %s"
            .formatted(
                name,
                queue.priority,
                queue.createdPosition,
                queue.nextOffset,
                queue.ttlMillis,
                queue.lastAppendMillis,
                queue.cancelledOffsets()));
    for (long at = rooms.queues().firstRetained(queue); at < queue.nextOffset; at++) {
      Run run = rooms.queues().runAt(queue, at);
      lines.add(
          name
              + " offset "
              + at
              + (run == null
                  ? " lost"
                  : " at " + run.positionOf(at) + " " + run.lengthOf(at) + " " + run.storeMillis));
    }
    for (Follower follower : queue.followers) {
      lines.add(name + " followed by " + follower);
    }
    for (GroupTopic groupTopic : queue.topic.followers) {
      boolean isThere = queue.progressOf(groupTopic.group) != null;
      Progress progress = rooms.queues().progress(groupTopic, queue);
      lines.add(
          name
              + " group "
              + progress.group.name()
              + " committed "
              + progress.committed
              + " next "
              + progress.next
              + " suspended "
              + progress.suspendedUntilMillis);
      for (Lease lease : progress.outstanding.values()) {
        lines.add(
            "%s group %s lease %d id %d before %d attempt %d"
                .formatted(
                    name,
                    progress.group.name(),
                    lease.offset,
                    lease.id,
                    lease.previousId,
                    lease.attempt));
      }
      if (!isThere) {
        // To look is not to begin.
        queue.progress.remove(progress);
      }
    }
  }
}
