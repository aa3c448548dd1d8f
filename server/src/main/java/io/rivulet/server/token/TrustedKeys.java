package io.rivulet.server.token;

import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.text.ParseException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: the set is volatile. Keys of others, such as an identity provider, out of a
 * file that is read again when it has changed.
 */
final class TrustedKeys {
  private static final Logger LOG = LoggerFactory.getLogger(TrustedKeys.class);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path file;
  private final Executor background;
  private final AtomicLong lookedNanos;
  private volatile JWKSet keys;
  private volatile @Nullable FileTime readTime;

  /**
   * Reads the file.
   *
   * @param background where it is read again
   * @throws IOException if that can't be done; the message names the file
   */
  TrustedKeys(Path file, Executor background, long nowNanos) throws IOException {
    this.file = file;
    this.background = background;
    lookedNanos = new AtomicLong(nowNanos);
    readTime = timeOf(file).orElse(null);
    keys = read(file);
  }

  /** The keys as they were a moment ago; never blocks. */
  JWKSet keys(long nowNanos) {
    long looked = lookedNanos.get();
    if (nowNanos - looked >= LOOK_NANOS && lookedNanos.compareAndSet(looked, nowNanos)) {
      background.execute(this::refresh);
    }
    return keys;
  }

  private void refresh() {
    Optional<FileTime> changed = timeOf(file);
    if (changed.isEmpty() || changed.get().equals(readTime)) {
      return;
    }
    try {
      keys = read(file);
      LOG.info("http.token-keys: {} keys read from {}", keys.size(), file);
    } catch (IOException e) {
      LOG.warn("http.token-keys: the keys read before are still taken: {}", e.getMessage());
    }
    readTime = changed.get();
  }

  private static Optional<FileTime> timeOf(Path file) {
    try {
      return Optional.of(Files.getLastModifiedTime(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static JWKSet read(Path file) throws IOException {
    try {
      return JWKSet.parse(Files.readString(file));
    } catch (ParseException e) {
      throw new IOException(file + " is no JSON Web Key Set: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException(file + " can't be read: " + e, e);
    }
  }
}
