package io.rivulet.server.demo;

import java.io.PrintWriter;
import picocli.CommandLine.Help.Ansi;

/** Owned by one thread. Tells on the screen what happens; colours only where there is a screen. */
final class Story {
  private static final int WIDTH = 88;

  private final PrintWriter out;
  private int column;

  Story(PrintWriter out) {
    this.out = out;
  }

  void title(String text) {
    endLine();
    print("@|bold " + text + "|@\n\n");
  }

  /** Something happens. */
  void event(String text) {
    endLine();
    print("@|cyan   * " + text + "|@\n");
  }

  void good(String text) {
    endLine();
    print("@|bold,green   ✓ " + text + "|@\n");
  }

  void bad(String text) {
    endLine();
    print("@|bold,red   ✗ " + text + "|@\n");
  }

  /** The reader gets a token. */
  void token(String text) {
    for (int index = 0; index < text.length(); index++) {
      put(text.charAt(index));
    }
    out.flush();
  }

  private void put(char character) {
    if (character == '\n' || (column >= WIDTH && character == ' ')) {
      out.println();
      column = 0;
      return;
    }
    if (column == 0) {
      if (character == ' ') {
        return;
      }
      out.print("    ");
    }
    out.print(character);
    column++;
  }

  private void endLine() {
    if (column > 0) {
      out.println();
      column = 0;
    }
  }

  private void print(String markup) {
    out.print(Ansi.AUTO.string(markup));
    out.flush();
  }
}
