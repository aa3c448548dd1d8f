package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.ReplyAddress;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What belongs into two shards gets into both, once, whatever moves meanwhile. */
final class CourierTest {
  private final ThreeNodes nodes = new ThreeNodes();
  private final Engine a = nodes.node(0);
  private final Engine c = nodes.node(2);
  private int ids;

  CourierTest() throws IOException {
    get(a.defineTopic(TopicDefinition.of("jobs", TopicType.NORMAL)));
    get(a.defineTopic(TopicDefinition.of("replies", TopicType.LITE)));
    get(a.ensureGroup(GroupDefinition.standard("workers")));
    get(a.subscribe("workers", "jobs", Filter.all()));
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(15, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static int shardOfJobs() {
    return ShardNumber.ofTopic("jobs", ThreeNodes.SHARDS);
  }

  /** A lite topic for answers that is in another shard than the requests. */
  private static String elsewhere() {
    int i = 0;
    while (shardOf("answer-" + i) == shardOfJobs()) {
      i++;
    }
    return "answer-" + i;
  }

  private static int shardOf(String liteTopic) {
    return ShardNumber.ofLite("replies", liteTopic, ThreeNodes.SHARDS);
  }

  private SendReceipt running(String answer) {
    Message job =
        Message.builder("jobs", "job-" + ids++, new byte[1])
            .properties(
                Map.of(
                    ReplyAddress.TOPIC_PROPERTY,
                    "replies",
                    ReplyAddress.LITE_TOPIC_PROPERTY,
                    answer))
            .build();
    SendReceipt sent = get(a.send("client", List.of(job))).getFirst().value();
    PollRequest poll =
        new PollRequest(
            "workers",
            "jobs",
            "worker",
            1,
            Optional.of(Duration.ofSeconds(60)),
            Filter.all(),
            Duration.ofSeconds(5),
            Optional.empty(),
            true);
    assertThat(get(c.poll(poll)).value()).hasSize(1);
    return sent;
  }

  private void cancel(SendReceipt receipt) {
    Cancellation cancelled = get(c.cancel("", receipt.handle())).value();
    assertThat(cancelled.found()).isEqualTo(Cancellation.Found.RUNNING);
  }

  private List<Message> notes(String answer) {
    ReadRequest all =
        new ReadRequest(
            "replies",
            Optional.of(answer),
            new OffsetOption.Min(),
            Optional.empty(),
            64,
            Duration.ZERO);
    return switch (get(a.read(all))) {
      case Outcome.Ok<ReadReply> ok ->
          ok.value().messages().stream().map(each -> each.message()).toList();
      case Outcome.Refused<ReadReply> _ -> List.of();
    };
  }

  private List<Message> awaitNotes(String answer) throws InterruptedException {
    for (int i = 0; i < 500 && notes(answer).isEmpty(); i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return notes(answer);
  }

  private long owed() {
    return get(nodes.shard(shardOfJobs()).owed(0, 100)).value().size();
  }

  private void awaitNothingOwed() throws InterruptedException {
    for (int i = 0; i < 500 && owed() > 0; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(owed()).isZero();
  }

  @Test
  void aCancelledRequestIsNotedInItsReplyLiteTopicOfAnotherShard() throws InterruptedException {
    cancel(running(elsewhere()));

    assertThat(awaitNotes(elsewhere())).hasSize(1);
    assertThat(notes(elsewhere()).getFirst().properties())
        .containsEntry(ReplyAddress.CANCELLED_ID_PROPERTY, "job-0");
    awaitNothingOwed();
  }

  @Test
  void theNoteComesWhenTheOtherShardIsBack() throws IOException, InterruptedException {
    int shard = shardOf(elsewhere());
    int owner = nodes.ownerOf(shard);
    nodes.take(shard);
    cancel(running(elsewhere()));
    assertThat(owed()).isOne();

    nodes.serve(shard, (owner + 1) % 3);

    assertThat(awaitNotes(elsewhere())).hasSize(1);
    awaitNothingOwed();
  }

  @Test
  void aNoteThatWasCarriedBeforeItsOwnerDiedStandsThereOnce()
      throws IOException, InterruptedException {
    int jobs = shardOfJobs();
    int shard = shardOf(elsewhere());
    int owner = nodes.ownerOf(shard);
    SendReceipt receipt = running(elsewhere());
    nodes.take(shard);
    cancel(receipt);
    Message note = get(nodes.shard(jobs).owed(0, 1)).value().getFirst().message();
    // It gets there, and whoever carried it dies before he could say so.
    nodes.serve(shard, owner);
    assertThat(get(a.send("", List.of(note))).getFirst().isOk()).isTrue();
    int other = (nodes.ownerOf(jobs) + 1) % 3;
    nodes.take(jobs);
    nodes.serve(jobs, other);

    awaitNothingOwed();
    assertThat(notes(elsewhere())).hasSize(1);
  }

  @Test
  void whateverIsThrownOnItsWayTheNoteComes() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger told = new AtomicInteger();
    nodes.intercept(
        shardOfJobs(),
        method -> {
          if ((method.equals("owed") && asked.incrementAndGet() == 1)
              || (method.equals("handedOver") && told.incrementAndGet() == 1)) {
            throw new IllegalStateException("nobody expects this");
          }
          return null;
        });

    cancel(running(elsewhere()));

    assertThat(awaitNotes(elsewhere())).hasSize(1);
    awaitNothingOwed();
    assertThat(notes(elsewhere())).hasSize(1);
    assertThat(told.get()).isEqualTo(2);
  }

  @Test
  void aNoteIsCarriedOnceWhileItCanNotBeRecordedThatItWas() throws InterruptedException {
    AtomicInteger told = new AtomicInteger();
    AtomicInteger sent = new AtomicInteger();
    nodes.intercept(
        shardOfJobs(),
        method ->
            method.equals("handedOver") && told.incrementAndGet() < 3
                ? CompletableFuture.completedFuture(
                    Outcome.refused(RefusalCode.STORAGE_FULL, "the disk is full"))
                : null);
    nodes.intercept(
        shardOf(elsewhere()),
        method -> {
          if (method.equals("send")) {
            sent.incrementAndGet();
          }
          return null;
        });

    cancel(running(elsewhere()));

    assertThat(awaitNotes(elsewhere())).hasSize(1);
    awaitNothingOwed();
    assertThat(told.get()).isEqualTo(3);
    assertThat(sent.get()).isOne();
  }
}
