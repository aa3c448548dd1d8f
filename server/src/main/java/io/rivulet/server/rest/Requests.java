package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.ReplyAddress;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.config.DurationText;
import io.rivulet.server.http.AnswerMemory;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: immutable. Sends a request and waits for its reply.
 *
 * <p>The request says in its properties through which lite topic its reply comes: a name of its own
 * that nobody can guess, made by the reply and reclaimed when that has been read. If nobody waits
 * any more, because the time is over or the caller has gone, the request is cancelled: nobody
 * begins with it then, and who has begun is told in the reply lite topic.
 */
final class Requests {
  private static final int OK = 200;
  private static final int CONFLICT = 409;
  private static final int GATEWAY_TIMEOUT = 504;
  private static final Duration USUAL_TIME = Duration.ofSeconds(30);

  private final Engine engine;
  private final MessageDrafts drafts;
  private final RestConfig config;
  private final Waiting waiting;
  private final AnswerMemory answers;

  Requests(
      Engine engine,
      MessageDrafts drafts,
      RestConfig config,
      Waiting waiting,
      AnswerMemory answers) {
    this.answers = answers;
    this.engine = engine;
    this.drafts = drafts;
    this.config = config;
    this.waiting = waiting;
  }

  void request(RestCall call) {
    Duration time = call.time("timeout", USUAL_TIME, config.maxRequestTime());
    call.whole(body -> {
      List<Message> messages = drafts.read(call, body);
      if (messages.size() != 1) {
        throw new IllegalArgumentException("a request is one message, not " + messages.size());
      }
      Optional<TopicDefinition> replies = engine.topic(config.replyTopic());
      if (replies.isEmpty()) {
        TopicDefinition wanted =
            new TopicDefinition(
                config.replyTopic(), TopicType.LITE, Optional.of(config.replyTtl()), false);
        call.then(engine.defineTopic(wanted), _ -> send(call, messages.getFirst(), time));
      } else if (replies.get().type() == TopicType.LITE) {
        send(call, messages.getFirst(), time);
      } else {
        call.refuse(
            CONFLICT,
            "type mismatch",
            "the topic '%s' (http.reply-topic) is %s, and replies come through lite topics"
                .formatted(config.replyTopic(), replies.get().type()));
      }
    });
  }

  private void send(RestCall call, Message message, Duration time) {
    if (!waiting.enter()) {
      Receives.refuseToWait(call, waiting);
      return;
    }
    String lite = UUID.randomUUID().toString();
    CompletableFuture<Outcome<SendReceipt>> sending =
        Waiting.mayLeave(
            engine.send(call.client(), List.of(addressed(message, lite))).thenApply(List::getFirst),
            CompletableFuture::completedFuture,
            receipt -> abandon(call.topic(), receipt));
    var _ =
        sending.whenComplete((outcome, _) -> {
          if (outcome == null || !outcome.isOk()) {
            waiting.leave();
          }
        });
    call.then(
        sending,
        receipt -> await(call, receipt, lite, time),
        receipt -> {
          waiting.leave();
          abandon(call.topic(), receipt);
        });
  }

  private Message addressed(Message message, String lite) {
    Map<String, String> properties = new LinkedHashMap<>(message.properties());
    properties.put(ReplyAddress.TOPIC_PROPERTY, config.replyTopic());
    properties.put(ReplyAddress.LITE_TOPIC_PROPERTY, lite);
    return Message.builder(message.topic(), message.id(), message.body())
        .tag(message.tag())
        .keys(message.keys())
        .properties(properties)
        .messageGroup(message.messageGroup())
        .liteTopic(message.liteTopic())
        .priority(message.priority())
        .born(message.bornMillis(), message.bornHost())
        .traceContext(message.traceContext())
        .build();
  }

  private void await(RestCall call, SendReceipt receipt, String lite, Duration time) {
    CompletableFuture<Outcome<ReadReply>> reading =
        engine.read(
            new ReadRequest(
                    config.replyTopic(),
                    Optional.of(lite),
                    new OffsetOption.Min(),
                    Optional.empty(),
                    1,
                    time)
                .leavingLargeBodies());
    var _ =
        reading.whenComplete((_, _) -> {
          waiting.leave();
          if (reading.isCancelled()) {
            abandon(call.topic(), receipt);
          }
        });
    AnswerMemory.Share share = answers.share();
    call.then(
        share.load(reading, AnswerMemory.OF_REPLY, _ -> reclaim(lite)),
        reply -> {
          if (reply.messages().isEmpty()) {
            abandon(call.topic(), receipt);
            call.refuse(
                GATEWAY_TIMEOUT,
                "no reply",
                "nobody replied within %s; the request '%s' is cancelled"
                    .formatted(DurationText.print(time), receipt.messageId()));
          } else {
            reclaim(lite);
            share.send(call, () -> answer(call, receipt, reply.messages().getFirst()));
          }
        },
        _ -> {
          share.giveBack();
          reclaim(lite);
        });
  }

  private static Future<Void> answer(RestCall call, SendReceipt receipt, StoredMessage reply) {
    if (Events.isWanted(call)) {
      return Events.answer(call, List.of(MessageViews.event(reply)), _ -> {});
    }
    return call.answer(OK, new Shapes.Reply(MessageViews.of(receipt), MessageViews.of(reply)));
  }

  private void abandon(String topic, SendReceipt receipt) {
    // Who works on it finds a note in the reply lite topic, which goes with its TTL.
    var _ = engine.cancel(topic, receipt.handle());
  }

  private void reclaim(String lite) {
    var _ = engine.reclaimLite(config.replyTopic(), lite);
  }
}
