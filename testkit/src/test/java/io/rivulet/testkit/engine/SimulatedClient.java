package io.rivulet.testkit.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Owned by the simulation. A consumer: what it holds and what it thinks it follows. */
final class SimulatedClient {
  /** A delivery that it has in hand. */
  record InHand(String group, String topic, long queueId, long offset, String handle) {}

  final String id;
  final String group;
  final String topic;
  final Set<String> tags;
  final boolean isLite;
  final boolean isStrict;
  final long maxMessageBytes;
  final List<InHand> inHand = new ArrayList<>();
  final Set<String> follows = new TreeSet<>();

  /** Lite topics that it left for sure, and the step in which it knew. */
  final Map<String, Long> left = new HashMap<>();

  /** When it last asked to follow something: what was asked before and is answered later is old. */
  long lastAddStep = -1;

  SimulatedClient(String id, String group, String topic, Set<String> tags, long maxMessageBytes) {
    this.id = id;
    this.group = group;
    this.topic = topic;
    this.tags = tags;
    isLite = topic.equals("lite") && !group.startsWith("w");
    isStrict = topic.equals("lite") || topic.equals("fifo");
    this.maxMessageBytes = maxMessageBytes;
  }
}
