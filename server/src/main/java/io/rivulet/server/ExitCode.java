package io.rivulet.server;

/** What the process tells whoever started it. */
public enum ExitCode {
  /** Done, or stopped as asked. */
  OK(0),
  /** A command failed; it said why. */
  FAILED(1),
  /** The command line or a setting is wrong. */
  USAGE(2),
  /** An address can't be listened on. */
  ADDRESS(3),
  /** The data folder can't be used: locked, not writable, full or damaged. */
  DATA(4),
  /** The log or the index failed while the server ran. */
  ENGINE(5);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
