package io.rivulet.server.demo.gateway;

/** Immutable. Whose requests come to the gateway. */
enum Caller {
  /** Floods the gateway. */
  ACME("acme", 1, 0, "#c2410c", "red"),
  /** Pays for two shares. */
  BOLT("bolt", 2, 0, "#0b6e99", "cyan"),
  CLEO("cleo", 1, 0, "#4d7c0f", "green"),
  /** Few and urgent: before all others. */
  VIP("VIP", 1, 9, "#7e22ce", "magenta");

  private final String tenant;
  private final int weight;
  private final int priority;
  private final String colour;
  private final String style;

  Caller(String tenant, int weight, int priority, String colour, String style) {
    this.tenant = tenant;
    this.weight = weight;
    this.priority = priority;
    this.colour = colour;
    this.style = style;
  }

  /** The value of the property by which the scheduler shares. */
  String tenant() {
    return tenant;
  }

  int weight() {
    return weight;
  }

  int priority() {
    return priority;
  }

  /** In the picture. */
  String colour() {
    return colour;
  }

  /** In the terminal. */
  String style() {
    return style;
  }

  /** Whether it takes part in the sharing, and does not stand above it. */
  boolean isTenant() {
    return priority == 0;
  }
}
