package io.rivulet.cluster.ownership;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Immutable. What a node is, as it tells the others.
 *
 * @param name by which all know it, the same after each start
 * @param addresses where it is reached, by purpose, such as {@code grpc} → {@code 10.0.0.7:8081}
 * @param capacity how much work it takes compared with the others, such as its processors
 */
public record NodeInfo(String name, Map<String, String> addresses, Set<Role> roles, int capacity) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final int MAX_CAPACITY = 4096;

  public NodeInfo {
    checkName(name);
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException(
          "a capacity of %d is not between 1 and %d".formatted(capacity, MAX_CAPACITY));
    }
    // In one order everywhere, so that equal ones are stored as equal texts.
    addresses = Collections.unmodifiableMap(new TreeMap<>(addresses));
    roles = Collections.unmodifiableSet(new TreeSet<>(roles));
  }

  /** Refuses what is no name of a node. */
  static void checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no name of a node: 1 to 63 letters, digits, '.', '_' and '-', first a letter or digit"
              .formatted(name));
    }
  }
}
