package io.rivulet.server;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** Owned by the main thread. Prints what is running. */
@Command(name = "version", description = "Print the version of Rivulet and of Java.")
public final class VersionCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /** The same for {@code --version}. */
  static final class Lines implements IVersionProvider {
    @Override
    public String[] getVersion() {
      BuildInfo build = BuildInfo.current();
      return new String[] {"Rivulet " + build.version() + " on Java " + build.java()};
    }
  }

  @Override
  public Integer call() {
    BuildInfo build = BuildInfo.current();
    if (json) {
      System.out.printf("{\"version\":\"%s\",\"java\":\"%s\"}%n", build.version(), build.java());
    } else {
      System.out.println(new Lines().getVersion()[0]);
    }
    return ExitCode.OK.number();
  }
}
