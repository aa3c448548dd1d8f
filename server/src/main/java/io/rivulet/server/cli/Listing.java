package io.rivulet.server.cli;

import com.google.protobuf.Message;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Owned by the main thread. Prints a long list page by page: a table for people, one JSON object a
 * line for programs.
 */
final class Listing<T extends Message> {
  /** Immutable. Some elements and how to ask for more. */
  record Page<T>(List<T> elements, String nextPageToken) {}

  private final Output output;
  private final int limit;
  private final String what;

  Listing(Output output, int limit, String what) {
    this.output = output;
    this.limit = limit;
    this.what = what;
  }

  void print(Table table, Function<String, Page<T>> pages, Consumer<T> row) {
    String pageToken = "";
    int shown = 0;
    do {
      Page<T> page = pages.apply(pageToken);
      for (T element :
          page.elements().subList(0, Math.min(limit - shown, page.elements().size()))) {
        shown++;
        if (output.isJson()) {
          output.json(json -> ProtoJson.write(json, element));
        } else {
          row.accept(element);
        }
      }
      boolean isCut = page.elements().size() > limit || !page.nextPageToken().isEmpty();
      pageToken = page.nextPageToken();
      if (shown >= limit && isCut) {
        output.err().println("there are more than " + shown + " " + what + ": raise --limit");
        pageToken = "";
      }
    } while (!pageToken.isEmpty());
    if (output.isJson()) {
      return;
    }
    if (shown == 0) {
      output.line("no " + what);
    } else {
      table.print(output.out());
    }
  }
}
