package io.rivulet.server.token;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.disk.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Safe for all threads: the keys are one volatile list, changes take the lock. What this server
 * signs its tokens with: the newest key signs, those before it hold until no token of theirs can.
 *
 * <p>They are a JSON Web Key Set (RFC 7517) in a file that only its owner may read. A change is in
 * the file before it counts.
 */
public final class TokenKeys {
  /**
   * One key, without its secret.
   *
   * @param endMillis until when tokens of it are taken; empty: it is the one that signs
   */
  public record Key(String id, long madeMillis, Optional<Long> endMillis) {}

  /** Rotated faster than keys end, none may be left out: this many are kept at most. */
  private static final int MAX_KEYS = 100;

  private static final String FILE = "keys.json";
  private static final int KEY_BITS = 256;
  private static final int ID_CHARACTERS = 8;

  private final Path file;
  private final Clock clock;
  private final Duration maxTime;

  /** Oldest first. */
  private volatile List<OctetSequenceKey> keys;

  private TokenKeys(Path file, Clock clock, Duration maxTime, List<OctetSequenceKey> keys) {
    this.file = file;
    this.clock = clock;
    this.maxTime = maxTime;
    this.keys = keys;
  }

  /**
   * Reads the keys of a folder; there are none before the first token is made.
   *
   * @param maxTime how long a token of a key may hold after another key signs
   * @throws IOException if the file can't be read or holds something else; the message names it
   */
  public static TokenKeys open(Path folder, Clock clock, Duration maxTime) throws IOException {
    Path file = folder.resolve(FILE);
    List<OctetSequenceKey> keys = new ArrayList<>();
    if (Files.exists(file)) {
      try {
        for (JWK key : JWKSet.load(file.toFile()).getKeys()) {
          keys.add(key.toOctetSequenceKey());
        }
      } catch (ParseException | ClassCastException e) {
        throw new IOException("the file of token keys " + file + " is damaged: " + e.getMessage());
      }
    }
    return new TokenKeys(file, clock, maxTime, List.copyOf(keys));
  }

  /** The key that signs; made if there is none yet. */
  OctetSequenceKey signing() throws IOException {
    synchronized (this) {
      if (keys.isEmpty()) {
        keep(List.of(newKey()));
      }
      return keys.getLast();
    }
  }

  /** The keys whose tokens are taken now. */
  JWKSet verifying() {
    return new JWKSet(List.copyOf(living(keys)));
  }

  boolean has(String keyId) {
    return keys.stream().anyMatch(key -> key.getKeyID().equals(keyId));
  }

  /** What keys there are, the one that signs first. */
  public List<Key> list() {
    return living(keys).reversed().stream().map(TokenKeys::describe).toList();
  }

  /**
   * From now on a new key signs. Tokens of the one before are taken until the last of them ends.
   *
   * @throws IOException if it can't be written; then nothing has changed
   */
  public synchronized Key rotate() throws IOException {
    List<OctetSequenceKey> after = new ArrayList<>(living(keys));
    if (after.size() >= MAX_KEYS) {
      throw new IOException(
          "there are %d keys whose tokens may still hold; remove some of them first"
              .formatted(after.size()));
    }
    if (!after.isEmpty()) {
      OctetSequenceKey last = after.removeLast();
      Date end = Date.from(Instant.ofEpochMilli(clock.wallMillis() + maxTime.toMillis()));
      after.add(new OctetSequenceKey.Builder(last).expirationTime(end).build());
    }
    OctetSequenceKey made = newKey();
    after.add(made);
    keep(after);
    return describe(made);
  }

  /**
   * Tokens of a key are refused from now on. If it was the one that signs, a new one does.
   *
   * @return false if there is no such key
   * @throws IOException if it can't be written; then nothing has changed
   */
  public synchronized boolean remove(String keyId) throws IOException {
    List<OctetSequenceKey> after = new ArrayList<>(keys);
    boolean isLast = !keys.isEmpty() && keys.getLast().getKeyID().equals(keyId);
    if (!after.removeIf(key -> key.getKeyID().equals(keyId))) {
      return false;
    }
    if (isLast) {
      after.add(newKey());
    }
    keep(after);
    return true;
  }

  @GuardedBy("this")
  private void keep(List<OctetSequenceKey> after) throws IOException {
    DurableFiles.createFolders(Objects.requireNonNull(file.getParent()));
    String json = new JWKSet(List.copyOf(after)).toString(false);
    DurableFiles.writeOwnersOnly(file, json.getBytes(StandardCharsets.UTF_8));
    keys = List.copyOf(after);
  }

  private List<OctetSequenceKey> living(List<OctetSequenceKey> all) {
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    return all.stream()
        .filter(key ->
            key.getExpirationTime() == null || key.getExpirationTime().toInstant().isAfter(now))
        .toList();
  }

  private OctetSequenceKey newKey() {
    try {
      return new OctetSequenceKeyGenerator(KEY_BITS)
          .keyID(UUID.randomUUID().toString().substring(0, ID_CHARACTERS))
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(JWSAlgorithm.HS256)
          .issueTime(Date.from(Instant.ofEpochMilli(clock.wallMillis())))
          .generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("the JVM can't make keys", e);
    }
  }

  private static Key describe(OctetSequenceKey key) {
    Date end = key.getExpirationTime();
    return new Key(
        key.getKeyID(),
        key.getIssueTime().toInstant().toEpochMilli(),
        end == null ? Optional.empty() : Optional.of(end.toInstant().toEpochMilli()));
  }
}
