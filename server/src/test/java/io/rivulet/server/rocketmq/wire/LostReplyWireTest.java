package io.rivulet.server.rocketmq.wire;

import static apache.rocketmq.v2.LiteSubscriptionAction.PARTIAL_ADD;
import static io.rivulet.server.rocketmq.wire.WireClient.lite;
import static io.rivulet.server.rocketmq.wire.WireClient.pushRequest;
import static io.rivulet.server.rocketmq.wire.WireClient.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.ClientType;
import io.rivulet.server.rocketmq.wire.WireClient.Received;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Replies that were sent over a connection which then broke; the client lives on. */
class LostReplyWireTest {
  private static final WireServer SERVER =
      new WireServer(config -> config.leaseTime(Duration.ofSeconds(2)));
  private final WireClient producer = SERVER.client("producer");

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static WireClient follower(String name) {
    WireClient client = SERVER.client(name);
    client.introduce(ClientType.LITE_PUSH_CONSUMER, name, name);
    client.sync(PARTIAL_ADD, name, name, "session");
    return client;
  }

  private static Received receive(WireClient client, String name, int seconds) {
    return client.receive(pushRequest(name, name).setLongPollingTimeout(seconds(seconds)).build());
  }

  @Test
  void whatMayHaveBeenLostWithTheConnectionComesAgain() {
    WireClient before = follower("broken");
    producer.send(lite("broken", "session", "m1"));
    assertThat(receive(before, "broken", 5).bodies()).containsExactly("body of m1");

    before.channel().shutdownNow();
    WireClient after = follower("broken");

    assertThat(receive(after, "broken", 9).bodies()).containsExactly("body of m1");
  }

  @Test
  void whatIsLostWhileTheServerOnlySaysThatItWillLeaveComesAgainToo() {
    WireClient before = follower("leaving");
    producer.send(lite("leaving", "session", "m1"));
    assertThat(receive(before, "leaving", 5).bodies()).containsExactly("body of m1");

    SERVER.door().setServing(false);
    before.channel().shutdownNow();
    WireClient after = follower("leaving");

    assertThat(receive(after, "leaving", 9).bodies()).containsExactly("body of m1");
  }

  @Test
  void whatEndsInOrderHasArrived() {
    WireClient before = follower("ended");
    producer.send(lite("ended", "session", "m1"));
    assertThat(receive(before, "ended", 5).bodies()).containsExactly("body of m1");

    SERVER.door().endsInOrder(true);
    try {
      before.channel().shutdownNow();
      WireClient after = follower("ended");

      assertThat(receive(after, "ended", 6).bodies()).isEmpty();
    } finally {
      SERVER.door().endsInOrder(false);
    }
  }

  @Test
  void aLeaseIsRenewedWhileTheConnectionHolds() {
    WireClient client = follower("whole");
    producer.send(lite("whole", "session", "m1"));
    assertThat(receive(client, "whole", 5).bodies()).containsExactly("body of m1");

    assertThat(receive(client, "whole", 5).bodies()).isEmpty();
  }
}
