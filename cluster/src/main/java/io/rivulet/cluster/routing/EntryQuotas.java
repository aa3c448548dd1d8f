package io.rivulet.cluster.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.engine.Quotas;
import io.rivulet.engine.limit.Allotment;
import io.rivulet.engine.limit.Allowance;
import io.rivulet.engine.limit.LimitAsk;
import io.rivulet.engine.limit.LimitDesk;
import io.rivulet.engine.limit.LimitName;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: one lock. Keeps what is sent by way of this node to the rates that a topic,
 * a namespace or a client may have in the whole cluster. Each rate has its home in a shard, which
 * allots parts of it to the nodes where something comes in ({@link LimitRounds}); a send for which
 * nothing was allotted yet waits for the home's answer, and is refused if there is nothing left.
 */
final class EntryQuotas {
  /** Rates that are remembered; who was not heard of for longest is forgotten first. */
  private static final int MAX_RATES = 65_536;

  /** Sends that wait for homes; more are refused. */
  private static final int MAX_WAITING = 10_000;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** What a message has beside its body and its properties, about. */
  private static final int HEAD_BYTES = 64;

  /** One bound of what a request takes. */
  private record Part(LimitName limit, long perSecond, long amount) {}

  /** What becomes of a request now; {@link #WAITS}: a home has to be waited for. */
  private record Verdict(boolean waits, Optional<Refusal> refusal) {
    static final Verdict ADMITTED = new Verdict(false, Optional.empty());
    static final Verdict WAITS = new Verdict(true, Optional.empty());
  }

  private record Waiting(
      List<Part> parts, long sinceNanos, CompletableFuture<Optional<Refusal>> reply) {}

  private final Quotas quotas;
  private final Shards shards;
  private final Clock clock;
  private final ScheduledExecutorService thread;
  private final String asker = "node " + UUID.randomUUID();
  private final ReentrantLock lock = new ReentrantLock();
  private final LimitDesk desk;

  @GuardedBy("lock")
  private final Map<LimitName, Allowance> allowances =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<LimitName, Allowance> eldest) {
          return size() > MAX_RATES;
        }
      };

  @GuardedBy("lock")
  private final List<Waiting> waiting = new ArrayList<>();

  EntryQuotas(Quotas quotas, Shards shards, Clock clock, ScheduledExecutorService thread) {
    this.quotas = quotas;
    this.shards = shards;
    this.clock = clock;
    this.thread = thread;
    desk = new LimitDesk(() -> shards.others().size() + 1, this::millis, this::askAfter);
  }

  private long millis() {
    return clock.nanos() / 1_000_000;
  }

  /**
   * Why messages may not be sent now, all of the same topic; empty: they may, and count as sent.
   */
  CompletableFuture<Optional<Refusal>> admit(String client, String topic, List<Message> messages) {
    if (!quotas.hasRates() || messages.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    Waiting request =
        new Waiting(parts(client, topic, messages), clock.nanos(), new CompletableFuture<>());
    lock.lock();
    try {
      Verdict now = judge(request);
      if (!now.waits) {
        request.reply.complete(now.refusal());
      } else if (waiting.size() < MAX_WAITING) {
        waiting.add(request);
      } else {
        request.reply.complete(
            Optional.of(
                new Refusal(
                    RefusalCode.TOO_MANY_REQUESTS,
                    "more than %d sends wait for what their quotas allow: try again"
                        .formatted(MAX_WAITING))));
      }
    } finally {
      lock.unlock();
    }
    return request.reply;
  }

  private List<Part> parts(String client, String topic, List<Message> messages) {
    long bytes = 0;
    for (Message each : messages) {
      bytes += HEAD_BYTES + each.body().size();
      for (Map.Entry<String, String> property : each.properties().entrySet()) {
        bytes += property.getKey().length() + property.getValue().length();
      }
    }
    int count = messages.size();
    String namespace = Quotas.namespaceOf(topic);
    List<Part> parts = new ArrayList<>(2);
    add(parts, "client", client, "message", quotas.clientMessageRate(), count);
    add(parts, "client", client, "byte", quotas.clientByteRate(), bytes);
    add(parts, "topic", topic, "message", quotas.topicMessageRate(), count);
    add(parts, "topic", topic, "byte", quotas.topicByteRate(), bytes);
    add(parts, "namespace", namespace, "message", quotas.namespaceMessageRate(), count);
    add(parts, "namespace", namespace, "byte", quotas.namespaceByteRate(), bytes);
    return parts;
  }

  private static void add(
      List<Part> parts, String kind, String name, String unit, long perSecond, long amount) {
    if (perSecond > 0) {
      LimitName limit =
          new LimitName(
              "the %s '%s'".formatted(kind, name), "quota.%s-%s-rate".formatted(kind, unit));
      parts.add(new Part(limit, perSecond, amount));
    }
  }

  /** Takes all parts or none. */
  @GuardedBy("lock")
  private Verdict judge(Waiting request) {
    long now = millis();
    boolean isLate = clock.nanos() - request.sinceNanos > PATIENCE.toNanos();
    boolean isLacking = false;
    for (Part part : request.parts) {
      Allowance allowance = allowanceOf(part, now);
      // A second's worth may pass at once, so one that is larger passes and leaves a debt.
      if (allowance.openAt(now, 1) > now) {
        if (isLate || allowance.isShort(now)) {
          return new Verdict(false, Optional.of(refusal(part, allowance, now)));
        }
        isLacking = true;
      }
    }
    if (isLacking) {
      return Verdict.WAITS;
    }
    for (Part part : request.parts) {
      allowanceOf(part, now).take(now, part.amount);
    }
    return Verdict.ADMITTED;
  }

  @GuardedBy("lock")
  private Allowance allowanceOf(Part part, long now) {
    return allowances.computeIfAbsent(
        part.limit,
        limit ->
            new Allowance(
                limit,
                new Rate((double) part.perSecond, part.perSecond),
                true,
                desk,
                () -> {},
                now));
  }

  private static Refusal refusal(Part part, Allowance allowance, long now) {
    double millis = (1 - allowance.balance(now)) * 1000 / (double) part.perSecond;
    return new Refusal(
        RefusalCode.TOO_MANY_REQUESTS,
        "%s has used its %s of %d per second; come again in %d ms"
            .formatted(
                part.limit.owner(),
                part.limit.what(),
                part.perSecond,
                Math.max(1, (long) Math.ceil(millis))));
  }

  // ---- asking

  private void askAfter(long delayMillis) {
    try {
      var _ = thread.schedule(this::ask, delayMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node is being closed.
    }
  }

  private void ask() {
    Map<Integer, List<LimitAsk>> byHome = new HashMap<>();
    lock.lock();
    try {
      for (LimitAsk each : desk.collect()) {
        int home = LimitRounds.homeOf(each.limit(), shards.count());
        byHome.computeIfAbsent(home, _ -> new ArrayList<>()).add(each);
      }
    } finally {
      lock.unlock();
    }
    byHome.forEach((home, part) -> {
      var _ = LimitRounds.ask(shards, home, asker, part).thenAccept(this::answered);
    });
  }

  private void answered(List<Allotment> answers) {
    Map<Waiting, Optional<Refusal>> judged = new LinkedHashMap<>();
    lock.lock();
    try {
      desk.answered(answers);
      for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
        Waiting request = each.next();
        Verdict verdict = judge(request);
        if (!verdict.waits) {
          judged.put(request, verdict.refusal());
          each.remove();
        }
      }
    } finally {
      lock.unlock();
    }
    judged.forEach((request, refusal) -> request.reply.complete(refusal));
  }
}
