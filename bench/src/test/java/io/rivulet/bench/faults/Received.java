package io.rivulet.bench.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: under a lock. What a group was given, by line: each number when it came for
 * the first time, and what it has acknowledged, which may never come again.
 */
final class Received {
  private final ReentrantLock lock = new ReentrantLock();
  private final String group;
  private final Findings findings;
  private final Map<String, List<Integer>> firsts = new HashMap<>();
  private final Map<Body, String> ids = new HashMap<>();
  private final Set<String> acknowledgedIds = new HashSet<>();
  private final Map<String, Set<Integer>> acknowledged = new HashMap<>();

  Received(String group, Findings findings) {
    this.group = group;
    this.findings = findings;
  }

  /** A message with a {@link Body} came. */
  void came(String id, String text) {
    Optional<Body> body = Body.read(text);
    if (body.isEmpty()) {
      findings.add(group + " was given '" + text + "', which nobody sent");
      return;
    }
    came(id, body.get());
  }

  void came(String id, Body body) {
    lock.lock();
    try {
      if (acknowledgedIds.contains(id)) {
        findings.add(group + " was given " + body + " again, which it had acknowledged");
      }
      String earlier = ids.putIfAbsent(body, id);
      if (earlier == null) {
        firsts.computeIfAbsent(body.line(), _ -> new ArrayList<>()).add(body.number());
      } else if (!earlier.equals(id)) {
        findings.add(group + " was given " + body + " as two messages: " + earlier + " and " + id);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The server has said that it took note. */
  void acknowledged(String id, String text) {
    lock.lock();
    try {
      acknowledgedIds.add(id);
      Body.read(text)
          .ifPresent(body ->
              acknowledged.computeIfAbsent(body.line(), _ -> new HashSet<>()).add(body.number()));
    } finally {
      lock.unlock();
    }
  }

  /** Whether all of these have come. */
  boolean hasAll(String line, Set<Integer> numbers) {
    lock.lock();
    try {
      return Set.copyOf(firsts.getOrDefault(line, List.of())).containsAll(numbers);
    } finally {
      lock.unlock();
    }
  }

  /** What was sent and acknowledged in order must have come in order, all of it. */
  void check(String line, Set<Integer> numbers, boolean isOrdered) {
    lock.lock();
    try {
      List<Integer> came = firsts.getOrDefault(line, List.of());
      Set<Integer> missing = new HashSet<>(numbers);
      missing.removeAll(Set.copyOf(came));
      if (!missing.isEmpty()) {
        findings.add(
            "%s never got %d of %s, beginning with %d"
                .formatted(group, missing.size(), line, Collections.min(missing)));
      }
      int last = -1;
      for (int number : came) {
        if (isOrdered && numbers.contains(number)) {
          if (number < last) {
            findings.add("%s got %s/%d after %d".formatted(group, line, number, last));
          }
          last = number;
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
