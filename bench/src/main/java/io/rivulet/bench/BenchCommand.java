package io.rivulet.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Owned by the main thread. The entry of {@code rivulet bench}. */
@Command(
    name = "rivulet bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures a server that speaks RocketMQ's gRPC protocol: Rivulet or any other.",
      "Each case prints one line of JSON: rate, p50/p99/p99.9 and, given the server's process"
          + " ids, its CPU time per message and memory."
    },
    footer = {
      "",
      "Examples:",
      "  rivulet bench send --in-flight 64 --server-pid 4711",
      "  rivulet bench send --batch 64 --in-flight 8",
      "  rivulet bench send --client official --endpoint 127.0.0.1:8081",
      "  rivulet bench latency --rate 1000",
      "  rivulet bench disk --folder ./data --in-flight 512",
      "  rivulet bench sse-sessions --readers 10000 --rate 5"
    },
    subcommands = {
      SendCommand.class,
      LatencyCommand.class,
      LiteCreateCommand.class,
      LiteFollowCommand.class,
      LiteReclaimCommand.class,
      DelayCommand.class,
      LiteIdleCommand.class,
      RestartCommand.class,
      FirstSendCommand.class,
      LargeCommand.class,
      HotSessionCommand.class,
      HistoryCommand.class,
      GatesCommand.class,
      OvertakeCommand.class,
      SseIdleCommand.class,
      SseFanoutCommand.class,
      SseSessionsCommand.class,
      SseStormCommand.class,
      EchoCommand.class,
      DiskCommand.class,
      NatsCommand.class,
      CommandLine.HelpCommand.class
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // RocketMQ's published classes were generated long ago; protobuf complains of each one.
    System.setProperty("com.google.protobuf.use_unsafe_pre22_gencode", "true");
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new BenchCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((failure, command, parsed) -> {
          command.getErr().println("rivulet bench: " + reason(failure));
          return CommandLine.ExitCode.SOFTWARE;
        });
  }

  /** The innermost cause says what happened; those around it only that it did. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null ? cause.toString() : message;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(System.err);
    return CommandLine.ExitCode.USAGE;
  }
}
