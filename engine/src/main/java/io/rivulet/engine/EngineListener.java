package io.rivulet.engine;

/** News from the engine for its host. Called on the shard thread: must only hand it on. */
public interface EngineListener {
  /** The client no longer follows the lite topic, without having asked for it. */
  void unsubscribed(String clientId, String group, String topic, String liteTopic);

  /** Messages were lost to retention while a group still had them unread. */
  void unreadLost(String group, String topic, long count);

  /**
   * Something is ready for a consumer of whom no poll waits here. Told once until its next poll:
   * whoever keeps polls for several shards sends one then.
   *
   * @param clientId of a LITE group that follows by name, which client; else empty
   */
  default void ready(String group, String topic, String clientId) {}

  /**
   * The shard has used, or lacks, some of what it may take of limits that hold for several shards:
   * {@link Engine#wantedLimits} is to be asked after so many milliseconds. Told once until then.
   */
  default void limitsWanted(long delayMillis) {}

  /**
   * The shard has something for other shards: {@link Engine#owed} is to be asked. Told once until
   * then, and at start.
   */
  default void outgoing() {}

  /**
   * The shard has something to tell others about subscriptions to streams: {@link
   * Engine#subscriptionNews} is to be asked. Told once until then, and at start.
   */
  default void subscriptionNews() {}

  /** The log or the index failed: the engine has stopped and refuses everything. */
  void failed(Throwable cause);
}
