package io.rivulet.server;

import io.rivulet.api.v1.RefusalCode;
import io.rivulet.client.RivuletException;
import io.rivulet.server.cli.ClusterCommand;
import io.rivulet.server.cli.DlqCommand;
import io.rivulet.server.cli.GroupCommand;
import io.rivulet.server.cli.LiteCommand;
import io.rivulet.server.cli.MessageCommand;
import io.rivulet.server.cli.ReceiveCommand;
import io.rivulet.server.cli.SendCommand;
import io.rivulet.server.cli.TailCommand;
import io.rivulet.server.cli.TokenCommand;
import io.rivulet.server.cli.TopicCommand;
import io.rivulet.server.config.ConfigException;
import io.rivulet.server.demo.DemoCommand;
import java.security.GeneralSecurityException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** Owned by the main thread. The command line: sub-commands and what all of them share. */
@Command(
    name = "rivulet",
    description = {
      "A message engine for AI applications: durable, ordered, with millions of lite topics.",
      "Official RocketMQ 5 clients connect to it unmodified.",
      ""
    },
    subcommands = {
      ServerCommand.class,
      ConfigCommand.class,
      TopicCommand.class,
      GroupCommand.class,
      LiteCommand.class,
      SendCommand.class,
      ReceiveCommand.class,
      TailCommand.class,
      MessageCommand.class,
      DlqCommand.class,
      TokenCommand.class,
      ImportCommand.class,
      ExportCommand.class,
      ClusterCommand.class,
      DemoCommand.class,
      VersionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.Lines.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%nFirst steps:%n",
    footer = {
      "  ./rivulet server                 start a server; its data goes to ./data",
      "  ./rivulet demo chat              a reader cut off, a server killed, no token lost",
      "  ./rivulet demo web               the same as a page: reload it, unplug it, kill the server",
      "  ./rivulet tail chat/42           follow a lite topic",
      "  ./rivulet COMMAND --help         what a command takes",
      "  ./rivulet bench --help           load programs for any server of the protocol",
      "  ./rivulet config                 every setting, its value and who set it",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong command line or setting, 3 address in use,",
      "4 data folder unusable, 5 log or index failed while running."
    })
public final class Main implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs a command and answers its exit code. */
  static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(explain())
        .setParameterExceptionHandler(explainUsage())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpLongOptionsMaxWidth(32);
  }

  /** Failures that the user can do something about are one line; others are bugs and tell all. */
  private static IExecutionExceptionHandler explain() {
    return (failure, command, parsed) -> {
      ExitCode code =
          switch (failure) {
            case StartException reason -> reason.exitCode();
            case ConfigException reason -> ExitCode.USAGE;
            case RivuletException reason -> ExitCode.FAILED;
            default -> throw failure;
          };
      command.getErr().println("rivulet: " + failure.getMessage() + hint(failure));
      return code.number();
    };
  }

  private static String hint(Exception failure) {
    boolean isAway =
        failure instanceof RivuletException refusal
            && refusal.code() == RefusalCode.REFUSAL_CODE_UNAVAILABLE;
    if (!isAway) {
      return "";
    }
    return isDistrust(failure)
        ? "; --tls-ca FILE trusts a certificate, such as DATA/tls/certificate.pem of the server"
        : "; `rivulet server` starts one, --endpoint names another";
  }

  private static boolean isDistrust(Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof GeneralSecurityException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  /** One line that says what is wrong, and one where to look. */
  private static IParameterExceptionHandler explainUsage() {
    return (failure, arguments) -> {
      CommandLine command = failure.getCommandLine();
      command.getErr().println("rivulet: " + failure.getMessage());
      if (!UnmatchedArgumentException.printSuggestions(failure, command.getErr())) {
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println("`" + name + " --help` says what it takes");
      }
      return ExitCode.USAGE.number();
    };
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "a command is missing");
  }
}
