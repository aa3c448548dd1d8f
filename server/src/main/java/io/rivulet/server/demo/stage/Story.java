package io.rivulet.server.demo.stage;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/** Owned by one thread. Tells on the screen what happens; colours only where there is a screen. */
public final class Story {
  private static final int WIDTH = 88;

  private final PrintWriter out;
  private int column;

  /** Lines above the cursor that may be drawn over. */
  private int drawn;

  Story(PrintWriter out) {
    this.out = out;
  }

  public void title(String text) {
    endLine();
    print("@|bold " + text + "|@\n\n");
  }

  /** Something happens. */
  public void event(String text) {
    endLine();
    print("@|cyan   * " + text + "|@\n");
  }

  public void good(String text) {
    endLine();
    print("@|bold,green   ✓ " + text + "|@\n");
  }

  public void bad(String text) {
    endLine();
    print("@|bold,red   ✗ " + text + "|@\n");
  }

  /** A line of a table or a sentence below it, as it is. */
  public void line(String text) {
    endLine();
    out.println("    " + text);
    out.flush();
  }

  /** The reader gets a token. */
  public void token(String text) {
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

  /** Whether lines can be drawn in place: a person looks on, and not a file. */
  public static boolean isLive() {
    return Ansi.AUTO.enabled();
  }

  /** Draws these lines, with markup, over those that were drawn last. */
  public void draw(List<String> lines) {
    int above = drawn;
    endLine();
    if (above > 0) {
      out.print("\033[" + above + "A");
    }
    for (String line : lines) {
      out.print("\033[K" + Ansi.AUTO.string("    " + line) + "\n");
    }
    out.flush();
    drawn = lines.size();
  }

  private void endLine() {
    drawn = 0;
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
