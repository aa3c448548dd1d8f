package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineListener;

/** Immutable. Listens to an engine that must not fail; the rest is for tests that care. */
class QuietListener implements EngineListener {
  @Override
  public void unsubscribed(String clientId, String group, String topic, String liteTopic) {}

  @Override
  public void unreadLost(String group, String topic, long count) {}

  @Override
  public final void failed(Throwable cause) {
    throw new IllegalStateException(cause);
  }
}
