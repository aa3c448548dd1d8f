package io.rivulet.server.token;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Immutable. One thing that a token allows, as it stands in the {@code scope} claim (RFC 8693,
 * section 4.2): {@code read:chat/42}, {@code write:chat/user-7-*}, {@code consume:workers}, {@code
 * admin}.
 *
 * @param resource a topic, {@code topic/lite topic} or a consumer group, whole or, with {@code *}
 *     at its end, all that begin so; empty for {@link Action#ADMIN}
 */
public record Scope(Action action, String resource) {
  /** A token travels in a header of every request. */
  static final int MAX_SCOPES = 64;

  private static final int MAX_RESOURCE = 512;
  private static final String ALL = "*";

  /** Checks the parts; the message of the exception names what is wrong and what is allowed. */
  public Scope {
    if (action == Action.ADMIN) {
      if (!resource.isEmpty()) {
        throw new IllegalArgumentException("'admin' stands alone, it has no ':" + resource + "'");
      }
    } else {
      check(action, resource);
    }
  }

  private static void check(Action action, String resource) {
    if (resource.isEmpty() || resource.length() > MAX_RESOURCE) {
      throw new IllegalArgumentException(
          "'%s:' is followed by what it is for, such as chat/42 or chat/*, of at most %d characters"
              .formatted(action.word(), MAX_RESOURCE));
    }
    String exact = withoutStar(resource);
    for (int i = 0; i < exact.length(); i++) {
      char c = exact.charAt(i);
      if (c <= ' ' || c > '~' || c == '*' || c == '"' || c == '\\') {
        throw new IllegalArgumentException(
            "'%s' has the character '%s' at %d; a '*' may only be the last one"
                .formatted(resource, c, i));
      }
    }
  }

  /** Reads one. */
  public static Scope parse(String text) {
    int colon = text.indexOf(':');
    String word = colon < 0 ? text : text.substring(0, colon);
    Optional<Action> action =
        Arrays.stream(Action.values()).filter(each -> each.word().equals(word)).findAny();
    if (action.isEmpty() || (colon < 0 && action.get() != Action.ADMIN)) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not one of read:TOPIC/LITE, write:TOPIC/LITE, consume:GROUP (each may end"
              + " with *) and admin");
    }
    return new Scope(action.get(), colon < 0 ? "" : text.substring(colon + 1));
  }

  /** Reads the words of a claim; what others mean by theirs is passed over. */
  static List<Scope> parseKnown(String claim) {
    List<Scope> scopes = new ArrayList<>();
    for (String word : claim.split(" +", -1)) {
      try {
        scopes.add(parse(word));
      } catch (IllegalArgumentException others) {
        // A token of an identity provider may carry scopes for other services.
      }
    }
    return scopes;
  }

  /** Whether it allows this. */
  public boolean allows(Action asked, String askedFor) {
    if (action == Action.ADMIN) {
      return true;
    }
    return action == asked
        && (isPrefix() ? askedFor.startsWith(withoutStar(resource)) : askedFor.equals(resource));
  }

  /** Whether it allows everything that another allows. */
  boolean covers(Scope other) {
    if (action == Action.ADMIN || other.action == Action.ADMIN) {
      return action == other.action || action == Action.ADMIN;
    }
    return allows(other.action, withoutStar(other.resource)) && (isPrefix() || !other.isPrefix());
  }

  private boolean isPrefix() {
    return resource.endsWith(ALL);
  }

  private static String withoutStar(String resource) {
    return resource.endsWith(ALL) ? resource.substring(0, resource.length() - 1) : resource;
  }

  @Override
  public String toString() {
    return action == Action.ADMIN ? action.word() : action.word() + ":" + resource;
  }
}
