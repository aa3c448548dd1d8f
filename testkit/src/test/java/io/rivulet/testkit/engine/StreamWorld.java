package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. Callers that ask for a few things at the same time, again and again; now and
 * then time passes or the shard crashes.
 *
 * <p>What was asked at the same time happens one after the other: in the order in which it was
 * asked, or in any if something needs several steps. A crash leaves the beginning of such an order,
 * with all that was answered. So after each round there must be an order in which a {@link
 * StreamModel} gives the same answers and is what the shard is.
 */
final class StreamWorld {
  private static final int MAX_STORY = 40;

  /** Something that was asked. */
  private record Asked(StreamModel.Request request, CompletableFuture<Object> answer) {
    boolean isAnswered() {
      return answer.isDone();
    }

    @Override
    public String toString() {
      String words = brief(request.toString());
      return words + " -> " + (answer.isDone() ? brief(answer.join().toString()) : "?");
    }
  }

  private final RandomGenerator random;
  private final ShardDriver driver;
  private final StreamCaller caller;
  private final StreamRequests requests;
  private final Deque<StreamModel.Request> unanswered = new ArrayDeque<>();
  private final Deque<String> story = new ArrayDeque<>();
  private StreamModel model = new StreamModel();

  StreamWorld(long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    EngineConfig usual = EngineConfig.defaults();
    driver =
        new ShardDriver(seed % 3 == 0 ? usual.toBuilder().maxIdleQueues(0).build() : usual, random);
    caller = new StreamCaller(driver::shard);
    requests = new StreamRequests(random);
  }

  void run(int steps) {
    for (int step = 1; step <= steps; step++) {
      try {
        int dice = random.nextInt(100);
        if (dice < 80) {
          round();
        } else if (dice < 93) {
          pass();
        } else {
          crash(0);
          look(List.of(model));
        }
        if (step % 10 == 0 || step == steps) {
          look(List.of(model));
        }
      } catch (AssertionError e) {
        throw new AssertionError(
            "in step %d: %s\n%s".formatted(step, e.getMessage(), String.join("\n", story)), e);
      }
    }
  }

  private long now() {
    return driver.clock.wallMillis();
  }

  private void tell(String what) {
    story.add(now() + " " + what);
    if (story.size() > MAX_STORY) {
      story.removeFirst();
    }
  }

  private static String brief(String words) {
    return words.replaceAll("x{9,}", "x*").replace("StreamDefinition", "");
  }

  // ---- what is asked

  private void round() {
    List<Asked> round = new ArrayList<>();
    StreamModel ahead = model.copy();
    boolean isAlone = false;
    int count = random.nextInt(3) > 0 ? 1 : random.nextInt(2, 5);
    while (round.size() < count && !isAlone) {
      StreamModel.Request request = unanswered.peek();
      if (request == null) {
        request = requests.next(ahead, now());
      }
      isAlone = StreamRequests.takesSeveralBatches(request);
      if (isAlone && !round.isEmpty()) {
        break;
      }
      if (request.equals(unanswered.peek())) {
        unanswered.remove();
      }
      ahead.apply(request, now());
      round.add(new Asked(request, caller.ask(request)));
      step(random.nextInt(6));
    }
    boolean crashes = random.nextInt(4) == 0;
    if (crashes) {
      step(random.nextInt(isAlone ? 60 : 6));
      crash(driver.unsynced());
      round.forEach(each -> tell("? " + each));
    } else {
      driver.settle();
      round.forEach(each -> tell("  " + each));
    }
    judge(round, crashes);
    for (Asked each : round) {
      if (!each.isAnswered() && isRetried(each.request)) {
        unanswered.add(each.request);
      }
    }
  }

  private static boolean isRetried(StreamModel.Request request) {
    return request instanceof StreamModel.Append append && append.producer().isPresent();
  }

  private void step(int count) {
    for (int i = 0; i < count; i++) {
      driver.step();
    }
  }

  private void crash(int unsynced) {
    int kept = unsynced == 0 ? Integer.MAX_VALUE : random.nextInt(unsynced + 1);
    boolean isIndexLost = random.nextInt(8) == 0;
    driver.crash(kept, random.nextInt(driver.unflushedWrites() + 1), isIndexLost);
    tell("crash, of " + unsynced + " batches are left " + kept + (isIndexLost ? ", no index" : ""));
  }

  // ---- what may have happened

  private void judge(List<Asked> round, boolean hasCrashed) {
    for (Asked each : round) {
      if (!hasCrashed && !each.isAnswered()) {
        throw new AssertionError("no answer to " + each);
      }
    }
    List<StreamModel> possible = new ArrayList<>();
    if (round.stream().anyMatch(each -> StreamRequests.takesSeveralSteps(each.request))) {
      inAnyOrder(new ArrayList<>(), round, hasCrashed, possible);
    } else {
      for (int count = hasCrashed ? 0 : round.size(); count <= round.size(); count++) {
        consider(round.subList(0, count), round, possible);
      }
    }
    if (hasCrashed && StreamRequests.takesSeveralBatches(round.getFirst().request)) {
      begun(round.getFirst(), possible);
    }
    if (possible.isEmpty()) {
      StreamModel asked = model.copy();
      List<String> expected = round.stream().map(each -> asked.apply(each.request, now())).toList();
      throw new AssertionError("in no order are these the answers, as asked: " + expected);
    }
    model = possible.getFirst();
    if (possible.size() > 1 || hasCrashed) {
      look(possible);
    }
  }

