package io.rivulet.server.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens and their keys over time, across restarts and rotations, and those of others. */
final class TokensTest {
  private static final Duration MAX_TIME = Duration.ofDays(1);
  private static final List<Scope> READ = List.of(Scope.parse("read:chat/42"));

  @TempDir private Path folder;
  private long now = 1_800_000_000_000L;
  private final Clock clock =
      new Clock() {
        @Override
        public long wallMillis() {
          return now;
        }

        @Override
        public long nanos() {
          return now * 1_000_000;
        }
      };

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  TokensTest() {}

  @Test
  void aTokenSaysWhatItAllowsUntilItEnds() throws Exception {
    Tokens tokens = open(Optional.empty(), Optional.empty());
    Tokens.Made made = tokens.make(Optional.of("alice"), READ, Duration.ofHours(1));

    TokenClaims claims = tokens.verify(made.token());

    assertThat(claims).isEqualTo(new TokenClaims(Optional.of("alice"), READ, now + 3_600_000));
    now += Duration.ofMinutes(61).toMillis();
    assertThatThrownBy(() -> tokens.verify(made.token()))
        .isInstanceOf(TokenException.class)
        .hasMessage("the token has ended");
  }

  @Test
  void aForgedTokenIsRefused() throws Exception {
    Tokens tokens = open(Optional.empty(), Optional.empty());
    String token = tokens.make(Optional.empty(), READ, Duration.ofHours(1)).token();
    String[] parts = token.split("\\.", -1);
    String other =
        tokens
            .make(Optional.empty(), List.of(Scope.parse("admin")), Duration.ofHours(1))
            .token()
            .split("\\.", -1)[1];
    String unsigned =
        java.util.Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"alg\":\"none\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));

    for (String forged :
        List.of(
            parts[0] + "." + other + "." + parts[2],
            unsigned + "." + parts[1] + ".",
            unsigned + "." + parts[1] + "." + parts[2],
            "nonsense",
            "")) {
      assertThatThrownBy(() -> tokens.verify(forged)).isInstanceOf(TokenException.class);
    }
  }

  @Test
  void keysSurviveARestartAndOnlyTheirOwnerMayReadThem() throws Exception {
    String token =
        open(Optional.empty(), Optional.empty())
            .make(Optional.empty(), READ, Duration.ofHours(1))
            .token();

    assertThat(open(Optional.empty(), Optional.empty()).verify(token).scopes()).isEqualTo(READ);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keysFile())))
        .isEqualTo("rw-------");
  }

  @Test
  void aRotatedKeyIsTakenUntilItsTokensHaveEnded() throws Exception {
    Tokens tokens = open(Optional.empty(), Optional.empty());
    String before = tokens.make(Optional.empty(), READ, MAX_TIME).token();

    tokens.keys().rotate();

    String after = tokens.make(Optional.empty(), READ, MAX_TIME).token();
    assertThat(tokens.verify(before).scopes()).isEqualTo(READ);
    assertThat(tokens.verify(after).scopes()).isEqualTo(READ);
    assertThat(tokens.keys().list()).hasSize(2).first().matches(key -> key.endMillis().isEmpty());
    now += MAX_TIME.toMillis();
    assertThat(tokens.keys().list()).hasSize(1);
    tokens.keys().rotate();
    assertThat(JWKSet.load(keysFile().toFile()).size()).as("the ended one is dropped").isEqualTo(2);
  }

  @Test
  void aRemovedKeyEndsItsTokensAtOnce() throws Exception {
    Tokens tokens = open(Optional.empty(), Optional.empty());
    String token = tokens.make(Optional.empty(), READ, MAX_TIME).token();
    String key = tokens.keys().list().getFirst().id();

    assertThat(tokens.keys().remove(key)).isTrue();

    assertThatThrownBy(() -> tokens.verify(token))
        .isInstanceOf(TokenException.class)
        .hasMessageContaining("no key that is known here");
    assertThat(tokens.keys().remove(key)).isFalse();
    String again = tokens.make(Optional.empty(), READ, MAX_TIME).token();
    assertThat(tokens.verify(again).scopes()).isEqualTo(READ);
  }

  @Test
  void boundsAreNamed() throws Exception {
    Tokens tokens = open(Optional.empty(), Optional.empty());

    assertThatThrownBy(() -> tokens.make(Optional.empty(), READ, MAX_TIME.plusSeconds(1)))
        .hasMessageContaining("http.token-max-time");
    assertThatThrownBy(() -> tokens.make(Optional.empty(), READ, Duration.ZERO))
        .hasMessageContaining("1 s to");
    assertThatThrownBy(() -> tokens.make(Optional.empty(), List.of(), MAX_TIME))
        .hasMessageContaining("1 to 64");
    assertThatThrownBy(() -> tokens.make(Optional.of("x".repeat(129)), READ, MAX_TIME))
        .hasMessageContaining("128");
  }

  @Test
  void tokensOfOthersAreTakenByTheirKeysAndTheFileIsReadAgain() throws Exception {
    ECKey first = new ECKeyGenerator(Curve.P_256).keyID("idp-1").generate();
    ECKey second = new ECKeyGenerator(Curve.P_256).keyID("idp-2").generate();
    Path file = write(first, 1);
    Tokens tokens = open(Optional.of(file), Optional.of("rivulet-chat"));

    assertThat(tokens.verify(signed(first, "rivulet-chat")).scopes()).isEqualTo(READ);
    assertThatThrownBy(() -> tokens.verify(signed(first, "billing")))
        .as("meant for others")
        .isInstanceOf(TokenException.class);
    assertThatThrownBy(() -> tokens.verify(signed(second, "rivulet-chat")))
        .hasMessageContaining("no key that is known here");

    write(second, 2);
    now += 2_000;
    assertThatThrownBy(() -> tokens.verify(signed(first, "rivulet-chat")))
        .isInstanceOf(TokenException.class);
    assertThat(tokens.verify(signed(second, "rivulet-chat")).scopes()).isEqualTo(READ);

    Files.writeString(file, "damaged");
    Files.setLastModifiedTime(file, FileTime.fromMillis(3));
    now += 2_000;
    assertThat(tokens.verify(signed(second, "rivulet-chat")).scopes())
        .as("the keys read before are still taken")
        .isEqualTo(READ);
  }

  private Path keysFile() {
    return folder.resolve("tokens").resolve("keys.json");
  }

  private Path write(ECKey key, long modified) throws IOException {
    Path file = folder.resolve("idp.json");
    Files.writeString(file, new JWKSet(key.toPublicJWK()).toString());
    Files.setLastModifiedTime(file, FileTime.fromMillis(modified));
    return file;
  }

  private String signed(ECKey key, String audience) throws Exception {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
            new JWTClaimsSet.Builder()
                .audience(audience)
                .claim("scope", "openid read:chat/42")
                .expirationTime(Date.from(Instant.ofEpochMilli(now + 60_000)))
                .build());
    token.sign(new ECDSASigner(key));
    return token.serialize();
  }

  private Tokens open(Optional<Path> trusted, Optional<String> audience) throws IOException {
    TokenConfig config = new TokenConfig(true, MAX_TIME, trusted, audience);
    return Tokens.open(config, folder.resolve("tokens"), clock, Runnable::run);
  }
}
