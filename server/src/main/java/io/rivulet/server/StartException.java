package io.rivulet.server;

/** The server can't start; the message says why and what to do, for the person who started it. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  private final ExitCode exitCode;

  public StartException(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public ExitCode exitCode() {
    return exitCode;
  }
}
