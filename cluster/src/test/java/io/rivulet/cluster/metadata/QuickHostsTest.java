package io.rivulet.cluster.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class QuickHostsTest {
  private final QuickHosts hosts = new QuickHosts("127.0.0.1:1,127.0.0.1:2");

  @Test
  void onlyAWaitThatThereIsIsCutShort() {
    // The first attempt waits for nothing: an interrupt would close its socket.
    assertThat(hosts.next(0)).isNotNull();
    assertThat(Thread.interrupted()).isFalse();

    hosts.onConnected();
    assertThat(hosts.next(0)).isNotNull();
    assertThat(Thread.interrupted()).isTrue();
  }
}
