package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.limit.LimitDesk;
import io.rivulet.engine.limit.LimitHome;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.time.ShardClock;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Immutable. The rooms of a shard, wired, by what they are for; used on the shard thread but for
 * what says otherwise.
 */
record Rooms(
    ShardState state,
    Rows rows,
    Replies replies,
    Counters counters,
    Traffic traffic,
    Members members,
    Upkeep upkeep,
    Office office) {

  /** Immutable. Where messages come in and go out. */
  record Traffic(
      Appender appender,
      Dispatcher dispatcher,
      PollServer pollServer,
      Acknowledger acknowledger,
      Settlements settlements,
      KeySuspensions keySuspensions,
      QueueReader reader,
      Streams streams,
      StreamMaker streamMaker,
      ForkCopies forkCopies,
      AbsentTopics absent,
      Redrive redrive,
      Cancellations cancellations,
      Priorities priorities) {}

  /** Immutable. Who is there and follows what. */
  record Members(
      Clients clients, LiteSets liteSets, Subscriptions subscriptions, Departures departures) {}

  /** Immutable. What goes on beside the traffic. */
  record Upkeep(
      Checkpoint checkpoint,
      Retention retention,
      Reclaimer reclaimer,
      Sweeps sweeps,
      Refills refills,
      Errands errands,
      Parking parking,
      Replayer replayer) {}

  /** Immutable. What operators ask for. */
  record Office(
      Administration administration,
      Deletions deletions,
      Resets resets,
      Descriptions descriptions,
      Survey survey,
      Backlogs backlogs,
      Suspensions suspensions,
      StreamSubscriptions streamSubscriptions,
      Wakes wakes,
      Followings followings,
      LimitHome limitHome,
      Outbox outbox) {}

  /** What several of them work with. */
  private record Means(
      Ground ground,
      MessageLoader loader,
      Counters counters,
      Consumer<Runnable> later,
      Outbox outbox) {}

  /** What a shard is built on. */
  record Ground(
      EngineConfig config,
      CommitLog log,
      Index index,
      Clock clock,
      RandomGenerator random,
      EngineListener listener,
      ShardThreads threads,
      ShardNumber number) {}

  Catalog catalog() {
    return state.catalog();
  }

  QueueTable queues() {
    return state.queues();
  }

  Fold fold() {
    return state.fold();
  }

  Timers timers() {
    return state.timers();
  }

  ShardClock clock() {
    return state.clock();
  }

  Recorder recorder() {
    return state.recorder();
  }

  static Rooms furnish(
      Ground ground,
      Journal journal,
      Consumer<Runnable> later,
      Consumer<Consumer<Rooms>> laterHere,
      Consumer<Throwable> fail) {
    EngineConfig config = ground.config;
    Rows rows = new Rows(ground.index);
    ShardState state = state(ground, journal, rows);
    Counters counters = new Counters();
    Replies replies = new Replies(ground.threads.replies(), state.recorder());
    Clients clients = new Clients(config, ground.clock);
    LiteSets liteSets = new LiteSets(state.fold(), clients);
    MessageLoader loader = new MessageLoader(ground.log);
    Losses losses = new Losses(state.recorder(), counters, ground.listener);
    DeadLetters deadLetters =
        new DeadLetters(state, loader, losses, counters, ground.threads.readers(), later);
    Taker taker = taker(config, state, clients, deadLetters, losses, counters);
    Delivery delivery =
        new Delivery(config, state, loader, losses, counters, ground.threads.readers(), later);
    Dispatcher dispatcher =
        new Dispatcher(config, state, clients, liteSets, delivery, counters, replies);
    PollServer pollServer =
        new PollServer(config, state, dispatcher, taker, delivery, later, ground.listener);
    dispatcher.servedBy(pollServer::toServe);
    QuotaGuard quotas = new QuotaGuard(config.quotas(), state.clock(), ground.number.of());
    Appender appender = appender(ground, state, dispatcher, quotas, counters, later);
    delivery.touches(dispatcher::touch);
    deadLetters.wire(dispatcher::touch, appender::append);
    Offsets offsets = new Offsets(state.queues());
    QueueReader reader =
        new QueueReader(config, state, offsets, loader, replies, ground.threads.readers(), later);
    Reclaimer reclaimer = new Reclaimer(state, rows, reader, liteSets, counters, ground.listener);
    Subscriptions subscriptions =
        new Subscriptions(
            state, clients, liteSets, dispatcher, offsets, ground.listener, quotas, later);
    Sweeps sweeps = new Sweeps(state, rows, dispatcher);
    Refills refills = new Refills(config, state, rows, dispatcher);
    dispatcher.refilledBy(refills::want);
    Administration administration = new Administration(config, state, dispatcher, sweeps);
    AbsentTopics absent = absent(state, replies, laterHere);
    Acknowledger acknowledger = new Acknowledger(config, state, dispatcher, deadLetters, counters);
    dispatcher.watchedBy(absent, reader, reclaimer, administration);
    Checkpoint checkpoint = checkpoint(ground, state, rows, journal, later, fail);
    journal.refuseNewWhile(checkpoint::isIndexFull);
    Outbox outbox = new Outbox(state, counters, ground.listener, ground.number);
    Means means = new Means(ground, loader, counters, later, outbox);
    Members members = members(config, clients, liteSets, subscriptions, acknowledger);
    Parking parking = parking(ground, state, dispatcher, appender, loader, counters, later);
    Upkeep upkeep = upkeep(ground, state, checkpoint, reclaimer, sweeps, refills, parking);
    return new Rooms(
        state,
        rows,
        replies,
        counters,
        traffic(
            ground,
            state,
            appender,
            dispatcher,
            pollServer,
            acknowledger,
            reader,
            new Streams(state, appender, reader, reclaimer),
            absent,
            means),
        members,
        upkeep,
        office(config, administration, state, rows, dispatcher, members, upkeep, means));
  }

  private static Appender appender(
      Ground ground,
      ShardState state,
      Dispatcher dispatcher,
      QuotaGuard quotas,
      Counters counters,
      Consumer<Runnable> later) {
    return new Appender(
        ground.config, ground.log.maxBatchBytes(), state, dispatcher, quotas, counters, later);
  }

  private static Members members(
      EngineConfig config,
      Clients clients,
      LiteSets liteSets,
      Subscriptions subscriptions,
      Acknowledger acknowledger) {
    Departures departures = new Departures(config, clients, acknowledger, subscriptions);
    return new Members(clients, liteSets, subscriptions, departures);
  }

  private static Taker taker(
      EngineConfig config,
      ShardState state,
      Clients clients,
      DeadLetters deadLetters,
      Losses losses,
      Counters counters) {
    Deadlines deadlines = new Deadlines(state.clock(), deadLetters, counters);
    return new Taker(config, state, clients, deadLetters, deadlines, losses);
  }

  private static Parking parking(
      Ground ground,
      ShardState state,
      Dispatcher dispatcher,
      Appender appender,
      MessageLoader loader,
      Counters counters,
      Consumer<Runnable> later) {
    return new Parking(
        ground.config,
        state,
        dispatcher,
        appender,
        loader,
        counters,
        ground.threads.readers(),
        later,
        ground.log);
  }

  private static Upkeep upkeep(
      Ground ground,
      ShardState state,
      Checkpoint checkpoint,
      Reclaimer reclaimer,
      Sweeps sweeps,
      Refills refills,
      Parking parking) {
    return new Upkeep(
        checkpoint,
        new Retention(ground.config, ground.log, ground.index, checkpoint, parking, state.clock()),
        reclaimer,
        sweeps,
        refills,
        new Errands(),
        parking,
        new Replayer(state.fold()));
  }

  private static Traffic traffic(
      Ground ground,
      ShardState state,
      Appender appender,
      Dispatcher dispatcher,
      PollServer pollServer,
      Acknowledger acknowledger,
      QueueReader reader,
      Streams streams,
      AbsentTopics absent,
      Means means) {
    Executor readers = ground.threads.readers();
    MessageLoader loader = means.loader;
    Counters counters = means.counters;
    Consumer<Runnable> later = means.later;
    Cancellations cancellations =
        new Cancellations(
            state, dispatcher, appender::append, loader, counters, readers, later, means.outbox);
    StreamMaker streamMaker = new StreamMaker(state, streams, appender, loader, readers, later);
    return new Traffic(
        appender,
        dispatcher,
        pollServer,
        acknowledger,
        acknowledger.settlements(),
        new KeySuspensions(state, pollServer),
        reader,
        streams,
        streamMaker,
        copies(ground, state, streams, streamMaker, counters),
        absent,
        new Redrive(state, loader, appender, readers, later),
        cancellations,
        new Priorities(
            state,
            cancellations,
            dispatcher,
            appender::append,
            loader,
            counters,
            readers,
            later,
            ground.config.largeWindowBytes()));
  }

  private static ForkCopies copies(
      Ground ground, ShardState state, Streams streams, StreamMaker maker, Counters counters) {
    int maxBatchBytes = ground.log.maxBatchBytes();
    int chunkBytes = Math.min(Appender.MAX_CHUNK_BYTES, maxBatchBytes / 2);
    LargeMessages large =
        new LargeMessages(chunkBytes, ground.config.largeWindowBytes(), state.recorder(), counters);
    return new ForkCopies(state, streams, maker, large, chunkBytes);
  }

  private static Office office(
      EngineConfig config,
      Administration administration,
      ShardState state,
      Rows rows,
      Dispatcher dispatcher,
      Members members,
      Upkeep upkeep,
      Means means) {
    PendingStreams pending = new PendingStreams(state);
    Followings followings =
        new Followings(
            config.subscriptions(), state, pending, means.ground.listener, means.ground.number);
    Wakes wakes = new Wakes(config.subscriptions(), state, means.counters, pending, followings);
    dispatcher.watchedBy(wakes);
    Backlogs backlogs = new Backlogs(state, rows, means.later);
    return new Office(
        administration,
        new Deletions(
            state,
            rows,
            members.clients,
            dispatcher,
            members.subscriptions,
            upkeep.sweeps,
            upkeep.errands),
        new Resets(state, rows, dispatcher, new Offsets(state.queues()), upkeep.errands),
        new Descriptions(state, rows, members.clients, upkeep.reclaimer, backlogs),
        new Survey(state, backlogs, config.scheduling().maxTopKeys()),
        backlogs,
        new Suspensions(state, dispatcher),
        new StreamSubscriptions(
            config.subscriptions(), state, rows, upkeep.sweeps, wakes, followings),
        wakes,
        followings,
        new LimitHome(state.clock()::millis),
        means.outbox);
  }

  private static Checkpoint checkpoint(
      Ground ground,
      ShardState state,
      Rows rows,
      Journal journal,
      Consumer<Runnable> later,
      Consumer<Throwable> fail) {
    SnapshotSchedule snapshots =
        new SnapshotSchedule(
            ground.config.snapshots(),
            ground.index,
            state.fold()::records,
            journal::bytes,
            state.clock());
    return new Checkpoint(
        ground.config,
        ground.log,
        ground.index,
        rows,
        state,
        snapshots,
        ground.threads.index(),
        later,
        fail);
  }

  private static AbsentTopics absent(
      ShardState state, Replies replies, Consumer<Consumer<Rooms>> laterHere) {
    return new AbsentTopics(
        state.timers(),
        state.clock(),
        replies,
        poll -> laterHere.accept(rooms -> AbsentTopics.again(rooms, poll)));
  }

  private static ShardState state(Ground ground, Journal journal, Rows rows) {
    ShardClock clock = new ShardClock(ground.clock);
    LimitDesk desk =
        ground.number.of() == 1
            ? null
            : new LimitDesk(ground.number::of, clock::millis, ground.listener::limitsWanted);
    Catalog catalog = new Catalog(desk);
    QueueTable queues = new QueueTable(rows, catalog, ground.log, ground.config.maxIdleQueues());
    RecentIds recentIds = new RecentIds(ground.config.recentIds());
    Fold fold = new Fold(catalog, queues, rows, recentIds, clock, ground.config, ground.log::end);
    return new ShardState(
        catalog,
        queues,
        recentIds,
        fold,
        new Recorder(journal, fold),
        new Timers(),
        new Ids(ground.log, ground.random, ground.number),
        clock);
  }
}
