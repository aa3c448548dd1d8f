package io.rivulet.engine.shard;

import io.rivulet.engine.EngineListener;

/** Owned by the shard thread. Accounts for unread messages that are no longer in the log. */
final class Losses {
  private final Recorder recorder;
  private final Counters counters;
  private final EngineListener listener;

  Losses(Recorder recorder, Counters counters, EngineListener listener) {
    this.recorder = recorder;
    this.counters = counters;
    this.listener = listener;
  }

  /** The group will never get these: counts them, says so, and moves on. */
  void lost(Progress progress, long from, long to) {
    if (to <= from) {
      return;
    }
    recorder.record(new Change.Acknowledged(progress.group.id, progress.queue.id, from, to));
    counters.unreadLostMessages.add(to - from);
    listener.unreadLost(progress.group.name(), progress.queue.topic.name(), to - from);
  }
}
