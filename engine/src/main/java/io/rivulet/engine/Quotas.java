package io.rivulet.engine;

/**
 * Immutable. What one topic, namespace or client may take, so that it harms only itself. 0: without
 * bound. Rates are per second, with a burst of a second's worth. A namespace is what stands before
 * the first {@code %} of a topic's name; topics without one share the empty namespace.
 *
 * @param topicLiteTopics lite topics that one topic may have
 * @param namespaceLiteTopics lite topics that the topics of one namespace may have
 * @param topicSubscriptions lite topics followed by name in one topic, counted for each client
 * @param namespaceSubscriptions the same in one namespace
 * @param topicMessageRate messages to one topic
 * @param namespaceMessageRate messages to one namespace
 * @param clientMessageRate messages from one client
 * @param topicByteRate bytes to one topic, headers included
 * @param namespaceByteRate bytes to one namespace
 * @param clientByteRate bytes from one client
 * @param clientLiteTopicRate lite topics that one client makes
 */
public record Quotas(
    long topicLiteTopics,
    long namespaceLiteTopics,
    long topicSubscriptions,
    long namespaceSubscriptions,
    long topicMessageRate,
    long namespaceMessageRate,
    long clientMessageRate,
    long topicByteRate,
    long namespaceByteRate,
    long clientByteRate,
    long clientLiteTopicRate) {

  public static Quotas defaults() {
    return new Quotas(20_000_000, 50_000_000, 10_000_000, 20_000_000, 0, 0, 0, 0, 0, 0, 10_000);
  }

  /** What stands before the first {@code %} of a topic's name; empty if there is none. */
  public static String namespaceOf(String topic) {
    int end = topic.indexOf('%');
    return end < 0 ? "" : topic.substring(0, end);
  }

  /**
   * The quotas of one of several shards, for what is spread over them by its names: an equal part,
   * and what chance may bring beyond it, so that nobody is refused who is within the whole. Rates
   * of what is sent are kept to where it comes in, and not in shards.
   */
  public Quotas partOf(int shards) {
    return shards == 1
        ? this
        : new Quotas(
            part(topicLiteTopics, shards),
            part(namespaceLiteTopics, shards),
            part(topicSubscriptions, shards),
            part(namespaceSubscriptions, shards),
            0,
            0,
            0,
            0,
            0,
            0,
            part(clientLiteTopicRate, shards));
  }

  /** Six standard deviations above an equal part. */
  private static long part(long whole, int shards) {
    double equal = (double) whole / shards;
    return whole == 0 ? 0 : Math.min(whole, (long) Math.ceil(equal + 6 * Math.sqrt(equal)) + 1);
  }

  /** Whether anything bounds what is sent per second. */
  public boolean hasRates() {
    return (topicMessageRate | namespaceMessageRate | clientMessageRate) != 0
        || (topicByteRate | namespaceByteRate | clientByteRate) != 0;
  }
}
