package io.rivulet.server.security;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Immutable. Reads certificates and keys with what the JDK has. Netty's own reader loads all of
 * Bouncy Castle's provider, seven hundred classes, when that is on the class path: a third of a
 * start.
 */
final class PemFiles {
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

  private PemFiles() {}

  /** The certificates of a file, the server's own first. */
  static X509Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
        .stream()
        .map(X509Certificate.class::cast)
        .toArray(X509Certificate[]::new);
  }

  /** The private key of a file, in PKCS #8 without encryption. */
  static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    Matcher matcher = PRIVATE_KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!matcher.find()) {
      throw new GeneralSecurityException("there is no BEGIN PRIVATE KEY in " + file);
    }
    PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(decode(matcher.group(1)));
    InvalidKeySpecException last = new InvalidKeySpecException("no algorithm was tried");
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (InvalidKeySpecException e) {
        last = e; // perhaps a key of the next algorithm
      }
    }
    throw new GeneralSecurityException(
        "the key in " + file + " is none of " + String.join(", ", ALGORITHMS), last);
  }

  private static byte[] decode(String base64) throws GeneralSecurityException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("the key is not base64", e);
    }
  }
}
