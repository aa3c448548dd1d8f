package io.rivulet.testkit.engine;

import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the simulation. What a scheduler may do, with plain lists and a look at everything: no
 * heap, no ticket, no timer.
 *
 * <p>It does not choose; it says of a delivery whether the rules allow it, and of a rest whether
 * something should have been delivered. Where the engine may learn of a closed gate only by meeting
 * it, the model allows both.
 */
final class SchedulerModel {
  private static final double TOLERANCE = 1e-6;

  /** Owned by the simulation. A message. */
  static final class Item {
    final String id;
    final int cost;
    final long storedMillis;
    @Nullable String client;
    String handle = "";
    String chargedKey = "";
    long leasedUntilMillis;
    boolean isDone;
    int settledCost = -1;

    /** Sent in this step: nobody can have it before it is stored. */
    boolean isNew = true;

    /** What its line had when it was acknowledged; -1: it was not. */
    int settledPriority = -1;

    Item(String id, int cost, long storedMillis) {
      this.id = id;
      this.cost = cost;
      this.storedMillis = storedMillis;
    }

    Item copy() {
      Item copy = new Item(id, cost, storedMillis);
      copy.client = client;
      copy.handle = handle;
      copy.chargedKey = chargedKey;
      copy.leasedUntilMillis = leasedUntilMillis;
      copy.isDone = isDone;
      copy.isNew = isNew;
      copy.settledCost = settledCost;
      copy.settledPriority = settledPriority;
      return copy;
    }

    boolean isLeased() {
      return client != null && !isDone;
    }
  }

  /** Owned by the simulation. A queue. */
  static final class Line {
    final String name;
    final String key;
    final boolean isStrict;
    int priority;
    final List<Item> items = new ArrayList<>();

    Line(String name, String key, int priority, boolean isStrict) {
      this.name = name;
      this.key = key;
      this.priority = priority;
      this.isStrict = isStrict;
    }

    @Override
    public String toString() {
      return name
          + " "
          + items.stream()
              .filter(each -> !each.isDone)
              .map(each -> each.id + (each.isLeased() ? " until " + each.leasedUntilMillis : ""))
              .toList();
    }

    /** What is next, if the line may be served now. */
    @Nullable Item head(Set<Item> inReply) {
      Item head = null;
      for (Item item : items) {
        if (isStrict && item.isLeased() && !inReply.contains(item)) {
          return null;
        }
        if (head == null && !item.isDone && !item.isNew && !item.isLeased()) {
          head = item;
        }
      }
      return head;
    }
  }

  /** Owned by the simulation. What a rate allows. */
  private static final class Allowance {
    private final Rate rate;
    private double tokens;
    private long atMillis;

    private Allowance(Rate rate, double tokens, long atMillis) {
      this.rate = rate;
      this.tokens = tokens;
      this.atMillis = atMillis;
    }

    private double at(long millis) {
      return Math.min(
          (double) rate.burst(), tokens + (millis - atMillis) * rate.perSecond() / 1000);
    }

    private boolean isOpen(long nowMillis, int amount) {
      return at(nowMillis) >= Math.min(amount, rate.burst()) - TOLERANCE;
    }

    private long opensAt(long nowMillis, int amount) {
      double missing = Math.min(amount, rate.burst()) - at(nowMillis);
      return nowMillis
          + (long) Math.ceil(Math.max(0, missing - TOLERANCE) * 1000 / rate.perSecond());
    }

    private void take(long nowMillis, int amount) {
      tokens = at(nowMillis) - amount;
      atMillis = nowMillis;
    }
  }

  private Scheduling rules = Scheduling.PLAIN;
  private final List<Line> lines = new ArrayList<>();
  private final Map<String, Allowance> allowances = new HashMap<>();
  private final Map<String, Double> counters = new HashMap<>();
  private final Map<Integer, Double> levels = new TreeMap<>();
  private final Map<Integer, Double> served = new HashMap<>();
  private double servedLevel;
  private Set<String> active = new HashSet<>();

  /** Rates that were set since the start: their allowances begin full. */
  private final Set<String> changedRates = new HashSet<>();

  /** Allowances that nobody knew before this time are empty then; -1: full. */
  private long emptySinceMillis = -1;

  /** Which is next is not looked at: the engine knows but a part of what waits. */
  private final boolean isOrderFree;

  SchedulerModel(boolean isOrderFree) {
    this.isOrderFree = isOrderFree;
  }

