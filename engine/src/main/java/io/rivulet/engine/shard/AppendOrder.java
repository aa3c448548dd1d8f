package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. Keeps the order of arrival within each queue: what goes into the log
 * in several steps holds back what came after it for one of the same queues.
 *
 * <p>Messages that may join any queue have no order to keep. As long as nothing large is under way
 * this costs one look at an empty map.
 */
final class AppendOrder {
  /** A queue that need not exist yet. */
  private record Name(String topic, String queue) {}

  private final int maxHeld;
  private final Counters counters;
  private final Map<Name, Integer> busy = new HashMap<>();
  private List<Appender.Request> held = new ArrayList<>();

  AppendOrder(int maxHeld, Counters counters) {
    this.maxHeld = maxHeld;
    this.counters = counters;
  }

  /** Whether something that is under way holds up one of its queues. */
  boolean isBusy(Appender.Request request) {
    return !busy.isEmpty() && !Collections.disjoint(namesOf(request), busy.keySet());
  }

  /** Whether the request was kept, or refused, because it must not overtake another. */
  boolean holdsBack(Appender.Request request) {
    if (busy.isEmpty()) {
      return false;
    }
    Set<Name> names = namesOf(request);
    if (Collections.disjoint(names, busy.keySet())) {
      return false;
    }
    if (held.size() >= maxHeld) {
      counters.refusedRequests.increment();
      request
          .reply()
          .accept(
              Collections.nCopies(
                  request.drafts().size(),
                  Outcome.refused(
                      RefusalCode.TOO_MANY_REQUESTS,
                      "more than "
                          + maxHeld
                          + " requests wait for a large one to the same lite topic: try again")));
      return true;
    }
    occupy(names);
    held.add(request);
    return true;
  }

  /**
   * Holds back what comes for the same queues until the request is answered.
   *
   * @param again gets those that were held, in the order in which they came
   */
  Appender.Request begin(Appender.Request request, Consumer<Appender.Request> again) {
    Set<Name> names = namesOf(request);
    occupy(names);
    return new Appender.Request(
        request.topic(),
        request.client(),
        request.drafts(),
        request.createsTopic(),
        request.also(),
        request.guard(),
        outcomes -> {
          release(names);
          request.reply().accept(outcomes);
          List<Appender.Request> waiting = held;
          held = new ArrayList<>();
          waiting.forEach(each -> release(namesOf(each)));
          waiting.forEach(again);
        });
  }

  private void occupy(Set<Name> names) {
    names.forEach(name -> busy.merge(name, 1, Integer::sum));
  }

  private void release(Set<Name> names) {
    names.forEach(name -> busy.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1));
  }

  private static Set<Name> namesOf(Appender.Request request) {
    Set<Name> names = new HashSet<>();
    for (Draft draft : request.drafts()) {
      if (!draft.queueName().isEmpty()) {
        names.add(new Name(request.topic(), draft.queueName()));
      }
    }
    return names;
  }
}
