package io.rivulet.server.rocketmq.route;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Address;
import apache.rocketmq.v2.AddressScheme;
import apache.rocketmq.v2.Endpoints;
import org.junit.jupiter.api.Test;

class AddressesTest {
  private static Address address(String host, int port) {
    return Address.newBuilder().setHost(host).setPort(port).build();
  }

  /** Trap 21: several addresses stay one facade, in the same order. */
  @Test
  void theAccessPointGoesBackAsItCame() {
    Endpoints asked =
        Endpoints.newBuilder()
            .setScheme(AddressScheme.IPv4)
            .addAddresses(address("10.0.0.1", 8081))
            .addAddresses(address("10.0.0.2", 8082))
            .build();

    assertThat(Addresses.reachable(asked, "elsewhere:1")).isEqualTo(asked);
  }

  /** Trap 3: a missing scheme would be taken for a domain name. */
  @Test
  void aMissingSchemeIsWorkedOut() {
    Endpoints asked = Endpoints.newBuilder().addAddresses(address("10.0.0.1", 8081)).build();

    assertThat(Addresses.reachable(asked, "").getScheme()).isEqualTo(AddressScheme.IPv4);
  }

  @Test
  void aClientThatNamesNoAccessPointGetsTheAddressOfItsConnection() {
    Endpoints reachable = Addresses.reachable(Endpoints.getDefaultInstance(), "127.0.0.1:9000");

    assertThat(reachable.getScheme()).isEqualTo(AddressScheme.IPv4);
    assertThat(reachable.getAddressesList()).containsExactly(address("127.0.0.1", 9000));
  }

  @Test
  void domainNamesAndIpv6AreToldApart() {
    assertThat(Addresses.reachable(Endpoints.getDefaultInstance(), "broker.example:1").getScheme())
        .isEqualTo(AddressScheme.DOMAIN_NAME);
    assertThat(Addresses.reachable(Endpoints.getDefaultInstance(), "[::1]:8081"))
        .isEqualTo(
            Endpoints.newBuilder()
                .setScheme(AddressScheme.IPv6)
                .addAddresses(address("::1", 8081))
                .build());
  }

  @Test
  void thereIsAlwaysAnAddress() {
    assertThat(Addresses.reachable(Endpoints.getDefaultInstance(), "").getAddressesList())
        .containsExactly(address("localhost", 8081));
  }
}
