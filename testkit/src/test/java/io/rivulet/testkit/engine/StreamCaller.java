package io.rivulet.testkit.engine;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.stream.StreamView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Owned by one thread. Asks a shard what a {@link StreamModel} is asked, and puts its answers into
 * the model's words.
 */
final class StreamCaller {
  private static final String TOPIC = "chat";

  private final Supplier<RunningShard> shard;

  StreamCaller(Supplier<RunningShard> shard) {
    this.shard = shard;
  }

  /** Answers with words, or a {@link StreamModel.Page}. */
  CompletableFuture<Object> ask(StreamModel.Request request) {
    return switch (request) {
      case StreamModel.Create wanted ->
          shard.get().createStream("c", creation(wanted)).thenApply(StreamCaller::created);
      case StreamModel.Append wanted ->
          shard
              .get()
              .appendToStream("c", append(wanted))
              .thenApply(outcome -> wordsOf(outcome.map(Object::toString)));
      case StreamModel.Delete(String name) ->
          shard
              .get()
              .deleteStream(TOPIC, name)
              .thenApply(outcome -> wordsOf(outcome.map(each -> "deleted " + view(each))));
      case StreamModel.Describe(String name) ->
          shard
              .get()
              .describeStream(TOPIC, name)
              .thenApply(outcome -> wordsOf(outcome.map(StreamCaller::view)));
      case StreamModel.Send(String name, List<String> bodies) ->
          shard.get().send("w", messages(name, bodies)).thenApply(StreamCaller::sent);
      case StreamModel.Read read ->
          shard.get().readStream(read(read)).thenApply(outcome -> page(outcome));
      case StreamModel.Beginning _ -> throw new IllegalArgumentException("nobody asks for it");
    };
  }

  private static StreamCreation creation(StreamModel.Create wanted) {
    return new StreamCreation(
        TOPIC,
        wanted.name(),
        wanted.definition(),
        wanted.fork(),
        messages(wanted.name(), wanted.bodies()),
        wanted.isClosed());
  }

  private static StreamAppend append(StreamModel.Append wanted) {
    return new StreamAppend(
        TOPIC,
        wanted.name(),
        wanted.contentType(),
        messages(wanted.name(), wanted.bodies()),
        wanted.closes(),
        wanted.seq(),
        wanted.producer());
  }

  private static StreamRead read(StreamModel.Read read) {
    OffsetOption from =
        read.from() < 0
            ? new OffsetOption.Max()
            : read.from() == 0 ? new OffsetOption.Min() : new OffsetOption.At(read.from());
    return new StreamRead(TOPIC, read.name(), from, read.max(), Duration.ZERO);
  }

  /** A message's id is what stands in its body before the first blank. */
  private static List<Message> messages(String name, List<String> bodies) {
    List<Message> messages = new ArrayList<>(bodies.size());
    for (String body : bodies) {
      messages.add(
          Message.builder(
                  TOPIC,
                  body.substring(0, body.indexOf(' ')),
                  body.getBytes(StandardCharsets.ISO_8859_1))
              .liteTopic(name)
              .build());
    }
    return messages;
  }

  private static String view(StreamView view) {
    return StreamModel.view(view.definition(), view.endOffset(), view.isClosed());
  }

  private static String wordsOf(Outcome<String> outcome) {
    return switch (outcome) {
      case Outcome.Ok<String>(String words) -> words;
      case Outcome.Refused<String>(Refusal refusal) -> StreamModel.refused(refusal.code());
    };
  }

  private static String created(Outcome<StreamCreated> outcome) {
    return wordsOf(
        outcome.map(created ->
            switch (created) {
              case StreamCreated.Made(StreamView stream) -> "made " + view(stream);
              case StreamCreated.Found(StreamView stream) -> "found " + view(stream);
              case StreamCreated.Differs(StreamView stream) -> "differs " + view(stream);
            }));
  }

  private static String sent(List<Outcome<SendReceipt>> outcomes) {
    long end = 0;
    for (Outcome<SendReceipt> outcome : outcomes) {
      switch (outcome) {
        case Outcome.Ok<SendReceipt>(SendReceipt receipt) ->
            end = Math.max(end, receipt.offset() + 1);
        case Outcome.Refused<SendReceipt>(Refusal refusal) -> {
          return StreamModel.refused(refusal.code());
        }
      }
    }
    return "sent up to " + end;
  }

  private static StreamModel.Page page(Outcome<StreamPage> outcome) {
    return switch (outcome) {
      case Outcome.Refused<StreamPage>(Refusal refusal) ->
          new StreamModel.Page(StreamModel.refused(refusal.code()), "", 0, List.of(), 0);
      case Outcome.Ok<StreamPage>(StreamPage page) -> {
        List<String> bodies = new ArrayList<>();
        for (StoredMessage each : page.messages()) {
          bodies.add(new String(each.message().body().toArray(), StandardCharsets.ISO_8859_1));
        }
        long first =
            page.messages().isEmpty() ? page.nextOffset() : page.messages().getFirst().offset();
        yield new StreamModel.Page("", view(page.stream()), first, bodies, page.nextOffset());
      }
    };
  }
}
