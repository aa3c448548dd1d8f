/** The gRPC port: TLS and plaintext told apart, memory bounded, calls counted. */
@NullMarked
package io.rivulet.server.grpc;

import org.jspecify.annotations.NullMarked;
