package io.rivulet.bench;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.rivulet.bench.raw.EchoService;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Owned by the main thread. The least that a server of this protocol can do. */
@Command(
    name = "echo",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a bare gRPC server that acknowledges sends and stores nothing, until it is stopped.",
      "Its CPU time per message is what the protocol itself costs; compare 'send' against it."
    })
final class EchoCommand implements Callable<Integer> {
  private static final int MAX_MESSAGE_BYTES = 256 << 20;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Where to listen (${DEFAULT-VALUE}).",
      defaultValue = "127.0.0.1:8091")
  private String listen = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    int colon = listen.lastIndexOf(':');
    String host = listen.substring(0, colon);
    int port = Integer.parseInt(listen.substring(colon + 1));
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
            .addService(new EchoService(host, port))
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .directExecutor()
            .build()
            .start();
    System.err.println("echo listens on " + listen + ", process " + ProcessHandle.current().pid());
    server.awaitTermination();
    return 0;
  }
}
