package io.rivulet.server.demo.gateway;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Immutable. A stretch of time, from inclusive, to exclusive. */
record Span(long fromNanos, long toNanos) {
  long nanos() {
    return Math.max(0, toNanos - fromNanos);
  }

  Span overlap(Span other) {
    return new Span(Math.max(fromNanos, other.fromNanos), Math.min(toNanos, other.toNanos));
  }

  /** The time in which at least one of them is, in order and without overlaps. */
  static List<Span> union(List<Span> spans) {
    List<Span> union = new ArrayList<>();
    for (Span next :
        spans.stream()
            .filter(each -> each.nanos() > 0)
            .sorted(Comparator.comparingLong(Span::fromNanos))
            .toList()) {
      Span last = union.isEmpty() ? null : union.getLast();
      if (last == null || last.toNanos < next.fromNanos) {
        union.add(next);
      } else if (last.toNanos < next.toNanos) {
        union.set(union.size() - 1, new Span(last.fromNanos, next.toNanos));
      }
    }
    return union;
  }

  /** The time in both of two unions. */
  static List<Span> both(List<Span> one, List<Span> other) {
    List<Span> both = new ArrayList<>();
    for (Span first : one) {
      for (Span second : other) {
        Span overlap = first.overlap(second);
        if (overlap.nanos() > 0) {
          both.add(overlap);
        }
      }
    }
    return both;
  }

  /** What a union leaves free of this one. */
  List<Span> without(List<Span> union) {
    List<Span> gaps = new ArrayList<>();
    long at = fromNanos;
    for (Span each : union) {
      gaps.add(new Span(at, Math.min(each.fromNanos, toNanos)));
      at = Math.max(at, each.toNanos);
    }
    gaps.add(new Span(at, toNanos));
    return gaps.stream().filter(gap -> gap.nanos() > 0).toList();
  }

  static long total(List<Span> union) {
    return union.stream().mapToLong(Span::nanos).sum();
  }
}
