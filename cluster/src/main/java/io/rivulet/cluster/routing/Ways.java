package io.rivulet.cluster.routing;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.time.Clock;
import java.util.concurrent.ScheduledExecutorService;

/** Immutable. By which requests get to their shards. */
record Ways(
    EngineConfig config,
    Placement placement,
    View view,
    Asking asking,
    Definer definer,
    EntryQuotas quotas,
    int maxForks) {

  static Ways of(
      EngineConfig config,
      Shards shards,
      Clock clock,
      ScheduledExecutorService thread,
      RoutedEngine.Bounds bounds) {
    View view = new View(shards);
    Asking asking = new Asking(shards, view, clock, thread, bounds.patience(), bounds.maxWaiting());
    return new Ways(
        config,
        new Placement(shards.count()),
        view,
        asking,
        new Definer(shards, asking, view),
        new EntryQuotas(config.quotas(), shards, clock, thread),
        bounds.maxForks());
  }
}