  SchedulerModel copy() {
    SchedulerModel copy = new SchedulerModel(isOrderFree);
    copy.rules = rules;
    for (Line line : lines) {
      Line same = new Line(line.name, line.key, line.priority, line.isStrict);
      line.items.forEach(item -> same.items.add(item.copy()));
      copy.lines.add(same);
    }
    allowances.forEach((name, each) ->
        copy.allowances.put(name, new Allowance(each.rate, each.tokens, each.atMillis)));
    copy.counters.putAll(counters);
    copy.levels.putAll(levels);
    copy.served.putAll(served);
    copy.servedLevel = servedLevel;
    copy.active = new HashSet<>(active);
    copy.emptySinceMillis = emptySinceMillis;
    copy.changedRates.addAll(changedRates);
    return copy;
  }

  // ---- what happens

  void rules(Scheduling changed) {
    boolean isSameKind =
        changed.fairness().isPresent() == rules.fairness().isPresent()
            && changed.priorities().getClass() == rules.priorities().getClass();
    if (!isSameKind) {
      counters.clear();
      levels.clear();
      served.clear();
      servedLevel = 0;
    }
    // All ready sets are filled anew.
    active.clear();
    Limits before = perKey();
    Limits limits = rules.limits();
    rules = changed;
    forget("messages", limits.messages(), changed.limits().messages());
    forget("cost", limits.cost(), changed.limits().cost());
    forget("messages/", before.messages(), perKey().messages());
    forget("cost/", before.cost(), perKey().cost());
  }

  private void forget(String name, Optional<Rate> before, Optional<Rate> after) {
    if (!before.equals(after)) {
      allowances
          .keySet()
          .removeIf(each -> name.endsWith("/") ? each.startsWith(name) : each.equals(name));
      changedRates.add(name);
    }
  }

  void sent(String lineName, String key, int priority, boolean isStrict, Item item) {
    Line line = lines.stream().filter(each -> each.name.equals(lineName)).findFirst().orElse(null);
    if (line == null) {
      line = new Line(lineName, key, priority, isStrict);
      lines.add(line);
    }
    if (line.priority != priority) {
      line.priority = priority;
      // At once, not when the step is over: its old share may have nothing left for a moment.
      lookAtShares();
    }
    line.items.add(item);
  }

  void acknowledged(String id) {
    Item item = find(id);
    item.isDone = true;
    item.settledPriority = lineOf(id).priority;
  }

  void ended(String id) {
    find(id).client = null;
  }

  void crashed(long nowMillis) {
    counters.clear();
    levels.clear();
    served.clear();
    servedLevel = 0;
    active.clear();
    allowances.clear();
    changedRates.clear();
    emptySinceMillis = nowMillis;
    items().forEach(each -> each.settledCost = -1);
  }

  void settled(String id, int cost) {
    Item item = find(id);
    int before = item.settledCost >= 0 ? item.settledCost : item.cost;
    item.settledCost = cost;
    Fairness fairness = rules.fairness().orElse(null);
    if (fairness != null) {
      int priority = item.settledPriority >= 0 ? item.settledPriority : lineOf(id).priority;
      String share = share(priority, item.chargedKey);
      if (!active.contains(share)) {
        lift(share, priority);
      }
      counters.merge(
          share, (double) (cost - before) / fairness.weightOf(item.chargedKey), Double::sum);
    }
  }

  /** Time has passed, or something else has happened: leases end, keys come back. */
  void look(long nowMillis) {
    for (Item item : items()) {
      if (item.isLeased() && item.leasedUntilMillis <= nowMillis) {
        item.client = null;
      }
      item.isNew = false;
    }
    lookAtShares();
  }

  private void lookAtShares() {
    Set<String> now = activeNow(Set.of());
    for (String each : now) {
      if (!active.contains(each)) {
        int priority = Integer.parseInt(each.substring(0, each.indexOf('/')));
        lift(each, priority);
        if (active.stream().noneMatch(other -> other.startsWith(priority + "/"))) {
          levels.put(priority, Math.max(levels.getOrDefault(priority, 0.0), servedLevel));
        }
        active.add(each);
      }
    }
    active = now;
  }

  private void lift(String share, int priority) {
    counters.put(share, Math.max(counter(share), served.getOrDefault(priority, 0.0)));
  }

  private Set<String> activeNow(Set<Item> inReply) {
    Set<String> now = new TreeSet<>();
    for (Line line : lines) {
      if (line.head(inReply) != null) {
        now.add(share(line.priority, line.key));
      }
    }
    return now;
  }

  // ---- what is asked

