package io.rivulet.server.http.subscription;

import io.rivulet.server.disk.DurableFiles;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Safe for all threads: a volatile snapshot. The keys by which receivers know that a request is
 * ours (Ed25519), and the one by which we know our own tokens again (HMAC-SHA-256). They lie in one
 * file of the data folder that only its owner may read; in a cluster all nodes have the same, and
 * they lie in its metadata.
 *
 * <p>The newest signs. When it is old at a start, another one is made; a few older ones stay
 * published, so that what they signed can be checked for a while. What another node has made is
 * read now and then ({@link #refresh}), long before it signs.
 */
public final class WebhookKeys {
  private static final String FILE = "webhook-keys.json";
  private static final int MAX_KEYS = 3;

  /** A new key signs after this time, unless it is the first: other nodes don't publish it yet. */
  private static final long SPREAD_MILLIS = Duration.ofHours(1).toMillis();

  private static final int RAW_KEY_BYTES = 32;
  private static final int ID_CHARACTERS = 16;
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private record SigningKey(String id, long createdMillis, String rawPublic, PrivateKey secret) {
    private static SigningKey of(long createdMillis, byte[] rawPublic, PrivateKey secret)
        throws GeneralSecurityException {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(rawPublic);
      String id = "ds_" + BASE64.encodeToString(hash).substring(0, ID_CHARACTERS);
      return new SigningKey(id, createdMillis, BASE64.encodeToString(rawPublic), secret);
    }
  }

  /**
   * What is kept.
   *
   * @param keys the newest is last
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  private record Kept(List<SigningKey> keys, byte[] tokenKey) {}

  private final Home home;
  private final String place;
  private volatile Kept kept;

  private WebhookKeys(Home home, String place, Kept kept) {
    this.home = home;
    this.place = place;
    this.kept = kept;
  }

  /** Where keys are kept. */
  public interface Home {
    /**
     * Changes what is kept, unless it stays as it is.
     *
     * @param change may be asked again if somebody else changed it at the same time; empty: there
     *     is nothing
     * @return what is kept then
     */
    String change(UnaryOperator<String> change) throws IOException;
  }

  /**
   * Reads the keys, or makes them.
   *
   * @param maxAge after which a key no longer signs
   * @throws IOException if the file can't be read or written, or is damaged
   */
  public static WebhookKeys open(Path folder, long nowMillis, Duration maxAge) throws IOException {
    Path file = folder.resolve(FILE);
    return open(
        change -> {
          String before = Files.exists(file) ? Files.readString(file) : "";
          String after = change.apply(before);
          if (!after.equals(before)) {
            DurableFiles.writeOwnersOnly(file, after.getBytes(StandardCharsets.UTF_8));
          }
          return after;
        },
        file.toString(),
        nowMillis,
        maxAge);
  }

  /**
   * The same, wherever they are kept.
   *
   * @param place where that is, for people
   */
  public static WebhookKeys open(Home home, String place, long nowMillis, Duration maxAge)
      throws IOException {
    return new WebhookKeys(
        home, place, read(home, place, text -> renewed(text, nowMillis, maxAge)));
  }

  /**
   * Reads them again: who asks this node for keys is to find those, too, that other nodes have made
   * since. Waits for where they are kept.
   *
   * @throws IOException if they can't be read: those that are known stay
   */
  void refresh() throws IOException {
    kept = read(home, place, text -> text);
  }

  private static Kept read(Home home, String place, UnaryOperator<String> change)
      throws IOException {
    try {
      return read(home.change(change));
    } catch (GeneralSecurityException
        | DecodeException
        | ClassCastException
        | NullPointerException
        | IllegalArgumentException e) {
      throw new IOException(
          place + " does not hold keys of webhooks: move it away, and others are made", e);
    }
  }

  private static Kept read(String text) throws GeneralSecurityException {
    JsonObject stored = new JsonObject(text);
    List<SigningKey> keys = new ArrayList<>();
    for (Object each : stored.getJsonArray("keys")) {
      keys.add(read((JsonObject) each));
    }
    byte[] tokenKey = Base64.getUrlDecoder().decode(stored.getString("token_key"));
    return new Kept(List.copyOf(keys), tokenKey);
  }

  /** With another key if the newest is old, or there is none. */
  private static String renewed(String text, long nowMillis, Duration maxAge) {
    try {
      byte[] tokenKey = new byte[RAW_KEY_BYTES];
      List<SigningKey> keys = new ArrayList<>();
      if (text.isEmpty()) {
        new SecureRandom().nextBytes(tokenKey);
      } else {
        Kept known = read(text);
        tokenKey = known.tokenKey;
        keys.addAll(known.keys);
      }
      boolean isOld =
          keys.isEmpty() || keys.getLast().createdMillis + maxAge.toMillis() < nowMillis;
      if (!isOld) {
        return text;
      }
      keys.add(make(nowMillis));
      return json(keys.subList(Math.max(0, keys.size() - MAX_KEYS), keys.size()), tokenKey)
          .encodePrettily();
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static SigningKey make(long nowMillis) throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = pair.getPublic().getEncoded(); // a fixed head, then the key itself
    byte[] raw = Arrays.copyOfRange(encoded, encoded.length - RAW_KEY_BYTES, encoded.length);
    return SigningKey.of(nowMillis, raw, pair.getPrivate());
  }

  private static SigningKey read(JsonObject stored) throws GeneralSecurityException {
    byte[] secret = Base64.getUrlDecoder().decode(stored.getString("pkcs8"));
    return SigningKey.of(
        stored.getLong("created_at"),
        Base64.getUrlDecoder().decode(stored.getString("x")),
        KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(secret)));
  }

  private static JsonObject json(List<SigningKey> keys, byte[] tokenKey) {
    JsonArray all = new JsonArray();
    for (SigningKey each : keys) {
      all.add(
          new JsonObject()
              .put("created_at", each.createdMillis)
              .put("x", each.rawPublic)
              .put("pkcs8", BASE64.encodeToString(each.secret.getEncoded())));
    }
    return new JsonObject().put("token_key", BASE64.encodeToString(tokenKey)).put("keys", all);
  }

  /** The newest that all nodes of a cluster publish by now. */
  private SigningKey signing(long nowMillis) {
    List<SigningKey> keys = kept.keys;
    for (SigningKey each : keys.reversed()) {
      if (each.createdMillis + SPREAD_MILLIS <= nowMillis) {
        return each;
      }
    }
    return keys.getFirst();
  }

  /** The id of the key that signs. */
  String signingKeyId(long nowMillis) {
    return signing(nowMillis).id;
  }

  /** The public keys, as RFC 7517 and RFC 8037 write them. */
  JsonObject published() {
    JsonArray all = new JsonArray();
    for (SigningKey each : kept.keys) {
      all.add(
          new JsonObject()
              .put("kty", "OKP")
              .put("crv", "Ed25519")
              .put("x", each.rawPublic)
              .put("kid", each.id)
              .put("use", "sig")
              .put("alg", "EdDSA"));
    }
    return new JsonObject().put("keys", all);
  }

  /** What stands in the header {@code Webhook-Signature} of a request with this body. */
  String sign(String body, long nowSeconds) {
    SigningKey key = signing(nowSeconds * 1000);
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(key.secret);
      signature.update((nowSeconds + "." + body).getBytes(StandardCharsets.UTF_8));
      return "t=%d,kid=%s,ed25519=%s"
          .formatted(nowSeconds, key.id, BASE64.encodeToString(signature.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK can't sign with Ed25519", e);
    }
  }

  /** Tells whoever says these parts from others. */
  String mac(String... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(kept.tokenKey, "HmacSHA256"));
      // Parts hold no line feed, so they can't be shifted into each other.
      return BASE64.encodeToString(
          mac.doFinal(String.join("\n", parts).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no HMAC-SHA-256", e);
    }
  }
}
