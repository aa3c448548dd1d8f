package io.rivulet.client;

import io.grpc.Channel;
import io.rivulet.api.v1.ClusterServiceGrpc;
import io.rivulet.api.v1.ClusterServiceGrpc.ClusterServiceBlockingStub;
import io.rivulet.api.v1.DescribeClusterRequest;
import io.rivulet.api.v1.DescribeClusterResponse;
import io.rivulet.api.v1.DrainNodeRequest;
import io.rivulet.api.v1.UndrainNodeRequest;
import java.util.function.Function;

/**
 * Safe for all threads: immutable. Shows a cluster, in the words of rivulet.v1, and steers which of
 * its nodes own shards.
 *
 * <p>Every method waits for the answer and throws {@link RivuletException} if the server refuses,
 * is no node of a cluster, or can't be reached.
 */
public final class Cluster {
  private final ClusterServiceBlockingStub service;
  private final ClientConfig config;

  Cluster(Channel channel, ClientConfig config) {
    this.service = ClusterServiceGrpc.newBlockingStub(channel);
    this.config = config;
  }

  /** How the cluster is now, as the node sees it that is asked, and as the others say. */
  public DescribeClusterResponse describe() {
    return call(service -> service.describeCluster(DescribeClusterRequest.getDefaultInstance()));
  }

  /**
   * Lets a node own nothing from now on; its shards go to others, which takes a while.
   *
   * @return false if it was to be so before
   */
  public boolean drain(String node) {
    return call(service -> service.drainNode(DrainNodeRequest.newBuilder().setNode(node).build()))
        .getChanged();
  }

  /**
   * Lets a node own shards again.
   *
   * @return false if it was to be so before
   */
  public boolean undrain(String node) {
    return call(
            service -> service.undrainNode(UndrainNodeRequest.newBuilder().setNode(node).build()))
        .getChanged();
  }

  private <T> T call(Function<ClusterServiceBlockingStub, T> request) {
    return Calls.call(service, config, request);
  }
}
