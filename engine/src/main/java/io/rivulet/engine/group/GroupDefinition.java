package io.rivulet.engine.group;

import io.rivulet.engine.scheduling.Scheduling;
import java.util.Optional;

/**
 * Immutable. What is durably known of a consumer group.
 *
 * @param boundTopic LITE groups: the one parent topic
 * @param litePrefix LITE groups, SHARED: if there, the group follows all lite topics of its parent
 *     whose names begin so (empty: all), also those that are yet to be made; if not, its clients
 *     follow lite topics by name
 * @param maxAttempts deliveries of one message before it is dead-lettered, 1 to 1000
 * @param liteSubscriptionQuota LITE groups: lite topics that one client may follow, at least 1
 * @param scheduling which message is next, and for whom
 */
public record GroupDefinition(
    String name,
    GroupKind kind,
    Optional<String> boundTopic,
    Optional<String> litePrefix,
    SubscriptionModel model,
    StartFrom start,
    int maxAttempts,
    Backoff backoff,
    int liteSubscriptionQuota,
    Scheduling scheduling) {

  /** RocketMQ's own default: 16 retries after the first delivery. */
  public static final int DEFAULT_MAX_ATTEMPTS = 17;

  public static final int DEFAULT_LITE_SUBSCRIPTION_QUOTA = 2000;

  public GroupDefinition {
    if (maxAttempts < 1 || maxAttempts > 1000) {
      throw new IllegalArgumentException("maxAttempts is 1 to 1000, not " + maxAttempts);
    }
    if (liteSubscriptionQuota < 1) {
      throw new IllegalArgumentException(
          "liteSubscriptionQuota is at least 1, not " + liteSubscriptionQuota);
    }
    if ((kind == GroupKind.LITE) != boundTopic.isPresent()) {
      throw new IllegalArgumentException("a LITE group, and only it, is bound to a topic");
    }
    if (litePrefix.isPresent()
        && (kind != GroupKind.LITE || model == SubscriptionModel.EXCLUSIVE)) {
      throw new IllegalArgumentException(
          "a prefix of lite topics can be followed by a LITE group that is not EXCLUSIVE only");
    }
  }

  /** A group that is served without any limit, oldest message first. */
  public GroupDefinition(
      String name,
      GroupKind kind,
      Optional<String> boundTopic,
      Optional<String> litePrefix,
      SubscriptionModel model,
      StartFrom start,
      int maxAttempts,
      Backoff backoff,
      int liteSubscriptionQuota) {
    this(
        name,
        kind,
        boundTopic,
        litePrefix,
        model,
        start,
        maxAttempts,
        backoff,
        liteSubscriptionQuota,
        Scheduling.PLAIN);
  }

  public GroupDefinition with(Scheduling other) {
    return new GroupDefinition(
        name,
        kind,
        boundTopic,
        litePrefix,
        model,
        start,
        maxAttempts,
        backoff,
        liteSubscriptionQuota,
        other);
  }

  public static GroupDefinition standard(String name) {
    return new GroupDefinition(
        name,
        GroupKind.STANDARD,
        Optional.empty(),
        Optional.empty(),
        SubscriptionModel.SHARED,
        new StartFrom.First(),
        DEFAULT_MAX_ATTEMPTS,
        Backoff.standard(),
        DEFAULT_LITE_SUBSCRIPTION_QUOTA);
  }

  public static GroupDefinition lite(String name, String boundTopic) {
    return new GroupDefinition(
        name,
        GroupKind.LITE,
        Optional.of(boundTopic),
        Optional.empty(),
        SubscriptionModel.SHARED,
        new StartFrom.First(),
        DEFAULT_MAX_ATTEMPTS,
        Backoff.standard(),
        DEFAULT_LITE_SUBSCRIPTION_QUOTA);
  }

  /** A LITE group that follows all lite topics whose names begin so; empty: all. */
  public static GroupDefinition prefix(String name, String boundTopic, String prefix) {
    GroupDefinition byName = lite(name, boundTopic);
    return new GroupDefinition(
        name,
        byName.kind,
        byName.boundTopic,
        Optional.of(prefix),
        byName.model,
        byName.start,
        byName.maxAttempts,
        byName.backoff,
        byName.liteSubscriptionQuota);
  }
}
