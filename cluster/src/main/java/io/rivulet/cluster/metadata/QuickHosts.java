package io.rivulet.cluster.metadata;

import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;
import org.apache.zookeeper.client.StaticHostProvider;

/**
 * Owned by ZooKeeper's client. The members, tried again sooner than ZooKeeper would: it waits a
 * second after each round, which is much of a session of three.
 */
final class QuickHosts implements HostProvider {
  private static final long MAX_WAIT_MILLIS = 100;

  private final StaticHostProvider members;

  QuickHosts(String connect) {
    members = new StaticHostProvider(new ConnectStringParser(connect).getServerAddresses());
  }

  @Override
  public int size() {
    return members.size();
  }

  @Override
  public InetSocketAddress next(long spinDelay) {
    return members.next(Math.min(spinDelay, MAX_WAIT_MILLIS));
  }

  @Override
  public void onConnected() {
    members.onConnected();
  }

  @Override
  public boolean updateServerList(
      Collection<InetSocketAddress> serverAddresses, InetSocketAddress currentHost) {
    return members.updateServerList(serverAddresses, currentHost);
  }
}
