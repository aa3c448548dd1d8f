package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.server.http.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Safe for all threads: immutable. Sending, and what the receipt of a send is good for. */
final class Sends {
  static final int CREATED = 201;
  static final int MULTI_STATUS = 207;

  private final Engine engine;
  private final MessageDrafts drafts;

  Sends(Engine engine, MessageDrafts drafts) {
    this.engine = engine;
    this.drafts = drafts;
  }

  void send(RestCall call) {
    call.whole(body -> {
      List<Message> messages = drafts.read(call, body);
      boolean isSingle = messages.size() == 1 && !isBatch(call, body);
      call.then(
          engine.send(call.client(), messages).thenApply(Outcome::ok),
          outcomes -> answer(call, outcomes, isSingle));
    });
  }

  /** Whoever sends a list gets one back, though it may have one element only. */
  private static boolean isBatch(RestCall call, byte[] body) {
    return switch (call.mediaType()) {
      case CloudEvent.BATCH -> true;
      case RestCall.JSON -> !CloudEvent.isBinary(call.request) && Json.tree(body).has("messages");
      default -> false;
    };
  }

  private static void answer(RestCall call, List<Outcome<SendReceipt>> outcomes, boolean isSingle) {
    boolean hasStored = outcomes.stream().anyMatch(Outcome::isOk);
    boolean hasRefused = !outcomes.stream().allMatch(Outcome::isOk);
    if (!hasStored && outcomes.getFirst() instanceof Outcome.Refused<SendReceipt>(Refusal why)) {
      call.refuse(Problem.of(why));
      return;
    }
    if (isSingle) {
      SendReceipt receipt = outcomes.getFirst().value();
      if (call.lite() != null) {
        call.response.putHeader(
            "location", call.request.path() + "?from=" + receipt.offset() + "&limit=1");
      }
      var _ = call.answer(CREATED, MessageViews.of(receipt));
      return;
    }
    List<Shapes.SendResult> results = new ArrayList<>(outcomes.size());
    for (Outcome<SendReceipt> outcome : outcomes) {
      results.add(
          switch (outcome) {
            case Outcome.Ok<SendReceipt>(SendReceipt receipt) ->
                new Shapes.SendResult(MessageViews.of(receipt), null);
            case Outcome.Refused<SendReceipt>(Refusal refusal) ->
                new Shapes.SendResult(null, MessageViews.of(refusal));
          });
    }
    var _ = call.answer(hasRefused ? MULTI_STATUS : CREATED, new Shapes.SendResults(results));
  }

  void cancel(RestCall call) {
    call.json(
        Shapes.Handle.class,
        wanted ->
            call.then(
                engine.cancel(call.topic(), Required.text("handle", wanted.handle())),
                cancelled -> call.answer(cancelled(cancelled))));
  }

  private static Shapes.Cancelled cancelled(Cancellation cancellation) {
    return new Shapes.Cancelled(
        cancellation.found().name().toLowerCase(Locale.ROOT), cancellation.messageId());
  }

  /** Of a topic, or of any if none stands in the path. */
  void reprioritize(RestCall call) {
    String topic = call.hasTopic() ? call.topic() : "";
    call.json(
        Shapes.NewPriority.class,
        wanted ->
            call.then(
                engine.reprioritize(
                    topic, Required.text("handle", wanted.handle()), wanted.priority()),
                changed ->
                    call.answer(
                        new Shapes.Reprioritized(
                            changed.handle(), changed.priority(), changed.isWholeQueue()))));
  }
}
