package io.rivulet.server.rocketmq.caller;

import java.util.Locale;

/** The official client families, as far as the server has to tell them apart. */
public enum Language {
  JAVA(Language.UNBOUNDED, Language.UNBOUNDED),
  /** Trap 13 and 20: calls itself HTTP, and can't receive more than gRPC's usual 4 MiB. */
  NODE(Language.GRPC_DEFAULT, Language.UNBOUNDED),
  /** Trap 20: its gRPC library refuses to send more than 2 MiB. */
  GO(Language.UNBOUNDED, Language.GO_SEND),
  PYTHON(Language.UNBOUNDED, Language.UNBOUNDED),
  CPP(Language.UNBOUNDED, Language.UNBOUNDED),
  /** Clients on gRPC libraries with their usual limits. */
  DOT_NET(Language.GRPC_DEFAULT, Language.UNBOUNDED),
  RUST(Language.GRPC_DEFAULT, Language.UNBOUNDED),
  OTHER(Language.UNBOUNDED, Language.UNBOUNDED);

  /** Room for properties, names and framing around a body in one gRPC message. */
  private static final long ENVELOPE = 64 << 10;

  private static final long UNBOUNDED = Integer.MAX_VALUE - ENVELOPE;
  private static final long GRPC_DEFAULT = (4 << 20) - ENVELOPE;
  private static final long GO_SEND = (2 << 20) - ENVELOPE;

  private final long maxReceivedBodyBytes;
  private final long maxSentBodyBytes;

  Language(long maxReceivedBodyBytes, long maxSentBodyBytes) {
    this.maxReceivedBodyBytes = maxReceivedBodyBytes;
    this.maxSentBodyBytes = maxSentBodyBytes;
  }

  /** The largest body that such a client can take from us. */
  public long maxReceivedBodyBytes() {
    return maxReceivedBodyBytes;
  }

  /** The largest body that such a client can send us. */
  public long maxSentBodyBytes() {
    return maxSentBodyBytes;
  }

  /**
   * The family by the header {@code x-mq-language}.
   *
   * @param header as sent; anything unknown, or nothing, is OTHER
   */
  public static Language of(String header) {
    return switch (header.toUpperCase(Locale.ROOT)) {
      case "JAVA" -> JAVA;
      // Trap 13: the Node client sends HTTP; NODE_JS is the protocol's own word for it.
      case "HTTP", "NODE_JS", "NODEJS", "NODE" -> NODE;
      case "GO", "GOLANG" -> GO;
      case "PYTHON" -> PYTHON;
      case "CPP" -> CPP;
      case "DOT_NET", "DOTNET", "CSHARP" -> DOT_NET;
      case "RUST" -> RUST;
      default -> OTHER;
    };
  }
}
