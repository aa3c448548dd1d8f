package io.rivulet.server.token;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. How tokens are made and which are taken.
 *
 * @param isRequired whether a request needs one
 * @param maxTime the longest that a token of this server may hold
 * @param trustedKeys a JSON Web Key Set (RFC 7517) with keys of others, whose tokens are taken too
 * @param audience what tokens of others must be meant for; empty: that is not looked at
 */
public record TokenConfig(
    boolean isRequired, Duration maxTime, Optional<Path> trustedKeys, Optional<String> audience) {}
