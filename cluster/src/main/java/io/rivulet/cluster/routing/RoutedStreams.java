package io.rivulet.cluster.routing;

import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.stream.ForkSource;
import io.rivulet.engine.stream.ForkStep;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: its parts are. Reading without a group, and lite topics as streams. */
abstract class RoutedStreams extends RoutedSubscriptions {
  private final Ways ways;
  private final ForksApart forks;

  RoutedStreams(Ways ways) {
    super(ways);
    this.ways = ways;
    forks = new ForksApart(ways, ways.maxForks());
  }

  /** Forks of streams in other shards that are being made now. */
  public int forksUnderWay() {
    return forks.underWay();
  }

  private <T> CompletableFuture<Outcome<T>> admitted(
      String client,
      String topic,
      List<Message> messages,
      Supplier<CompletableFuture<Outcome<T>>> next) {
    return ways.quotas()
        .admit(client, topic, messages)
        .thenCompose(refusal ->
            refusal.isEmpty()
                ? next.get()
                : CompletableFuture.completedFuture(Outcome.refused(refusal.get())));
  }

  <T> CompletableFuture<Outcome<T>> lite(
      String topic,
      String liteTopic,
      @Nullable String group,
      Asking.Question<Outcome<T>> question) {
    return ways.asking().one(ways.placement().ofLite(topic, liteTopic), topic, group, question);
  }

  @Override
  public CompletableFuture<Outcome<ReadReply>> read(ReadRequest request) {
    return knowing(request.topic(), () -> readKnown(request));
  }

  private CompletableFuture<Outcome<ReadReply>> readKnown(ReadRequest request) {
    String topic = request.topic();
    if (Placement.isDeadLetters(topic)) {
      return new LetterRead(ways, request).begin();
    }
    // The other types have queues with names, too, but all in one shard.
    boolean isWhole = ways.view().topic(topic).isPresent() && !ways.view().isSpread(topic);
    return request.liteTopic().isPresent() && !isWhole
        ? lite(topic, request.liteTopic().get(), null, engine -> engine.read(request))
        : ways.asking()
            .one(ways.placement().ofTopic(topic), topic, null, engine -> engine.read(request));
  }

  /** What is asked of whom depends on the topic's type: a node that has just come asks for it. */
  <T> CompletableFuture<T> knowing(String topic, Supplier<CompletableFuture<T>> question) {
    return knowing(topic, question, _ -> {});
  }

  /**
   * The same.
   *
   * @param unwanted gets an answer for which nobody waits any more
   */
  <T> CompletableFuture<T> knowing(
      String topic, Supplier<CompletableFuture<T>> question, Consumer<T> unwanted) {
    return ways.view().topic(topic).isPresent()
        ? question.get()
        : Asking.chained(ways.view().known(topic), _ -> question.get(), unwanted);
  }

  @Override
  public CompletableFuture<Outcome<Instant>> suspendLite(
      String group, String topic, String name, Duration length) {
    return lite(topic, name, group, engine -> engine.suspendLite(group, topic, name, length));
  }

  @Override
  public CompletableFuture<Outcome<StreamCreated>> createStream(
      String client, StreamCreation wanted) {
    String topic = wanted.topic();
    int shard = ways.placement().ofLite(topic, wanted.liteTopic());
    CompletableFuture<?> topicIsThere =
        ways.view().topic(topic).isPresent() || !ways.config().autoCreateTopics()
            ? CompletableFuture.completedFuture(true)
            : ways.definer().ensure(TopicDefinition.of(topic, TopicType.LITE));
    return admitted(
        client,
        topic,
        wanted.messages(),
        () ->
            topicIsThere.thenCompose(_ ->
                forks.isApart(wanted)
                    ? forks.create(client, wanted)
                    : ways.asking()
                        .one(shard, topic, null, engine -> engine.createStream(client, wanted))));
  }

  @Override
  public CompletableFuture<Outcome<ForkSource>> forkSource(StreamCreation wanted) {
    String source = wanted.fork().map(StreamFork::source).orElse(wanted.liteTopic());
    return lite(wanted.topic(), source, null, engine -> engine.forkSource(wanted));
  }

  @Override
  public CompletableFuture<Outcome<ForkStep>> createFork(
      String client, StreamCreation wanted, ForkSource source) {
    return lite(
        wanted.topic(),
        wanted.liteTopic(),
        null,
        engine -> engine.createFork(client, wanted, source));
  }

  @Override
  public CompletableFuture<Outcome<Long>> fillFork(
      String topic, String liteTopic, long sourceId, long from, StreamPage page) {
    return lite(
        topic, liteTopic, null, engine -> engine.fillFork(topic, liteTopic, sourceId, from, page));
  }

  @Override
  public CompletableFuture<Outcome<StreamAppended>> appendToStream(
      String client, StreamAppend wanted) {
    return admitted(
        client,
        wanted.topic(),
        wanted.messages(),
        () ->
            lite(
                wanted.topic(),
                wanted.liteTopic(),
                null,
                engine -> engine.appendToStream(client, wanted)));
  }

  @Override
  public CompletableFuture<Outcome<StreamView>> describeStream(String topic, String liteTopic) {
    return lite(topic, liteTopic, null, engine -> engine.describeStream(topic, liteTopic));
  }

  @Override
  public CompletableFuture<Outcome<StreamView>> deleteStream(String topic, String liteTopic) {
    return lite(topic, liteTopic, null, engine -> engine.deleteStream(topic, liteTopic));
  }

  @Override
  public CompletableFuture<Outcome<StreamPage>> readStream(StreamRead wanted) {
    return lite(wanted.topic(), wanted.liteTopic(), null, engine -> engine.readStream(wanted));
  }
}
