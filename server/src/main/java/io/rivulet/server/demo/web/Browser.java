package io.rivulet.server.demo.web;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Immutable. The browser of whoever sits before the screen. */
final class Browser {
  private Browser() {}

  /** Opens a page if that can be done; the address was printed in any case. */
  static void open(String url) {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    List<String> command =
        system.startsWith("mac")
            ? List.of("open", url)
            : system.startsWith("windows")
                ? List.of("rundll32", "url.dll,FileProtocolHandler", url)
                : List.of("xdg-open", url);
    try {
      var _ =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      // There is none; the address was printed.
    }
  }
}