  private void inAnyOrder(
      List<Asked> order, List<Asked> round, boolean hasCrashed, List<StreamModel> possible) {
    if (hasCrashed || order.size() == round.size()) {
      consider(order, round, possible);
    }
    for (Asked each : round) {
      if (!order.contains(each)) {
        List<Asked> longer = new ArrayList<>(order);
        longer.add(each);
        inAnyOrder(longer, round, hasCrashed, possible);
      }
    }
  }

  /**
   * Adds what the streams are after these, if all others have no answer and these the right one.
   */
  private void consider(List<Asked> order, List<Asked> round, List<StreamModel> possible) {
    for (Asked each : round) {
      if (each.isAnswered() && !order.contains(each)) {
        return;
      }
    }
    StreamModel state = model.copy();
    List<StreamModel> states = new ArrayList<>(List.of(state));
    List<String> answers = new ArrayList<>();
    for (Asked each : order) {
      state = state.copy();
      answers.add(state.apply(each.request, now()));
      states.add(state);
    }
    for (int i = 0; i < order.size(); i++) {
      Asked each = order.get(i);
      if (each.isAnswered() && !isRight(each, answers.get(i), states.subList(i, states.size()))) {
        return;
      }
    }
    possible.add(state);
  }

  /** A reader may see what comes while he reads; nobody else does. */
  private static boolean isRight(Asked asked, String answer, List<StreamModel> states) {
    if (asked.request instanceof StreamModel.Read read) {
      StreamModel.Page page = (StreamModel.Page) asked.answer.join();
      int id = states.getFirst().idOf(read.name());
      if (page.refusal().equals(StreamModel.refused(RefusalCode.GONE))
          && states.stream().anyMatch(state -> state.idOf(read.name()) != id)) {
        return true; // it was deleted while he read
      }
      return states.stream().anyMatch(state -> state.mismatch(read, page) == null);
    }
    return answer.equals(asked.answer.join());
  }

  private void begun(Asked asked, List<StreamModel> possible) {
    if (asked.isAnswered() || !(asked.request instanceof StreamModel.Append append)) {
      return;
    }
    StreamModel whole = model.copy();
    int before = whole.endOf(append.name());
    whole.apply(append, now());
    int count = whole.endOf(append.name()) - before;
    for (int part = 1; part < count; part++) {
      StreamModel begun = model.copy();
      int from = append.bodies().size() - count;
      begun.apply(
          new StreamModel.Beginning(append.name(), append.bodies().subList(from, from + part)),
          now());
      possible.add(begun);
    }
  }

  // ---- what is there

  private Object await(StreamModel.Request request) {
    CompletableFuture<Object> answer = caller.ask(request);
    driver.settle();
    if (!answer.isDone()) {
      throw new AssertionError("no answer to " + request);
    }
    return answer.join();
  }

  /** Looks at all streams and finds out which of these they are. */
  private void look(List<StreamModel> possible) {
    List<StreamModel> left = new ArrayList<>(possible);
    for (String name : StreamRequests.NAMES) {
      Object found = await(new StreamModel.Describe(name));
      keep(left, each -> each.describe(name).equals(found) ? null : each.describe(name), found);
      long next = 0;
      while (!left.isEmpty() && next >= 0) {
        StreamModel.Read read = new StreamModel.Read(name, next, random.nextInt(1, 9));
        StreamModel.Page page = (StreamModel.Page) await(read);
        keep(left, each -> each.mismatch(read, page), page);
        left.forEach(each -> each.apply(read, now()));
        next = page.bodies().isEmpty() ? -1 : page.next();
      }
    }
    model = left.getFirst();
  }

  private interface Judge {
    @Nullable String mismatch(StreamModel model);
  }

  private static void keep(List<StreamModel> left, Judge judge, Object found) {
    List<String> mismatches = new ArrayList<>();
    left.removeIf(each -> {
      String mismatch = judge.mismatch(each);
      if (mismatch != null) {
        mismatches.add(mismatch);
      }
      return mismatch != null;
    });
    if (left.isEmpty()) {
      throw new AssertionError("found " + brief(found.toString()) + ": " + mismatches);
    }
  }

  // ---- time

  private void pass() {
    List<Long> ends = model.ends(now());
    long millis = random.nextInt(1, 20_000);
    if (!ends.isEmpty() && random.nextInt(3) > 0) {
      millis = Math.max(0, ends.get(random.nextInt(ends.size())) - now() + random.nextInt(-1, 2));
    }
    driver.pass(millis);
    Optional<String> crashed = Optional.empty();
    if (random.nextInt(4) == 0) {
      crash(0);
      crashed = Optional.of(" with a crash");
    }
    if (random.nextBoolean()) {
      driver.settle(); // what ends is found to have ended, or found by somebody who asks
    }
    tell(millis + " ms pass" + crashed.orElse(""));
    Map<String, String> found = new HashMap<>();
    for (String name : StreamRequests.NAMES) {
      found.put(name, (String) await(new StreamModel.Describe(name)));
    }
    String wrong = model.pass(now(), found);
    if (wrong != null) {
      throw new AssertionError(wrong + ", found " + found);
    }
    for (String name : StreamRequests.NAMES) {
      Object again = await(new StreamModel.Describe(name));
      keep(
          new ArrayList<>(List.of(model)),
          each -> each.describe(name).equals(again) ? null : each.describe(name),
          name + " " + again);
    }
  }
}
