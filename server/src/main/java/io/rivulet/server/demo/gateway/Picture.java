package io.rivulet.server.demo.gateway;

import com.google.errorprone.annotations.FormatMethod;
import io.rivulet.server.demo.gateway.PhaseFigures.Waits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Owned by one thread. Both phases side by side as SVG: a dot for each request, from left to right
 * when it came, upwards how long it waited. Below, the same in figures.
 */
final class Picture {
  private static final int WIDTH = 980;
  private static final int HEIGHT = 470;
  private static final int LEFT = 62;
  private static final int GAP = 34;
  private static final int PANEL_WIDTH = (WIDTH - LEFT - GAP - 20) / 2;
  private static final int TOP = 70;
  private static final int BOTTOM = 330;

  private final StringBuilder out = new StringBuilder();
  private final double lastSeconds;
  private final double mostSeconds;

  private Picture(List<PhaseFigures> phases) {
    List<Served> all = new ArrayList<>();
    phases.forEach(phase -> all.addAll(phase.served()));
    lastSeconds = roundUp(all.stream().mapToLong(Served::sentNanos).max().orElse(0) / 1e9);
    mostSeconds = roundUp(all.stream().mapToLong(Served::waitNanos).max().orElse(0) / 1e9);
  }

  /** The whole file. */
  static String of(PhaseFigures left, PhaseFigures right) {
    Picture picture = new Picture(List.of(left, right));
    picture.begin();
    picture.panel(left, LEFT);
    picture.panel(right, LEFT + PANEL_WIDTH + GAP);
    picture.add("</svg>");
    return picture.out.toString();
  }

  private void begin() {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
            + " font-family=\"sans-serif\" font-size=\"13\">",
        WIDTH, HEIGHT);
    add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
    add(
        "<text x=\"%d\" y=\"24\" font-size=\"15\" font-weight=\"bold\">How long each request waited"
            + " for one of two workers; acme floods</text>",
        LEFT);
    add(
        "<text transform=\"translate(18 %d) rotate(-90)\" text-anchor=\"middle\">wait,"
            + " seconds</text>",
        (TOP + BOTTOM) / 2);
  }

  private void panel(PhaseFigures phase, int left) {
    add("<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>", left, TOP - 16, phase.title());
    grid(left);
    for (Served each : phase.served()) {
      add(
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\" fill-opacity=\"0.65\"/>",
          x(left, each.sentNanos() / 1e9),
          y(each.waitNanos() / 1e9),
          each.request().caller().colour());
    }
    int row = BOTTOM + 58;
    columns(left, row, "#6b7280", "p50", "p99", "longest");
    for (Caller caller : Caller.values()) {
      row += 18;
      Waits waits = phase.waitsOf(caller);
      add("<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/>", left + 6, row - 4, caller.colour());
      add(
          "<text x=\"%d\" y=\"%d\">%s, %d requests</text>",
          left + 16, row, caller.tenant(), waits.count());
      columns(
          left,
          row,
          "#111827",
          Seconds.text(waits.p50Nanos()),
          Seconds.text(waits.p99Nanos()),
          Seconds.text(waits.maxNanos()));
    }
  }

  private void columns(int left, int row, String colour, String... cells) {
    int x = left + PANEL_WIDTH - (cells.length - 1) * 82 - 10;
    for (String cell : cells) {
      add(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"%s\">%s</text>",
          x, row, colour, cell);
      x += 82;
    }
  }

  private void grid(int left) {
    double step = step(mostSeconds);
    for (int i = 0; i * step <= mostSeconds + 1e-9; i++) {
      double y = y(i * step);
      add(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e5e7eb\"/>",
          left, left + PANEL_WIDTH, y, y);
      if (left == LEFT) {
        add(
            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
            left - 8, y + 4, number(i * step));
      }
    }
    double timeStep = step(lastSeconds);
    for (int i = 0; i * timeStep <= lastSeconds + 1e-9; i++) {
      add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          x(left, i * timeStep), BOTTOM + 18, number(i * timeStep));
    }
    add(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">sent, seconds after the beginning</text>",
        left + PANEL_WIDTH / 2, BOTTOM + 36);
  }

  private double x(int left, double seconds) {
    return left + seconds / lastSeconds * PANEL_WIDTH;
  }

  private double y(double seconds) {
    return BOTTOM - seconds / mostSeconds * (BOTTOM - TOP);
  }

  /** A round number of which four to eight make the axis. */
  private static double step(double length) {
    double step = Math.pow(10, Math.floor(Math.log10(length)));
    return length / step >= 4 ? step : length / step >= 2 ? step / 2 : step / 5;
  }

  private static double roundUp(double value) {
    double step = step(Math.max(value, 1e-3));
    return Math.ceil(value / step - 1e-9) * step;
  }

  private static String number(double value) {
    return value == Math.rint(value) ? "%.0f".formatted(value) : "%.1f".formatted(value);
  }

  @FormatMethod
  private void add(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
