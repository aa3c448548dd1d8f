/** Tests of the gRPC port. */
@NullMarked
package io.rivulet.server.grpc;

import org.jspecify.annotations.NullMarked;
