package io.rivulet.engine.shard;

import io.rivulet.engine.limit.Allotment;
import io.rivulet.engine.limit.LimitAsk;
import io.rivulet.engine.limit.LimitDesk;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Safe for all threads: no state. A shard's part in what concerns several shards. */
abstract class SharedMatters extends HostedShard {
  /** Asks the shard for one outcome; the answer goes out with the others of its turn. */
  abstract <T> CompletableFuture<Outcome<T>> ask(BiConsumer<Rooms, Consumer<Outcome<T>>> request);

  @Override
  public CompletableFuture<Outcome<List<Allotment>>> allot(String asker, List<LimitAsk> asks) {
    return ask(
        (rooms, reply) -> reply.accept(Outcome.ok(rooms.office().limitHome().allot(asker, asks))));
  }

  @Override
  public CompletableFuture<Outcome<List<LimitAsk>>> wantedLimits() {
    return ask((rooms, reply) -> {
      LimitDesk desk = rooms.catalog().limitDesk();
      reply.accept(Outcome.ok(desk == null ? List.of() : desk.collect()));
    });
  }

  @Override
  public CompletableFuture<Outcome<Integer>> endRenewal(
      Set<String> clientIds, Duration grantedWithin) {
    return ask((rooms, reply) -> {
      List<Client> clients =
          clientIds.stream().map(rooms.members().clients()::get).filter(Objects::nonNull).toList();
      rooms.traffic().acknowledger().endRenewal(clients, grantedWithin.toMillis(), reply);
    });
  }

  @Override
  public CompletableFuture<Outcome<Integer>> limitsAllotted(List<Allotment> allotments) {
    return ask((rooms, reply) -> {
      LimitDesk desk = rooms.catalog().limitDesk();
      if (desk != null) {
        desk.answered(allotments);
      }
      reply.accept(Outcome.ok(allotments.size()));
    });
  }
}
