package io.rivulet.engine;

/** News from the engine for its host. Called on the shard thread: must only hand it on. */
public interface EngineListener {
  /** The client no longer follows the lite topic, without having asked for it. */
  void unsubscribed(String clientId, String group, String topic, String liteTopic);

  /** Messages were lost to retention while a group still had them unread. */
  void unreadLost(String group, String topic, long count);

  /** The log or the index failed: the engine has stopped and refuses everything. */
  void failed(Throwable cause);
}
