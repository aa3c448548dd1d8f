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
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Safe for all threads: immutable. The keys by which receivers know that a request is ours
 * (Ed25519), and the one by which we know our own tokens again (HMAC-SHA-256). They lie in one file
 * of the data folder that only its owner may read.
 *
 * <p>The newest signs. When it is old at a start, another one is made; a few older ones stay
 * published, so that what they signed can be checked for a while.
 */
public final class WebhookKeys {
  private static final String FILE = "webhook-keys.json";
  private static final int MAX_KEYS = 3;
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

  /** The newest is last. */
  private final List<SigningKey> keys;

  private final byte[] tokenKey;

  private WebhookKeys(List<SigningKey> keys, byte[] tokenKey) {
    this.keys = List.copyOf(keys);
    this.tokenKey = tokenKey;
  }

  /**
   * Reads the keys, or makes them.
   *
   * @param maxAge after which a key no longer signs
   * @throws IOException if the file can't be read or written, or is damaged
   */
  public static WebhookKeys open(Path folder, long nowMillis, Duration maxAge) throws IOException {
    Path file = folder.resolve(FILE);
    try {
      List<SigningKey> keys = new ArrayList<>();
      byte[] tokenKey = new byte[RAW_KEY_BYTES];
      if (Files.exists(file)) {
        JsonObject stored = new JsonObject(Files.readString(file));
        tokenKey = Base64.getUrlDecoder().decode(stored.getString("token_key"));
        for (Object each : stored.getJsonArray("keys")) {
          keys.add(read((JsonObject) each));
        }
      } else {
        new SecureRandom().nextBytes(tokenKey);
      }
      if (keys.isEmpty() || keys.getLast().createdMillis + maxAge.toMillis() < nowMillis) {
        keys.add(make(nowMillis));
        keys = keys.subList(Math.max(0, keys.size() - MAX_KEYS), keys.size());
        DurableFiles.writeOwnersOnly(
            file, json(keys, tokenKey).encodePrettily().getBytes(StandardCharsets.UTF_8));
      }
      return new WebhookKeys(keys, tokenKey);
    } catch (GeneralSecurityException
        | DecodeException
        | ClassCastException
        | NullPointerException
        | IllegalArgumentException e) {
      throw new IOException(
          file + " does not hold keys of webhooks: move it away, and others are made", e);
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

  /** The id of the key that signs. */
  String signingKeyId() {
    return keys.getLast().id;
  }

  /** The public keys, as RFC 7517 and RFC 8037 write them. */
  JsonObject published() {
    JsonArray all = new JsonArray();
    for (SigningKey each : keys) {
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
    SigningKey key = keys.getLast();
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
      mac.init(new SecretKeySpec(tokenKey, "HmacSHA256"));
      // Parts hold no line feed, so they can't be shifted into each other.
      return BASE64.encodeToString(
          mac.doFinal(String.join("\n", parts).getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no HMAC-SHA-256", e);
    }
  }
}
