package io.rivulet.engine.shard;

import io.rivulet.engine.Quotas;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Refuses what would take more than a topic, a namespace or a client may
 * have; the refusal names the quota and its present value.
 *
 * <p>Rates are token buckets that hold a second's worth. A request passes while there is anything
 * in them and may leave them in debt, so that one that is larger than a second's worth passes, too.
 */
final class QuotaGuard {
  /** Of each kind; who was not heard of for longest is forgotten first, with a full bucket. */
  private static final int MAX_BUCKETS = 65_536;

  /** Owned by the shard thread. What may be sent of something now. */
  private static final class Bucket {
    private double tokens;
    private long atMillis;

    Bucket(double tokens, long atMillis) {
      this.tokens = tokens;
      this.atMillis = atMillis;
    }

    void refill(long perSecond, long nowMillis) {
      double gained = (nowMillis - atMillis) * perSecond / 1000.0;
      tokens = Math.min((double) perSecond, tokens + Math.max(0, gained));
      atMillis = nowMillis;
    }
  }

  /** A rate of one topic, namespace or client. */
  private final class Rate {
    private final String quota;
    private final long perSecond;
    private final Map<String, Bucket> buckets =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MAX_BUCKETS;
          }
        };

    Rate(String quota, long perSecond) {
      this.quota = quota;
      this.perSecond = perSecond;
    }

    /** The bucket as it is now; null if there is no bound. */
    @Nullable Bucket of(String whose) {
      if (perSecond == 0) {
        return null;
      }
      long now = clock.millis();
      Bucket bucket = buckets.computeIfAbsent(whose, _ -> new Bucket(perSecond, now));
      bucket.refill(perSecond, now);
      return bucket;
    }

    Refusal refuse(String what, Bucket bucket) {
      long waitMillis = (long) Math.ceil((1 - bucket.tokens) * 1000 / perSecond);
      return new Refusal(
          RefusalCode.TOO_MANY_REQUESTS,
          "%s has used its %s of %d per second%s; come again in %d ms"
              .formatted(what, quota, perSecond, where, waitMillis));
    }
  }

  private final Quotas quotas;
  private final ShardClock clock;

  /** What refusals say of the bounds. */
  private final String where;

  private final Rate topicMessages;
  private final Rate namespaceMessages;
  private final Rate clientMessages;
  private final Rate topicBytes;
  private final Rate namespaceBytes;
  private final Rate clientBytes;
  private final Rate clientLiteTopics;

  /**
   * Makes one that has seen nothing.
   *
   * @param shards among which quotas were parted ({@link Quotas#partOf})
   */
  QuotaGuard(Quotas quotas, ShardClock clock, int shards) {
    this.quotas = quotas;
    this.clock = clock;
    where = shards == 1 ? "" : " in each of %d shards".formatted(shards);
    topicMessages = new Rate("quota.topic-message-rate", quotas.topicMessageRate());
    namespaceMessages = new Rate("quota.namespace-message-rate", quotas.namespaceMessageRate());
    clientMessages = new Rate("quota.client-message-rate", quotas.clientMessageRate());
    topicBytes = new Rate("quota.topic-byte-rate", quotas.topicByteRate());
    namespaceBytes = new Rate("quota.namespace-byte-rate", quotas.namespaceByteRate());
    clientBytes = new Rate("quota.client-byte-rate", quotas.clientByteRate());
    clientLiteTopics = new Rate("quota.client-lite-topic-rate", quotas.clientLiteTopicRate());
  }

  /**
   * Takes what a request sends out of its sender's, topic's and namespace's rates, all or none.
   *
   * @return why not; null if it may be sent
   */
  @Nullable Refusal take(String client, String topic, int messages, long bytes) {
    if (!quotas.hasRates()) {
      return null;
    }
    String namespace = Namespace.of(topic);
    Rate[] rates = {
      clientMessages, clientBytes, topicMessages, topicBytes, namespaceMessages, namespaceBytes
    };
    String[] whose = {client, client, topic, topic, namespace, namespace};
    for (int i = 0; i < rates.length; i++) {
      Bucket bucket = rates[i].of(whose[i]);
      if (bucket != null && bucket.tokens < 1) {
        String[] kinds = {"client", "topic", "namespace"};
        return rates[i].refuse("the %s '%s'".formatted(kinds[i / 2], whose[i]), bucket);
      }
    }
    for (int i = 0; i < rates.length; i++) {
      Bucket bucket = rates[i].of(whose[i]);
      if (bucket != null) {
        bucket.tokens -= i % 2 == 0 ? messages : bytes;
      }
    }
    return null;
  }

  /**
   * Whether so many lite topics can be made in a topic without asking for each of them.
   *
   * @param client who makes them; null: the engine itself
   */
  boolean hasRoomForLiteTopics(Topic topic, @Nullable String client, int count) {
    return hasLiteTopicsLeft(client) && hasRoomForLiteTopics(topic, count);
  }

  private boolean hasLiteTopicsLeft(@Nullable String client) {
    Bucket bucket = madeBy(client);
    return bucket == null || bucket.tokens >= 1;
  }

  /** What a client may still make; null: as much as it likes. */
  private @Nullable Bucket madeBy(@Nullable String client) {
    return client == null || client.isEmpty() ? null : clientLiteTopics.of(client);
  }

  /** A client has made a lite topic. */
  void madeLiteTopic(@Nullable String client) {
    Bucket bucket = madeBy(client);
    if (bucket != null) {
      bucket.tokens--;
    }
  }

  private boolean hasRoomForLiteTopics(Topic topic, int count) {
    return isWithin(topic.liteTopics + count, quotas.topicLiteTopics())
        && isWithin(topic.namespace.liteTopics + count, quotas.namespaceLiteTopics());
  }

  /** Why one more lite topic cannot be made; null if it can. */
  @Nullable Refusal checkLiteTopic(Topic topic, @Nullable String client) {
    Bucket made = madeBy(client);
    if (made != null && made.tokens < 1) {
      return clientLiteTopics.refuse("the client '%s'".formatted(client), made);
    }
    return check(
        topic,
        1,
        RefusalCode.LITE_TOPIC_QUOTA_EXCEEDED,
        "lite topics",
        () -> new long[] {topic.liteTopics, quotas.topicLiteTopics()},
        () -> new long[] {topic.namespace.liteTopics, quotas.namespaceLiteTopics()});
  }

  /** Why so many more lite topics cannot be followed by name; null if they can. */
  @Nullable Refusal checkSubscriptions(Topic topic, int count) {
    return check(
        topic,
        count,
        RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
        "subscriptions",
        () -> new long[] {topic.subscriptions, quotas.topicSubscriptions()},
        () -> new long[] {topic.namespace.subscriptions, quotas.namespaceSubscriptions()});
  }

  private @Nullable Refusal check(
      Topic topic,
      int more,
      RefusalCode code,
      String what,
      Supplier<long[]> ofTopic,
      Supplier<long[]> ofNamespace) {
    long[] own = ofTopic.get();
    if (!isWithin(own[0] + more, own[1])) {
      return refusal(code, "the topic '" + topic.name() + "'", "topic", what, own);
    }
    long[] all = ofNamespace.get();
    return isWithin(all[0] + more, all[1])
        ? null
        : refusal(code, "the namespace '" + topic.namespace.name + "'", "namespace", what, all);
  }

  private Refusal refusal(RefusalCode code, String whose, String kind, String what, long[] now) {
    return new Refusal(
        code,
        "%s has %d %s, and quota.%s-%s allows %d%s"
            .formatted(whose, now[0], what, kind, what.replace(' ', '-'), now[1], where));
  }

  private static boolean isWithin(long count, long quota) {
    return quota == 0 || count <= quota;
  }
}
