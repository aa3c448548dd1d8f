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

  /** Whether anything bounds what is sent per second. */
  public boolean hasRates() {
    return (topicMessageRate | namespaceMessageRate | clientMessageRate) != 0
        || (topicByteRate | namespaceByteRate | clientByteRate) != 0;
  }
}
