package io.rivulet.server.security;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.disk.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLException;

/**
 * Immutable. The certificate of the gRPC port: the operator's, or one that the server signed itself
 * on its first start and keeps in the data folder.
 *
 * @param tls ready to serve HTTP/2 over TLS
 * @param isSelfSigned whether clients that verify will refuse it
 */
public record ServerCertificate(SslContext tls, boolean isSelfSigned) {
  private static final String CERTIFICATE_FILE = "certificate.pem";
  private static final String KEY_FILE = "key.pem";

  /**
   * Reads the certificate, or makes it.
   *
   * @param folder for the self-signed one
   * @throws IOException if files can't be read or written or don't hold what they should; the
   *     message names them
   */
  public static ServerCertificate open(TlsConfig config, Path folder, Clock clock)
      throws IOException {
    if (config.certificate().isPresent() && config.key().isPresent()) {
      return new ServerCertificate(context(config.certificate().get(), config.key().get()), false);
    }
    Path certificate = folder.resolve(CERTIFICATE_FILE);
    Path key = folder.resolve(KEY_FILE);
    if (!Files.exists(certificate) || !Files.exists(key)) {
      DurableFiles.createFolders(folder);
      SelfSigned.write(certificate, key, clock);
    }
    return new ServerCertificate(context(certificate, key), true);
  }

  private static SslContext context(Path certificate, Path key) throws IOException {
    if (!Files.isReadable(certificate)) {
      throw new IOException("the certificate " + certificate + " can't be read");
    }
    if (!Files.isReadable(key)) {
      throw new IOException("the private key " + key + " can't be read");
    }
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(PemFiles.privateKey(key), PemFiles.certificates(certificate));
      return GrpcSslContexts.configure(builder, SslProvider.JDK).build();
    } catch (GeneralSecurityException | SSLException | IllegalArgumentException e) {
      throw new IOException(
          "the certificate %s and the private key %s are not a pair of PEM files (PKCS #8, not"
                  .formatted(certificate, key)
              + " encrypted): "
              + e.getMessage(),
          e);
    }
  }
}
