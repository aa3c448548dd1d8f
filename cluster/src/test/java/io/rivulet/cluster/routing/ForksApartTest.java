package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.ForkStep;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A fork is a fork, wherever its source is. */
final class ForksApartTest {
  private static final String TEXT = "text/plain";
  private static final String JSON = "application/json";
  private static final String SOURCE = "source";

  private final ThreeNodes nodes = new ThreeNodes();
  private final Engine a = nodes.node(0);
  private final Engine b = nodes.node(1);
  private final Engine c = nodes.node(2);
  private int ids;

  ForksApartTest() throws IOException {
    get(a.defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  private static <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(30, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static int shardOf(String name) {
    return ShardNumber.ofLite("chat", name, ThreeNodes.SHARDS);
  }

  /** A name whose shard is not the source's. */
  private static String apart(int nth) {
    int found = 0;
    for (int i = 0; ; i++) {
      String name = "fork" + i;
      if (shardOf(name) != shardOf(SOURCE) && found++ == nth) {
        return name;
      }
    }
  }

  private Message message(String name, byte[] body) {
    return Message.builder("chat", "id-" + ids++, body).liteTopic(name).build();
  }

  private void make(String contentType, String... bodies) {
    StreamCreation creation =
        new StreamCreation(
            "chat", SOURCE, StreamDefinition.of(contentType), Optional.empty(), List.of(), false);
    assertThat(get(a.createStream("client", creation)).value())
        .isInstanceOf(StreamCreated.Made.class);
    for (String body : bodies) {
      append(SOURCE, contentType, body);
    }
  }

  private void append(String name, String contentType, String body) {
    append(name, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  private void append(String name, String contentType, byte[] body) {
    append(name, contentType, List.of(message(name, body)));
  }

  private void append(String name, String contentType, List<Message> messages) {
    StreamAppend append =
        new StreamAppend(
            "chat", name, contentType, messages, false, Optional.empty(), Optional.empty());
    assertThat(get(b.appendToStream("client", append)).value())
        .isInstanceOf(StreamAppended.Stored.class);
  }

  private static StreamCreation fork(String name, OptionalLong offset, long subOffset) {
    return new StreamCreation(
        "chat",
        name,
        StreamDefinition.of(""),
        Optional.of(new StreamFork(SOURCE, offset, subOffset)),
        List.of(),
        false);
  }

  private StreamCreated forked(String name, OptionalLong offset, long subOffset) {
    return get(c.createStream("client", fork(name, offset, subOffset))).value();
  }

  private List<StoredMessage> read(Engine at, String name) {
    List<StoredMessage> all = new ArrayList<>();
    OffsetOption from = new OffsetOption.Min();
    while (true) {
      StreamPage page =
          get(at.readStream(new StreamRead("chat", name, from, 100, Duration.ZERO))).value();
      all.addAll(page.messages());
      if (page.isUpToDate()) {
        return all;
      }
      from = new OffsetOption.At(page.nextOffset());
    }
  }

  private List<String> bodies(String name) {
    return read(b, name).stream()
        .map(each -> new String(each.message().body().toArray(), StandardCharsets.UTF_8))
        .toList();
  }

  private List<Long> offsets(String name) {
    return read(a, name).stream().map(StoredMessage::offset).toList();
  }

  @Test
  void aForkInAnotherShardBeginsWithAllThatItsSourceHolds() {
    make(TEXT, "a ", "b ");

    assertThat(forked(apart(0), OptionalLong.empty(), 0))
        .isInstanceOfSatisfying(
            StreamCreated.Made.class,
            made -> {
              assertThat(made.stream().endOffset()).isEqualTo(2);
              assertThat(made.stream().definition()).isEqualTo(StreamDefinition.of(TEXT));
            });
    append(apart(0), TEXT, "own ");
    append(SOURCE, TEXT, "later ");

    assertThat(bodies(apart(0))).containsExactly("a ", "b ", "own ");
    assertThat(offsets(apart(0))).containsExactly(0L, 1L, 2L);
    assertThat(bodies(SOURCE)).containsExactly("a ", "b ", "later ");
    assertThat(b.topics()).extracting(TopicDefinition::name).containsExactly("chat");
    assertThat(get(b.listLite("chat", "", "", 100)).value().liteTopics())
        .extracting(each -> each.name())
        .containsExactlyInAnyOrder(SOURCE, apart(0));
  }

  @Test
  void itKeepsThatWhenItsSourceIsDeletedAndGoesAlone() {
    make(TEXT, "a ", "b ", "c ");
    forked(apart(0), OptionalLong.of(2), 0);

    assertThat(get(a.deleteStream("chat", SOURCE)).isOk()).isTrue();
    assertThat(bodies(apart(0))).containsExactly("a ", "b ");

    assertThat(get(a.deleteStream("chat", apart(0))).isOk()).isTrue();
    make(TEXT, "new ");
    assertThat(forked(apart(0), OptionalLong.empty(), 0)).isInstanceOf(StreamCreated.Made.class);
    assertThat(bodies(apart(0))).containsExactly("new ");
  }

  @Test
  void askedForAgainItIsFoundAndAnotherOneDiffers() {
    make(TEXT, "a ", "b ", "c ");
    String name = apart(0);
    forked(name, OptionalLong.of(2), 0);

    assertThat(forked(name, OptionalLong.of(2), 0)).isInstanceOf(StreamCreated.Found.class);
    assertThat(forked(name, OptionalLong.empty(), 0)).isInstanceOf(StreamCreated.Found.class);
    assertThat(forked(name, OptionalLong.of(1), 0)).isInstanceOf(StreamCreated.Differs.class);
    assertThat(forked(name, OptionalLong.of(2), 1)).isInstanceOf(StreamCreated.Differs.class);
    get(a.deleteStream("chat", SOURCE));
    make(TEXT, "a ", "b ", "c ");
    assertThat(forked(name, OptionalLong.of(2), 0)).isInstanceOf(StreamCreated.Differs.class);
  }

  @Test
  void aSubOffsetIsAPartOfAMessageAndInJsonSoManyMessages() {
    make(TEXT, "a ", "b 12345");
    forked(apart(0), OptionalLong.of(1), 3);
    assertThat(bodies(apart(0))).containsExactly("a ", "b 1");
    assertThat(get(a.createStream("client", fork(apart(1), OptionalLong.of(1), 8))))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().code()).isEqualTo(RefusalCode.ILLEGAL_ARGUMENT));

    get(a.deleteStream("chat", SOURCE));
    make(JSON, "1", "2", "3");
    forked(apart(2), OptionalLong.of(1), 1);
    assertThat(bodies(apart(2))).containsExactly("1", "2");
  }

  @Test
  void whatIsWrongIsToldAsWithinOneShard() {
    assertThat(get(a.createStream("client", fork(apart(0), OptionalLong.empty(), 0))))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().code()).isEqualTo(RefusalCode.LITE_TOPIC_NOT_FOUND));
    make(TEXT, "a ");
    assertThat(get(a.createStream("client", fork(apart(0), OptionalLong.of(5), 0))))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().code()).isEqualTo(RefusalCode.ILLEGAL_ARGUMENT));
  }

  @Test
  void aForkOfAForkOfAnEmptyOneAndOfNothingOfIt() {
    make(TEXT);
    forked(apart(0), OptionalLong.empty(), 0);
    assertThat(bodies(apart(0))).isEmpty();
    append(SOURCE, TEXT, "a ");
    append(SOURCE, TEXT, "b ");
    forked(apart(1), OptionalLong.of(0), 0);
    append(apart(1), TEXT, "own ");
    assertThat(bodies(apart(1))).containsExactly("own ");
    forked(apart(2), OptionalLong.of(1), 0);
    append(apart(2), TEXT, "c ");
    StreamCreation ofFork =
        new StreamCreation(
            "chat",
            apart(3),
            StreamDefinition.of(""),
            Optional.of(new StreamFork(apart(2), OptionalLong.empty(), 0)),
            List.of(message(apart(3), "d ".getBytes(StandardCharsets.UTF_8))),
            false);
    assertThat(get(b.createStream("client", ofFork)).value())
        .isInstanceOf(StreamCreated.Made.class);
    assertThat(bodies(apart(3))).containsExactly("a ", "c ", "d ");
  }

  @Test
  void manyPagesAndLargeMessagesAreAllThere() {
    make(TEXT);
    for (int i = 0; i < 25; i++) {
      List<Message> some = new ArrayList<>();
      for (int j = 0; j < 100; j++) {
        some.add(message(SOURCE, ("message " + i + "/" + j).getBytes(StandardCharsets.UTF_8)));
      }
      append(SOURCE, TEXT, some);
      if (i % 10 == 5) {
        append(SOURCE, TEXT, new byte[(700 << 10) + i]);
      }
    }
    append(SOURCE, TEXT, new byte[3 << 20]);
    append(SOURCE, TEXT, "end");

    forked(apart(0), OptionalLong.empty(), 0);
    get(a.deleteStream("chat", SOURCE).thenCompose(_ -> a.describeStream("chat", apart(0))));

    List<StoredMessage> all = read(a, apart(0));
    assertThat(all).hasSize(25 * 100 + 4);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).offset()).isEqualTo(i);
    }
    assertThat(all.get(all.size() - 2).message().body().size()).isEqualTo(3 << 20);
    assertThat(all.get(600).message().body().toArray()).hasSize((700 << 10) + 5);
  }

  @Test
  void halfAForkIsNoForkAndWhoAsksAgainGoesOn() throws IOException {
    make(TEXT, "a ", "b ", "c ");
    String name = apart(0);
    StreamCreation wanted = fork(name, OptionalLong.empty(), 0);
    ForkSource source = get(a.forkSource(wanted)).value();
    assertThat(get(a.createFork("client", wanted, source)).value())
        .isEqualTo(new ForkStep.Copying(0));
    StreamPage page =
        get(a.readStream(new StreamRead("chat", SOURCE, new OffsetOption.Min(), 2, Duration.ZERO)))
            .value();
    assertThat(get(a.fillFork("chat", name, source.queueId(), 0, page)).value()).isEqualTo(2);

    // Whoever made it has died. There is nothing yet.
    assertThat(get(b.describeStream("chat", name)).isOk()).isFalse();
    assertThat(get(b.describeLite("chat", name)).isOk()).isFalse();
    // The same page once more, after an answer that was lost.
    assertThat(get(a.fillFork("chat", name, source.queueId(), 0, page)).value()).isEqualTo(2);
    int shard = shardOf(name);
    int other = (nodes.ownerOf(shard) + 1) % 3;
    nodes.take(shard);
    nodes.serve(shard, other);

    assertThat(forked(name, OptionalLong.empty(), 0)).isInstanceOf(StreamCreated.Made.class);
    assertThat(bodies(name)).containsExactly("a ", "b ", "c ");
  }

  @Test
  void aForkWaitsForAShardThatMovesAndThoseAtOnceMakeOne() throws IOException {
    make(TEXT, "a ", "b ");
    String name = apart(0);
    int shard = shardOf(name);
    int other = (nodes.ownerOf(shard) + 1) % 3;
    nodes.take(shard);
    CompletableFuture<Outcome<StreamCreated>> one =
        a.createStream("client", fork(name, OptionalLong.empty(), 0));
    CompletableFuture<Outcome<StreamCreated>> two =
        b.createStream("client", fork(name, OptionalLong.empty(), 0));
    nodes.serve(shard, other);

    assertThat(List.of(get(one).value(), get(two).value()))
        .hasAtLeastOneElementOfType(StreamCreated.Made.class)
        .hasAtLeastOneElementOfType(StreamCreated.Found.class);
    assertThat(bodies(name)).containsExactly("a ", "b ");
  }

  @Test
  void whoAsksANodeForTheSameMeanwhileSharesOneMakingAndMayGoAway() throws IOException {
    make(TEXT, "a ", "b ");
    String name = apart(0);
    int shard = shardOf(name);
    int owner = nodes.ownerOf(shard);
    nodes.take(shard);
    List<CompletableFuture<Outcome<StreamCreated>>> waiting = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      waiting.add(a.createStream("client", fork(name, OptionalLong.empty(), 0)));
    }
    CompletableFuture<Outcome<StreamCreated>> another =
        a.createStream("client", fork(apart(1), OptionalLong.empty(), 0));

    assertThat(((RoutedEngine) a).forksUnderWay()).isLessThanOrEqualTo(2);
    waiting.get(0).cancel(false);
    waiting.get(1).cancel(false);
    nodes.serve(shard, owner);

    for (CompletableFuture<Outcome<StreamCreated>> each : waiting.subList(2, 5)) {
      assertThat(get(each).value()).isInstanceOf(StreamCreated.Found.class);
    }
    assertThat(get(another).isOk()).isTrue();
    assertThat(bodies(name)).containsExactly("a ", "b ");
    assertThat(forked(name, OptionalLong.empty(), 0)).isInstanceOf(StreamCreated.Found.class);
  }

  @Test
  void noMoreForksAreMadeAtATimeThanMayBe() throws IOException {
    make(TEXT, "a ");
    nodes.take(shardOf(SOURCE));
    List<CompletableFuture<Outcome<StreamCreated>>> waiting = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      waiting.add(a.createStream("client", fork(apart(i), OptionalLong.empty(), 0)));
    }

    assertThat(get(a.createStream("client", fork(apart(2), OptionalLong.empty(), 0))))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.refusal().code()).isEqualTo(RefusalCode.TOO_MANY_REQUESTS);
              assertThat(refused.refusal().message()).contains("cluster.max-forks");
            });
    nodes.serve(shardOf(SOURCE), 0);
    for (CompletableFuture<Outcome<StreamCreated>> each : waiting) {
      assertThat(get(each).isOk()).isTrue();
    }
  }
}