  /** A message was delivered in a reply; what is wrong with that, if anything. */
  Optional<String> delivered(
      String client, String id, String handle, long nowMillis, long until, Set<Item> inReply) {
    Line line = lineOf(id);
    Item item = find(id);
    if (line.head(inReply) != item) {
      return Optional.of(id + " is not the first of " + line);
    }
    if (!isGroupOpen(nowMillis, item.cost)) {
      return Optional.of(id + " was delivered although the group's gate is closed");
    }
    if (!isKeyOpen(line.key, nowMillis, item.cost)) {
      return Optional.of(id + " was delivered although the gate of " + line.key + " is closed");
    }
    if (!hasRoom(client)) {
      return Optional.of(id + " was delivered although " + client + " holds enough");
    }
    String wrong = isOrderFree ? null : wrongOrder(line, nowMillis, inReply);
    if (wrong != null) {
      return Optional.of(id + " of " + line.name + " was delivered: " + wrong);
    }
    charge(line, item, nowMillis);
    item.client = client;
    item.handle = handle;
    item.leasedUntilMillis = until;
    item.settledCost = -1;
    item.chargedKey = line.key;
    inReply.add(item);
    return Optional.empty();
  }

  /** The reply is complete: keys that have nothing left are served no more. */
  void replied() {
    active.retainAll(activeNow(Set.of()));
  }

  private void charge(Line line, Item item, long nowMillis) {
    groupAllowance("messages", rules.limits().messages(), nowMillis)
        .ifPresent(each -> each.take(nowMillis, 1));
    groupAllowance("cost", rules.limits().cost(), nowMillis)
        .ifPresent(each -> each.take(nowMillis, item.cost));
    groupAllowance("messages/" + line.key, perKey().messages(), nowMillis)
        .ifPresent(each -> each.take(nowMillis, 1));
    groupAllowance("cost/" + line.key, perKey().cost(), nowMillis)
        .ifPresent(each -> each.take(nowMillis, item.cost));
    String share = share(line.priority, line.key);
    rules
        .fairness()
        .ifPresent(fairness -> {
          served.merge(line.priority, Math.max(0, counter(share)), Math::max);
          counters.merge(share, (double) item.cost / fairness.weightOf(line.key), Double::sum);
        });
    if (rules.priorities() instanceof PriorityRule.Weighted(Map<Integer, Integer> weights)) {
      servedLevel = Math.max(servedLevel, levels.getOrDefault(line.priority, 0.0));
      levels.merge(
          line.priority, (double) item.cost / weightOf(weights, line.priority), Double::sum);
    }
  }

  private static int weightOf(Map<Integer, Integer> weights, int priority) {
    for (int each = priority; each >= 0; each--) {
      if (weights.containsKey(each)) {
        return weights.get(each);
      }
    }
    return 1;
  }

  private @Nullable String wrongOrder(Line line, long nowMillis, Set<Item> inReply) {
    for (Line other : openLines(nowMillis, inReply)) {
      if (other.priority != line.priority
          && isBefore(other.priority, line.priority, inReply, nowMillis)) {
        return other.name + " has a priority that is next " + this;
      }
    }
    String share = share(line.priority, line.key);
    for (Line other : openLines(nowMillis, inReply)) {
      String otherShare = share(other.priority, other.key);
      if (rules.fairness().isPresent()
          && other.priority == line.priority
          && counter(otherShare) < counter(share) - TOLERANCE * Math.max(1, counter(share))) {
        return "%s stands at %s and %s at %s"
            .formatted(otherShare, counter(otherShare), share, counter(share));
      }
    }
    return null;
  }

  /** Whether messages of one priority must be handed out before those of the other. */
  private boolean isBefore(int one, int other, Set<Item> inReply, long nowMillis) {
    return switch (rules.priorities()) {
      case PriorityRule.Strict _ -> one > other;
      case PriorityRule.Weighted _ ->
          levels.getOrDefault(one, 0.0)
              < levels.getOrDefault(other, 0.0) * (1 - TOLERANCE) - TOLERANCE;
      case PriorityRule.Aging aging ->
          oldest(one, openLines(nowMillis, inReply), inReply) - one * aging.step().toMillis()
              < oldest(other, lines, inReply) - other * aging.step().toMillis();
    };
  }

  private static long oldest(int priority, List<Line> among, Set<Item> inReply) {
    long oldest = Long.MAX_VALUE / 2;
    for (Line line : among) {
      Item head = line.head(inReply);
      if (line.priority == priority && head != null) {
        oldest = Math.min(oldest, head.storedMillis);
      }
    }
    return oldest;
  }

  /** Lines that may be served, whichever of its messages the engine looks at first. */
  private List<Line> openLines(long nowMillis, Set<Item> inReply) {
    Set<String> closed = new HashSet<>();
    for (Line line : lines) {
      Item head = line.head(inReply);
      if (head != null && !isKeyOpen(line.key, nowMillis, head.cost)) {
        closed.add(line.key);
      }
    }
    return lines.stream()
        .filter(line -> line.head(inReply) != null && !closed.contains(line.key))
        .toList();
  }

