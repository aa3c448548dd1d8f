package io.rivulet.server.rocketmq.wire;

import static io.rivulet.server.rocketmq.wire.WireClient.accessPoint;
import static io.rivulet.server.rocketmq.wire.WireClient.message;
import static io.rivulet.server.rocketmq.wire.WireClient.resource;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.AddressScheme;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Permission;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryAssignmentResponse;
import apache.rocketmq.v2.QueryRouteResponse;
import io.rivulet.server.rocketmq.route.Neighbours;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class RouteWireTest {
  private static final WireServer SERVER = new WireServer();
  private final WireClient client = SERVER.client("client");

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  /** Trap 3. */
  @Test
  void aRouteIsOneWritableQueueZeroAtTheAddressThatTheClientCameBy() {
    MessageQueue queue = client.route("any").getMessageQueues(0);

    assertThat(queue.getId()).isZero();
    assertThat(queue.getPermission()).isEqualTo(Permission.READ_WRITE);
    assertThat(queue.getTopic()).isEqualTo(resource("any"));
    assertThat(queue.getBroker().getId()).isZero();
    assertThat(queue.getBroker().getName()).isNotBlank();
    assertThat(queue.getBroker().getEndpoints()).isEqualTo(accessPoint());
  }

  @Test
  void anUnknownTopicOffersEveryTypeAndIsNotMade() {
    assertThat(client.route("unknown").getMessageQueues(0).getAcceptMessageTypesList())
        .contains(MessageType.NORMAL, MessageType.FIFO, MessageType.LITE, MessageType.PRIORITY)
        .doesNotContain(MessageType.MESSAGE_TYPE_UNSPECIFIED);
    assertThat(SERVER.engine().topic("unknown")).isEmpty();
  }

  @Test
  void aKnownTopicOffersItsType() {
    assertThat(client.send(message("fifo", "1", system -> system.setMessageGroup("g"))).getStatus())
        .extracting("code")
        .isEqualTo(Code.OK);

    assertThat(client.route("fifo").getMessageQueues(0).getAcceptMessageTypesList())
        .containsExactly(MessageType.FIFO);
  }

  @Test
  void anIllegalTopicIsRefused() {
    assertThat(client.route("a b").getStatus().getCode()).isEqualTo(Code.ILLEGAL_TOPIC);
  }

  @Test
  void aRequestWithoutAClientIdIsRefused() {
    assertThat(SERVER.client("").route("any").getStatus().getCode())
        .isEqualTo(Code.CLIENT_ID_REQUIRED);
  }

  @Test
  void anAssignmentIsTheSameEachTime() {
    QueryAssignmentRequest request =
        QueryAssignmentRequest.newBuilder()
            .setTopic(resource("any"))
            .setGroup(resource("group"))
            .setEndpoints(accessPoint())
            .build();

    QueryAssignmentResponse first = client.stub().queryAssignment(request);

    assertThat(first.getStatus().getCode()).isEqualTo(Code.OK);
    assertThat(first.getAssignmentsCount()).isEqualTo(1);
    assertThat(first.getAssignments(0).getMessageQueue().getId()).isEqualTo(-1);
    assertThat(client.stub().queryAssignment(request)).isEqualTo(first);
  }

  @Test
  void inAClusterEveryNodeHasAQueueOfItsOwn() {
    try (WireServer server = new WireServer()) {
      server.hasNeighbours(new Neighbours.Neighbour("rivulet-b", "10.0.0.2", 8081));

      QueryRouteResponse route = server.client("client").route("any");

      assertThat(route.getMessageQueuesList()).hasSize(2);
      assertThat(route.getMessageQueues(0).getBroker().getEndpoints()).isEqualTo(accessPoint());
      MessageQueue other = route.getMessageQueues(1);
      assertThat(other.getId()).isZero();
      assertThat(other.getBroker().getName()).isEqualTo("rivulet-b");
      assertThat(other.getBroker().getEndpoints().getScheme()).isEqualTo(AddressScheme.IPv4);
      assertThat(other.getBroker().getEndpoints().getAddresses(0).getHost()).isEqualTo("10.0.0.2");
    }
  }
}
