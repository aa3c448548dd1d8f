package io.rivulet.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.bench.ServerProcess;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.Receipt;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Two hundred thousand tokens in one session: written, tailed meanwhile, read again. */
@TestMethodOrder(OrderAnnotation.class)
final class HotSessionTest {
  private static final int ALL = 200_000;
  private static final int OTHERS = 20;

  private static ServerProcess server;
  private static RivuletClient client;

  @BeforeAll
  static void start() {
    // Little that may stay in memory, so that history has to come from index and log.
    server =
        ServerProcess.start(
            Map.of("RIVULET_LOG_HOT_TAIL_BYTES", "4MiB", "RIVULET_LOG_DURABILITY", "interval"));
    client = RivuletClient.connect(server.endpoint());
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  @Test
  @Order(1)
  void whoTailsItGetsEveryTokenOnceAndInOrder() {
    CompletableFuture<Integer> tailed =
        CompletableFuture.supplyAsync(
            HotSessionTest::tail, task -> Thread.ofPlatform().start(task));
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>(ALL);
    try (BatchingProducer producer = client.producer("chat", ProducerSettings.usual())) {
      for (int token = 0; token < ALL; token++) {
        receipts.add(producer.send(OutgoingMessage.of("token " + token).liteTopic("hot")));
        if (token % (ALL / 1000) == 0) {
          // Others write meanwhile, so that the session does not lie in one piece.
          var _ = producer.send(OutgoingMessage.of("other").liteTopic("other-" + token % OTHERS));
        }
      }
    }

    long expected = 0;
    for (CompletableFuture<Receipt> receipt : receipts) {
      assertThat(receipt.join().offset()).isEqualTo(expected++);
    }
    assertThat(tailed.orTimeout(120, TimeUnit.SECONDS).join()).isEqualTo(ALL);
  }

  private static int tail() {
    try (Tail tail = client.tail("chat", "hot", ReadFrom.first())) {
      int next = 0;
      while (next < ALL) {
        Optional<ReceivedMessage> message = tail.next(Duration.ofSeconds(30));
        assertThat(message).as("token %d", next).isPresent();
        assertThat(message.get().offset()).isEqualTo(next);
        assertThat(message.get().text()).isEqualTo("token " + next);
        next++;
      }
      return next;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Order(2)
  void itsHistoryIsReadAgainAndAgain() {
    server.kill();
    server.startAgain();

    for (int round = 0; round < 2; round++) {
      ReadFrom from = ReadFrom.first();
      long next = 0;
      while (next < ALL) {
        RivuletClient.Page page = client.read("chat", "hot", from, 256);
        assertThat(page.messages()).as("from %d", next).isNotEmpty();
        for (ReceivedMessage message : page.messages()) {
          assertThat(message.offset()).isEqualTo(next);
          assertThat(message.text()).isEqualTo("token " + next);
          next++;
        }
        from = ReadFrom.token(page.token());
      }
      assertThat(client.read("chat", "hot", from, 1).messages()).isEmpty();
    }
  }
}
