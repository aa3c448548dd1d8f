package io.rivulet.bench.raw;

import apache.rocketmq.v2.Address;
import apache.rocketmq.v2.AddressScheme;
import apache.rocketmq.v2.Broker;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Endpoints;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.Resource;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;

/** Immutable. Asks an endpoint which broker has a topic. */
final class BrokerOf {
  private BrokerOf() {}

  static Broker anyRoute(String endpoint, String topic) {
    ManagedChannel channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
    try {
      int colon = endpoint.lastIndexOf(':');
      Address address =
          Address.newBuilder()
              .setHost(endpoint.substring(0, colon))
              .setPort(Integer.parseInt(endpoint.substring(colon + 1)))
              .build();
      QueryRouteRequest request =
          QueryRouteRequest.newBuilder()
              .setTopic(Resource.newBuilder().setName(topic))
              .setEndpoints(
                  Endpoints.newBuilder().setScheme(AddressScheme.IPv4).addAddresses(address))
              .build();
      QueryRouteResponse response =
          MessagingServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(RawClient.headers()))
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .withWaitForReady()
              .queryRoute(request);
      if (response.getStatus().getCode() != Code.OK) {
        throw new RefusedException(response.getStatus());
      }
      return response.getMessageQueues(0).getBroker();
    } finally {
      channel.shutdownNow();
    }
  }
}