  /** What should have been delivered to one of the clients that wait. */
  Optional<String> missed(Set<String> waiting, long nowMillis) {
    List<Line> open = openLines(nowMillis, Set.of());
    int highest =
        rules.priorities() instanceof PriorityRule.Strict && !isOrderFree
            ? open.stream().mapToInt(line -> line.priority).max().orElse(0)
            : 0;
    for (Line line : lines) {
      Item head = line.head(Set.of());
      if (head != null && line.priority >= highest && !isGroupOpen(nowMillis, head.cost)) {
        return Optional.empty();
      }
    }
    if (open.isEmpty()) {
      return Optional.empty();
    }
    return waiting.stream()
        .filter(this::hasRoom)
        .findFirst()
        .map(client -> client + " waits at " + nowMillis + " and may have of " + open);
  }

  /** When something may change although nobody does anything. */
  Optional<Long> nextEvent(long nowMillis) {
    TreeSet<Long> times = new TreeSet<>();
    for (Line line : lines) {
      for (Item item : line.items) {
        if (item.isLeased()) {
          times.add(item.leasedUntilMillis);
        }
      }
      Item head = line.head(Set.of());
      if (head != null) {
        groupAllowance("messages", rules.limits().messages(), nowMillis)
            .ifPresent(each -> times.add(each.opensAt(nowMillis, 1)));
        groupAllowance("cost", rules.limits().cost(), nowMillis)
            .ifPresent(each -> times.add(each.opensAt(nowMillis, head.cost)));
        groupAllowance("messages/" + line.key, perKey().messages(), nowMillis)
            .ifPresent(each -> times.add(each.opensAt(nowMillis, 1)));
        groupAllowance("cost/" + line.key, perKey().cost(), nowMillis)
            .ifPresent(each -> times.add(each.opensAt(nowMillis, head.cost)));
      }
    }
    return Optional.ofNullable(times.higher(nowMillis));
  }

  // ---- gates

  private boolean isGroupOpen(long nowMillis, int cost) {
    int concurrency = rules.limits().concurrency();
    return (concurrency == 0 || leased().size() < concurrency)
        && groupAllowance("messages", rules.limits().messages(), nowMillis)
            .map(each -> each.isOpen(nowMillis, 1))
            .orElse(true)
        && groupAllowance("cost", rules.limits().cost(), nowMillis)
            .map(each -> each.isOpen(nowMillis, cost))
            .orElse(true);
  }

  private boolean isKeyOpen(String key, long nowMillis, int cost) {
    int concurrency = perKey().concurrency();
    return (concurrency == 0
            || leased().stream().filter(each -> each.chargedKey.equals(key)).count() < concurrency)
        && groupAllowance("messages/" + key, perKey().messages(), nowMillis)
            .map(each -> each.isOpen(nowMillis, 1))
            .orElse(true)
        && groupAllowance("cost/" + key, perKey().cost(), nowMillis)
            .map(each -> each.isOpen(nowMillis, cost))
            .orElse(true);
  }

  private boolean hasRoom(String client) {
    return rules.clientConcurrency() == 0
        || leased().stream().filter(each -> client.equals(each.client)).count()
            < rules.clientConcurrency();
  }

  private Optional<Allowance> groupAllowance(String name, Optional<Rate> rate, long nowMillis) {
    String kind = name.contains("/") ? name.substring(0, name.indexOf('/') + 1) : name;
    boolean isFull = emptySinceMillis < 0 || changedRates.contains(kind);
    return rate.map(each ->
        allowances.computeIfAbsent(
            name,
            _ ->
                isFull
                    ? new Allowance(each, each.burst(), nowMillis)
                    : new Allowance(each, 0, emptySinceMillis)));
  }

  // ---- looking

  private Limits perKey() {
    return rules.fairness().map(Fairness::perKey).orElse(Limits.NONE);
  }

  private String share(int priority, String key) {
    return priority + "/" + (rules.fairness().isPresent() ? key : "");
  }

  private double counter(String share) {
    return counters.getOrDefault(share, 0.0);
  }

  Optional<Integer> priorityOf(String lineName) {
    return lines.stream()
        .filter(line -> line.name.equals(lineName))
        .map(line -> line.priority)
        .findFirst();
  }

  List<Item> items() {
    return lines.stream().flatMap(line -> line.items.stream()).toList();
  }

  List<Item> leased() {
    return items().stream().filter(Item::isLeased).toList();
  }

  private Line lineOf(String id) {
    return lines.stream()
        .filter(line -> line.items.stream().anyMatch(item -> item.id.equals(id)))
        .findFirst()
        .orElseThrow();
  }

  private Item find(String id) {
    return items().stream().filter(item -> item.id.equals(id)).findFirst().orElseThrow();
  }

  @Override
  public String toString() {
    return counters + " served " + served + " levels " + levels + " rules " + rules;
  }
}
