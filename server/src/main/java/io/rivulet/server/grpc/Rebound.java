package io.rivulet.server.grpc;

import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.util.HashMap;
import java.util.Map;

/** Immutable. A service some of whose methods read their requests in another way. */
public final class Rebound {
  private Rebound() {}

  /** The service with these methods in place of those of the same names. */
  public static ServerServiceDefinition with(
      ServerServiceDefinition service, ServerMethodDefinition<?, ?>... replacements) {
    Map<String, ServerMethodDefinition<?, ?>> byName = new HashMap<>();
    for (ServerMethodDefinition<?, ?> replacement : replacements) {
      byName.put(replacement.getMethodDescriptor().getFullMethodName(), replacement);
    }
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    service
        .getMethods()
        .forEach(method -> descriptor.addMethod(chosen(byName, method).getMethodDescriptor()));
    ServerServiceDefinition.Builder rebound = ServerServiceDefinition.builder(descriptor.build());
    service.getMethods().forEach(method -> rebound.addMethod(chosen(byName, method)));
    return rebound.build();
  }

  private static ServerMethodDefinition<?, ?> chosen(
      Map<String, ServerMethodDefinition<?, ?>> byName, ServerMethodDefinition<?, ?> method) {
    return byName.getOrDefault(method.getMethodDescriptor().getFullMethodName(), method);
  }
}
