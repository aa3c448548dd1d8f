package io.rivulet.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.engine.time.Clock;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ServerCertificateTest {
  private static final TlsConfig SELF_SIGNED = new TlsConfig(Optional.empty(), Optional.empty());

  @TempDir private Path folder;

  @Test
  void theFirstStartSignsACertificateForThisMachinesNames() throws Exception {
    ServerCertificate.open(SELF_SIGNED, folder, Clock.system());

    X509Certificate certificate = certificate();
    certificate.checkValidity();
    certificate.verify(certificate.getPublicKey());
    assertThat(certificate.getSubjectAlternativeNames().toString())
        .contains("localhost")
        .contains("127.0.0.1");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no such permissions")
  void onlyTheOwnerMayReadTheKey() throws Exception {
    ServerCertificate.open(SELF_SIGNED, folder, Clock.system());

    String mode =
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("key.pem")));

    assertThat(mode).isEqualTo("rw-------");
  }

  @Test
  void laterStartsKeepTheCertificate() throws Exception {
    ServerCertificate.open(SELF_SIGNED, folder, Clock.system());
    X509Certificate first = certificate();

    ServerCertificate.open(SELF_SIGNED, folder, Clock.system());

    assertThat(certificate()).isEqualTo(first);
  }

  @Test
  void anOperatorsCertificateIsTaken() throws Exception {
    ServerCertificate.open(SELF_SIGNED, folder, Clock.system());
    TlsConfig own =
        new TlsConfig(
            Optional.of(folder.resolve("certificate.pem")), Optional.of(folder.resolve("key.pem")));

    assertThat(ServerCertificate.open(own, folder, Clock.system()).isSelfSigned()).isFalse();
  }

  @Test
  void filesThatAreNoPairAreRefusedByName() throws Exception {
    Path certificate = Files.writeString(folder.resolve("mine.pem"), "nothing");
    Path key = Files.writeString(folder.resolve("mine.key"), "nothing");
    TlsConfig own = new TlsConfig(Optional.of(certificate), Optional.of(key));

    assertThatThrownBy(() -> ServerCertificate.open(own, folder, Clock.system()))
        .hasMessageContaining("mine.pem")
        .hasMessageContaining("mine.key");
  }

  private X509Certificate certificate() throws Exception {
    try (InputStream in = Files.newInputStream(folder.resolve("certificate.pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }
}
