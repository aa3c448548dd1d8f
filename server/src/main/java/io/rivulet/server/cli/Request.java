package io.rivulet.server.cli;

import io.rivulet.client.RivuletClient;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Owned by the main thread. A command that asks a server; its failures are one line each. */
abstract class Request implements Callable<Integer> {
  static final int DONE = 0;
  static final int FAILED = 1;

  @Mixin protected final Connection connection = new Connection();
  @Mixin protected final Output output = new Output();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and end.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public final Integer call() throws Exception {
    try (RivuletClient client = connection.open()) {
      return run(client);
    }
  }

  /** Answers the exit code. */
  abstract int run(RivuletClient client) throws Exception;

  /** The command line is wrong: says so, shows the usage, and ends with 2. */
  final ParameterException misused(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
