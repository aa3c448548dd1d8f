package io.rivulet.server.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what changes is in the keys. Makes and checks tokens: signed JSON Web
 * Tokens (RFC 7519) whose {@code scope} claim says what they allow.
 */
public final class Tokens {
  /** A token and when it ends. */
  public record Made(String token, long endMillis) {}

  private static final String ISSUER = "rivulet";
  private static final String SCOPE = "scope";
  private static final int MAX_SUBJECT = 128;

  /** Clocks of machines differ a little. */
  private static final int CLOCK_SKEW_SECONDS = 5;

  /** Signatures of others; those that the JDK knows. */
  private static final Set<JWSAlgorithm> TRUSTED_ALGORITHMS =
      Set.of(
          JWSAlgorithm.HS256,
          JWSAlgorithm.HS384,
          JWSAlgorithm.HS512,
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private final TokenConfig config;
  private final TokenKeys keys;
  private final @Nullable TrustedKeys trusted;
  private final Clock clock;

  private Tokens(TokenConfig config, TokenKeys keys, @Nullable TrustedKeys trusted, Clock clock) {
    this.config = config;
    this.keys = keys;
    this.trusted = trusted;
    this.clock = clock;
  }

  /**
   * Reads the keys.
   *
   * @param folder where this server keeps its own
   * @param background where files that have changed are read again
   * @throws IOException if a file can't be read; the message names it
   */
  public static Tokens open(TokenConfig config, Path folder, Clock clock, Executor background)
      throws IOException {
    TrustedKeys trusted =
        config.trustedKeys().isEmpty()
            ? null
            : new TrustedKeys(config.trustedKeys().get(), background, clock.nanos());
    return new Tokens(config, TokenKeys.open(folder, clock, config.maxTime()), trusted, clock);
  }

  /** Whether a request needs one. */
  public boolean areRequired() {
    return config.isRequired();
  }

  /** This server's own keys. */
  public TokenKeys keys() {
    return keys;
  }

  /**
   * Makes a token.
   *
   * @param subject who will use it, for quotas and logs; empty: nobody in particular
   * @param scopes what it allows, 1 to 64
   * @param time how long it holds, from a second up to what the configuration allows
   * @throws IllegalArgumentException if something is out of its range, with the reason
   * @throws IOException if the first key can't be written
   */
  public Made make(Optional<String> subject, List<Scope> scopes, Duration time) throws IOException {
    check(subject, scopes, time);
    OctetSequenceKey key = keys.signing();
    long now = clock.wallMillis();
    // Tokens count in whole seconds.
    long end = (now + time.toMillis()) / 1000 * 1000;
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .jwtID(UUID.randomUUID().toString())
            .issueTime(Date.from(Instant.ofEpochMilli(now)))
            .expirationTime(Date.from(Instant.ofEpochMilli(end)))
            .claim(SCOPE, scopes.stream().map(Scope::toString).collect(Collectors.joining(" ")));
    subject.ifPresent(claims::subject);
    JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(key.getKeyID()).build();
    SignedJWT token = new SignedJWT(header, claims.build());
    try {
      token.sign(new MACSigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("the JVM can't sign", e);
    }
    return new Made(token.serialize(), end);
  }

  private void check(Optional<String> subject, List<Scope> scopes, Duration time) {
    if (scopes.isEmpty() || scopes.size() > Scope.MAX_SCOPES) {
      throw new IllegalArgumentException(
          "a token allows 1 to %d things, not %d".formatted(Scope.MAX_SCOPES, scopes.size()));
    }
    if (time.compareTo(Duration.ofSeconds(1)) < 0 || time.compareTo(config.maxTime()) > 0) {
      throw new IllegalArgumentException(
          "a token holds for 1 s to %d s (http.token-max-time), not %d ms"
              .formatted(config.maxTime().toSeconds(), time.toMillis()));
    }
    if (subject.isPresent() && (subject.get().isBlank() || subject.get().length() > MAX_SUBJECT)) {
      throw new IllegalArgumentException(
          "a token's subject has 1 to %d characters".formatted(MAX_SUBJECT));
    }
  }

  /**
   * Checks a token; never blocks.
   *
   * @throws TokenException if it is not taken, with the reason
   */
  public TokenClaims verify(String token) throws TokenException {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      String keyId = jwt.getHeader().getKeyID();
      boolean isOwn = keyId != null && keys.has(keyId);
      JWKSet candidates = isOwn || trusted == null ? keys.verifying() : trusted.keys(clock.nanos());
      JWTClaimsSet claims = processor(candidates, isOwn).process(jwt, null);
      return read(claims);
    } catch (ExpiredJWTException ended) {
      throw new TokenException("the token has ended");
    } catch (ParseException noToken) {
      throw new TokenException("what was sent is no signed JSON Web Token");
    } catch (BadJWTException claims) {
      throw new TokenException("the token is not taken: " + claims.getMessage());
    } catch (BadJOSEException | JOSEException signature) {
      throw new TokenException("the token is signed with no key that is known here");
    }
  }

  private static TokenClaims read(JWTClaimsSet claims) throws ParseException {
    String scope = claims.getStringClaim(SCOPE);
    return new TokenClaims(
        Optional.ofNullable(claims.getSubject()),
        scope == null ? List.of() : Scope.parseKnown(scope),
        claims.getExpirationTime().toInstant().toEpochMilli());
  }

  private DefaultJWTProcessor<SecurityContext> processor(JWKSet candidates, boolean isOwn) {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            isOwn ? Set.of(JWSAlgorithm.HS256) : TRUSTED_ALGORITHMS,
            new ImmutableJWKSet<>(candidates)));
    Set<String> audience =
        isOwn || config.audience().isEmpty() ? null : Set.of(config.audience().get());
    DefaultJWTClaimsVerifier<SecurityContext> verifier =
        new DefaultJWTClaimsVerifier<>(audience, null, Set.of("exp"), Set.of()) {
          @Override
          protected Date currentTime() {
            return Date.from(Instant.ofEpochMilli(clock.wallMillis()));
          }
        };
    verifier.setMaxClockSkew(CLOCK_SKEW_SECONDS);
    processor.setJWTClaimsSetVerifier(verifier);
    return processor;
  }
}
