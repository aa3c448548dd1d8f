package io.rivulet.bench.faults;

import io.rivulet.bench.compatibility.OfficialClientException;
import io.rivulet.bench.compatibility.OfficialProducer;
import io.rivulet.bench.compatibility.Outgoing;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Owned by its thread; what was acknowledged may be asked by others. Sends numbered messages with
 * the official client. One that its user saw fail may be there or not, and is not sent again.
 */
final class OfficialSender implements Line {
  private static final Duration PACE = Duration.ofMillis(150);

  private final String topic;
  private final String name;
  private final boolean isOrdered;
  private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
  private int number;

  /**
   * A sender of one line.
   *
   * @param isOrdered whether the line is a message group
   */
  OfficialSender(String topic, String name, boolean isOrdered) {
    this.topic = topic;
    this.name = name;
    this.isOrdered = isOrdered;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int acknowledged() {
    return acknowledged.size();
  }

  Set<Integer> numbers() {
    return acknowledged;
  }

  void run(Access access, OfficialProducer producer) {
    while (!access.isOver()) {
      Outgoing message = Outgoing.text(topic, new Body(name, number).text());
      try {
        producer.send(isOrdered ? message.messageGroup(name) : message);
        acknowledged.add(number);
      } catch (OfficialClientException inDoubt) {
        // Its user cannot know; the next one has another number.
      }
      number++;
      Access.pause(PACE);
    }
  }
}
