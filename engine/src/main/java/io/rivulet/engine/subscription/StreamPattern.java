package io.rivulet.engine.subscription;

import java.util.ArrayList;
import java.util.List;

/**
 * Immutable. Streams of one parent topic by name. In the glob a {@code *} stands for any characters
 * of one segment, a segment {@code **} for any number of segments, also none.
 *
 * @param glob over the names that lite topics stand for, segments with slashes between them
 */
public record StreamPattern(String topic, String glob) {
  /** Segments of a glob: matching one is quadratic in them at most. */
  public static final int MAX_SEGMENTS = 16;

  /** Whether it means the stream of this name. */
  public boolean matches(String name) {
    List<String> wanted = segments(glob);
    List<String> found = segments(name);
    // Row by row as in an edit distance: which beginnings of the name the glob so far may be.
    boolean[] reached = new boolean[found.size() + 1];
    reached[0] = true;
    for (String segment : wanted) {
      boolean[] next = new boolean[found.size() + 1];
      boolean isAny = segment.equals("**");
      for (int i = 0; i <= found.size(); i++) {
        next[i] =
            isAny
                ? reached[i] || (i > 0 && next[i - 1])
                : i > 0 && reached[i - 1] && isLike(segment, found.get(i - 1));
      }
      reached = next;
    }
    return reached[found.size()];
  }

  private static List<String> segments(String text) {
    List<String> segments = new ArrayList<>(4);
    int from = 0;
    for (int at = text.indexOf('/'); at >= 0; at = text.indexOf('/', from)) {
      segments.add(text.substring(from, at));
      from = at + 1;
    }
    segments.add(text.substring(from));
    return segments;
  }

  /** Goes back to the last star only, so it takes no longer than the product of the lengths. */
  private static boolean isLike(String segment, String text) {
    int s = 0;
    int star = -1;
    int resume = 0;
    int t = 0;
    while (t < text.length()) {
      if (s < segment.length() && segment.charAt(s) == '*') {
        star = s++;
        resume = t;
      } else if (s < segment.length() && segment.charAt(s) == text.charAt(t)) {
        s++;
        t++;
      } else if (star >= 0) {
        s = star + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (s < segment.length() && segment.charAt(s) == '*') {
      s++;
    }
    return s == segment.length();
  }
}
