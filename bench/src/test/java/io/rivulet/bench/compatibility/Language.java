package io.rivulet.bench.compatibility;

/** The official clients that can be had here. */
public enum Language {
  JAVA,
  NODE
}
