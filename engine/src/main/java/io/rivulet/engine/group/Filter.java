package io.rivulet.engine.group;

import java.util.Set;

/**
 * Immutable. Which messages of a topic a group wants, by tag.
 *
 * @param tags the wanted tags; empty: all messages
 */
public record Filter(Set<String> tags) {
  private static final Filter ALL = new Filter(Set.of());

  public Filter {
    tags = Set.copyOf(tags);
  }

  public static Filter all() {
    return ALL;
  }

  public boolean isAll() {
    return tags.isEmpty();
  }
}
