package io.rivulet.server.rivulet;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Immutable. Pages of what has names, in order of name. */
public final class NamedPages {
  private NamedPages() {}

  /**
   * One more than the page's size if there is a next page.
   *
   * @param prefix only names that begin so; empty: all
   * @param after only names after this one; empty: from the beginning
   */
  public static <T> List<T> page(
      Collection<T> all, Function<T, String> name, String prefix, String after, int size) {
    return all.stream()
        .filter(each -> name.apply(each).startsWith(prefix))
        .filter(each -> name.apply(each).compareTo(after) > 0)
        .sorted(Comparator.comparing(name))
        .limit(size + 1L)
        .toList();
  }
}
