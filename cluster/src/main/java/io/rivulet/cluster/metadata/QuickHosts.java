package io.rivulet.cluster.metadata;

import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;
import org.apache.zookeeper.client.StaticHostProvider;

/**
 * Owned by the thread of ZooKeeper's client that connects. The members, tried again sooner than
 * ZooKeeper would, whose waits are much of a session of three seconds.
 *
 * <p>It waits a second after each round of all members, and up to another one, at random, before
 * each attempt but the first. The latter cannot be set. It ends when the thread is interrupted,
 * which is looked at nowhere else between {@link #next} and that wait.
 */
final class QuickHosts implements HostProvider {
  private static final long MAX_WAIT_MILLIS = 100;

  private final StaticHostProvider members;

  /** Whether there is a wait to be cut short: an interrupt that nothing hears closes the socket. */
  private boolean wasConnected;

  QuickHosts(String connect) {
    members = new StaticHostProvider(new ConnectStringParser(connect).getServerAddresses());
  }

  @Override
  public int size() {
    return members.size();
  }

  @Override
  public InetSocketAddress next(long spinDelay) {
    InetSocketAddress next = members.next(Math.min(spinDelay, MAX_WAIT_MILLIS));
    if (wasConnected) {
      Thread.currentThread().interrupt();
    }
    return next;
  }

  @Override
  public void onConnected() {
    wasConnected = true;
    members.onConnected();
  }

  @Override
  public boolean updateServerList(
      Collection<InetSocketAddress> serverAddresses, InetSocketAddress currentHost) {
    return members.updateServerList(serverAddresses, currentHost);
  }
}
