package io.rivulet.server.rocketmq.caller;

import apache.rocketmq.v2.Resource;
import io.grpc.Context;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. What a request's metadata says of who sent it.
 *
 * @param clientId empty if there was none
 * @param version the client library's version, empty if there was none
 * @param namespace empty if there was none
 * @param authority the host and port that the client believes to speak to, empty if unknown
 */
public record Caller(
    String clientId,
    Language language,
    String version,
    String namespace,
    String authority,
    @Nullable SocketAddress remote) {
  static final Context.Key<Caller> KEY = Context.key("rivulet-caller");

  private static final Caller UNKNOWN = new Caller("", Language.OTHER, "", "", "", null);

  /** The caller of the request that this thread is handling. */
  public static Caller current() {
    Caller caller = KEY.get();
    return caller == null ? UNKNOWN : caller;
  }

  public boolean isAnonymous() {
    return clientId.isBlank();
  }

  /** The address that the request came from, empty if unknown. */
  public String remoteHost() {
    return remote instanceof InetSocketAddress address
        ? address.getHostString() + ":" + address.getPort()
        : "";
  }

  /**
   * The engine's name for a topic or group: with the namespace in front, if there is one.
   *
   * <p>Trap 13: Node names the namespace in the resource for some RPCs only, but in the metadata of
   * all of them.
   */
  public String qualified(Resource resource) {
    String space = resource.getResourceNamespace();
    if (space.isEmpty()) {
      space = namespace;
    }
    return space.isEmpty() ? resource.getName() : space + "%" + resource.getName();
  }

  /** The inverse of {@link #qualified}, for what goes back to the client. */
  public Resource resource(String qualifiedName) {
    if (namespace.isEmpty()
        || qualifiedName.length() <= namespace.length()
        || qualifiedName.charAt(namespace.length()) != '%'
        || !qualifiedName.startsWith(namespace)) {
      return Resource.newBuilder().setName(qualifiedName).build();
    }
    return Resource.newBuilder()
        .setResourceNamespace(namespace)
        .setName(qualifiedName.substring(namespace.length() + 1))
        .build();
  }
}
