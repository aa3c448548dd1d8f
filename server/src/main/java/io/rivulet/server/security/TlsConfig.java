package io.rivulet.server.security;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Immutable. What the server proves its name with.
 *
 * @param certificate PEM file with the certificate and those above it; empty: self-signed
 * @param key PEM file with its private key (PKCS #8, not encrypted)
 */
public record TlsConfig(Optional<Path> certificate, Optional<Path> key) {}
