package io.rivulet.server.security;

import io.rivulet.engine.time.Clock;
import io.rivulet.server.disk.DurableFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Immutable. Makes a key and a certificate for this machine's names that is signed with the key.
 */
final class SelfSigned {
  private static final Duration VALID_BEFORE = Duration.ofDays(1);
  private static final Duration VALID_AFTER = Duration.ofDays(3650);
  private static final int SERIAL_BITS = 120;

  private SelfSigned() {}

  static void write(Path certificateFile, Path keyFile, Clock clock) throws IOException {
    try {
      SecureRandom random = new SecureRandom();
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      X509CertificateHolder certificate = sign(pair, new BigInteger(SERIAL_BITS, random), clock);
      DurableFiles.writeOwnersOnly(keyFile, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      DurableFiles.write(certificateFile, pem("CERTIFICATE", certificate.getEncoded()));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("no self-signed certificate could be made: " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("JavaUtilDate") // what Bouncy Castle takes
  private static X509CertificateHolder sign(KeyPair pair, BigInteger serial, Clock clock)
      throws IOException, OperatorCreationException {
    X500Name name = new X500Name("CN=rivulet");
    long now = clock.wallMillis();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            serial,
            new Date(now - VALID_BEFORE.toMillis()),
            new Date(now + VALID_AFTER.toMillis()),
            name,
            pair.getPublic());
    builder.addExtension(Extension.subjectAlternativeName, false, names());
    ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
    return builder.build(signer);
  }

  private static GeneralNames names() {
    GeneralName loopback = new GeneralName(GeneralName.iPAddress, "127.0.0.1");
    GeneralName loopback6 = new GeneralName(GeneralName.iPAddress, "::1");
    GeneralName local = new GeneralName(GeneralName.dNSName, "localhost");
    try {
      GeneralName host =
          new GeneralName(GeneralName.dNSName, InetAddress.getLocalHost().getHostName());
      return new GeneralNames(new GeneralName[] {local, host, loopback, loopback6});
    } catch (UnknownHostException e) {
      // A machine without a name of its own is reached as localhost only.
      return new GeneralNames(new GeneralName[] {local, loopback, loopback6});
    }
  }

  private static byte[] pem(String kind, byte[] der) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    String text = "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n";
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
