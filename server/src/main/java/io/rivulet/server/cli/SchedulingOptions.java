package io.rivulet.server.cli;

import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.server.definitions.SchedulingWords;
import io.rivulet.server.definitions.WordException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Owned by the main thread. How a group is served, as options. 'none' removes a limit. */
final class SchedulingOptions {
  static final String NAMES = "--" + String.join(", --", SchedulingWords.VOCABULARY.names());

  private final Map<String, String> given = new LinkedHashMap<>();

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      description = "What the group is handed out at most: messages such as 50/s, 0.5/s or 90/min.")
  void rate(String value) {
    given.put("rate", value);
  }

  @Option(
      names = "--burst",
      paramLabel = "COUNT",
      description = "Messages that may pass at once after a quiet time. Default: those of 100 ms.")
  void burst(String value) {
    given.put("burst", value);
  }

  @Option(
      names = "--cost-rate",
      paramLabel = "RATE",
      description = "The same for cost, such as estimated tokens: 20000/s.")
  void costRate(String value) {
    given.put("cost-rate", value);
  }

  @Option(
      names = "--cost-burst",
      paramLabel = "COUNT",
      description = "The same for cost. Default: that of 100 ms.")
  void costBurst(String value) {
    given.put("cost-burst", value);
  }

  @Option(
      names = "--concurrency",
      paramLabel = "COUNT",
      description = "Messages handed out to the group and not acknowledged.")
  void concurrency(String value) {
    given.put("concurrency", value);
  }

  @Option(
      names = "--client-concurrency",
      paramLabel = "COUNT",
      description = "The same for each client.")
  void clientConcurrency(String value) {
    given.put("client-concurrency", value);
  }

  @Option(
      names = "--fairness",
      paramLabel = "PROPERTY",
      description = "Share between the values of this message property, such as tenant.")
  void fairness(String value) {
    given.put("fairness", value);
  }

  @Option(
      names = "--weights",
      paramLabel = "KEY=WEIGHT,...",
      description = "Shares of those who do not have the weight 1, such as gold=4,vip=2.")
  void weights(String value) {
    given.put("weights", value);
  }

  @Option(
      names = "--key-rate",
      paramLabel = "RATE",
      description = "What each of them is handed out at most.")
  void keyRate(String value) {
    given.put("key-rate", value);
  }

  @Option(
      names = "--key-burst",
      paramLabel = "COUNT",
      description = "Messages of each that may pass at once.")
  void keyBurst(String value) {
    given.put("key-burst", value);
  }

  @Option(
      names = "--key-cost-rate",
      paramLabel = "RATE",
      description = "The same as --key-rate for cost.")
  void keyCostRate(String value) {
    given.put("key-cost-rate", value);
  }

  @Option(
      names = "--key-cost-burst",
      paramLabel = "COUNT",
      description = "The same as --key-burst for cost.")
  void keyCostBurst(String value) {
    given.put("key-cost-burst", value);
  }

  @Option(
      names = "--key-concurrency",
      paramLabel = "COUNT",
      description = "Messages of each handed out and not acknowledged.")
  void keyConcurrency(String value) {
    given.put("key-concurrency", value);
  }

  @Option(
      names = "--priorities",
      paramLabel = "RULE",
      description = "strict: the highest first; weighted; or aging: waiting raises them.")
  void priorities(String value) {
    given.put("priorities", value);
  }

  @Option(
      names = "--priority-weights",
      paramLabel = "PRIORITY=WEIGHT,...",
      description = "Weighted, with these shares, such as 9=8,5=4,0=1.")
  void priorityWeights(String value) {
    given.put("priority-weights", value);
  }

  @Option(
      names = "--aging",
      paramLabel = "TIME",
      description = "Aging: a message gains a level for each such time, such as 30s.")
  void aging(String value) {
    given.put("aging", value);
  }

  @Option(
      names = "--adaptive",
      paramLabel = "ON|OFF",
      description = "Hand each client only as much as its acknowledgements say it can do.")
  void adaptive(String value) {
    given.put("adaptive", value);
  }

  boolean isEmpty() {
    return given.isEmpty();
  }

  /** Says it of a definition; what is not given stays as it is. */
  void apply(GroupDefinition.Builder definition) throws WordException {
    if (!given.isEmpty()) {
      SchedulingWords.VOCABULARY.apply(definition, given);
    }
  }
}
