package io.rivulet.server.rocketmq.receive;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.ReceiveMessageResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ReceiveReplyTest {
  private static final int LARGE_BYTES = 1 << 20;
  private static final Caller CALLER = new Caller("client", Language.JAVA, "", "", "", null);

  private final List<String> asked = new ArrayList<>();
  private final Stream stream = new Stream();

  @Test
  void whatCouldNotBeReadIsNotRenewedForItsClientAndComesAgain() {
    answer(Optional.empty(), delivered("m1", unreadable()), delivered(2, "m2", readable()));

    assertThat(stream.bodies).isEqualTo(1);
    assertThat(asked).containsExactly("changeInvisible [group, handle-m1, PT1M, false]");
  }

  @Test
  void whatComesBehindItInItsQueueWaitsForIt() {
    answer(
        Optional.of(Duration.ofSeconds(30)),
        delivered("m1", readable()),
        delivered("m2", unreadable()),
        delivered(2, "m3", readable()),
        delivered("m4", readable()));

    assertThat(stream.bodies).isEqualTo(2);
    assertThat(asked).containsExactly("release [group, [handle-m4]]");
  }

  @Test
  void aLeaseThatEndsByItselfIsLeftAlone() {
    answer(Optional.of(Duration.ofSeconds(30)), delivered("m1", unreadable()));

    assertThat(stream.bodies).isZero();
    assertThat(asked).isEmpty();
  }

  @Test
  void whatWasWrittenToACallThatIsCancelledBeforeItsEndIsGivenBackOnce() {
    stream.isStuck = true;
    answer(Optional.empty(), delivered("m1", Body.of(new byte[1])));
    assertThat(stream.bodies).isEqualTo(1);

    stream.onCancel.run();
    stream.onCancel.run();

    assertThat(asked).containsExactly("release [group, [handle-m1]]");
  }

  private void answer(Optional<Duration> invisible, DeliveredMessage... messages) {
    Engine engine = engine();
    new ReceiveReply.Factory(
            new Returns(
                engine,
                Returns.Parts.whole(engine),
                Clock.system(),
                (_, _) -> {},
                Duration.ofHours(3)),
            Clock.system(),
            "here",
            Runnable::run,
            new WaitingReplies(),
            new ReplyBudget(8 << 20, Duration.ofSeconds(5)))
        .open(stream, CALLER, "group")
        .answer(
            poll(invisible),
            CompletableFuture.completedFuture(Outcome.ok(List.of(messages))),
            new ConnectedClient(CALLER, 0));
  }

  private static PollRequest poll(Optional<Duration> invisible) {
    return new PollRequest(
        "group",
        "topic",
        "client",
        32,
        invisible,
        Filter.all(),
        Duration.ZERO,
        Optional.empty(),
        true);
  }

  private static DeliveredMessage delivered(String id, Body body) {
    return delivered(1, id, body);
  }

  private static DeliveredMessage delivered(long queue, String id, Body body) {
    Message message = Message.builder("topic", id, new byte[0]).build().with(body);
    return new DeliveredMessage(new StoredMessage(message, queue, 2, 3), "handle-" + id, 1);
  }

  private static Body readable() {
    return Body.stored(LARGE_BYTES, _ -> Body.of(new byte[LARGE_BYTES]));
  }

  private static Body unreadable() {
    return Body.stored(
        LARGE_BYTES,
        _ -> {
          throw new IOException("the disk is damaged");
        });
  }

  private Engine engine() {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (_, method, arguments) -> {
              asked.add(method.getName() + " " + List.of(arguments));
              Outcome<String> outcome = Outcome.ok("handle");
              return CompletableFuture.completedFuture(
                  method.getName().equals("release") ? List.of(outcome) : outcome);
            });
  }

  /** A call whose other side takes everything at once. */
  private static final class Stream extends ServerCallStreamObserver<ReceiveMessageResponse> {
    private int bodies;
    private Runnable onClose = () -> {};
    private Runnable onCancel = () -> {};
    private boolean isStuck;

    @Override
    public void onNext(ReceiveMessageResponse response) {
      bodies += response.hasMessage() ? 1 : 0;
    }

    @Override
    public void onError(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void onCompleted() {
      if (!isStuck) {
        onClose.run();
      }
    }

    @Override
    public void setOnCloseHandler(Runnable handler) {
      onClose = handler;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
      onCancel = handler;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}
  }
}
