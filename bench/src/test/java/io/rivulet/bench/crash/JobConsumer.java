package io.rivulet.bench.crash;

import apache.rocketmq.v2.Message;
import io.rivulet.bench.raw.RawClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/**
 * Owned by the thread that runs it, one life of the server after the other. Receives jobs,
 * acknowledges most at once and keeps the rest leased.
 */
public final class JobConsumer {
  /** Longer than any test, so that no lease ends by time. */
  public static final Duration LEASE = Duration.ofHours(2);

  static final int MAX_MESSAGES = 16;
  private static final int HELD_AT_MOST = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Duration patience;
  private final JobLedger ledger;
  private final RandomGenerator random;

  JobConsumer(JobLedger ledger, RandomGenerator random) {
    this(ledger, random, PATIENCE);
  }

  /** One that waits for each answer no longer than told. */
  public JobConsumer(JobLedger ledger, RandomGenerator random, Duration patience) {
    this.patience = patience;
    this.ledger = ledger;
    this.random = random;
  }

  /** Consumes until the server is gone. */
  void consumeUntilKilled(RawClient consumer) {
    boolean isAnswered = true;
    while (isAnswered) {
      isAnswered = consumeSome(consumer, Duration.ofSeconds(2)) >= 0;
    }
  }

  /** Consumes until nothing more comes; acknowledges all, whatever was leased before too. */
  public void drain(RawClient consumer) {
    for (Message message : ledger.allHeld()) {
      acknowledge(consumer, message);
    }
    int count = 1;
    while (count > 0) {
      count = consumeSome(consumer, Duration.ofSeconds(2));
      for (Message message : ledger.allHeld()) {
        acknowledge(consumer, message);
      }
    }
  }

  /** One receive; how many it brought, or -1 if there was no answer. */
  public int consumeSome(RawClient consumer, Duration wait) {
    try {
      List<Message> messages =
          consumer
              .receive(MAX_MESSAGES, LEASE, wait)
              .get(patience.toMillis(), TimeUnit.MILLISECONDS);
      long now = System.nanoTime();
      messages.forEach(message -> ledger.received(message, now));
      for (Message message : messages) {
        boolean isKept = ledger.allHeld().size() < HELD_AT_MOST && random.nextInt(10) == 0;
        if (!isKept && !acknowledge(consumer, message)) {
          return -1;
        }
      }
      return messages.size();
    } catch (ExecutionException | TimeoutException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  /** Whether the server answered that it has noted it. */
  boolean acknowledge(RawClient consumer, Message message) {
    long asked = System.nanoTime();
    try {
      consumer.acknowledge(message).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      ledger.acknowledged(message);
      ledger.durableSince(asked);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      ledger.doubtful(message);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
