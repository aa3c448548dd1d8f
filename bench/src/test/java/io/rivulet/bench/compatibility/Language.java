package io.rivulet.bench.compatibility;

/** The official clients that can be had here. */
enum Language {
  JAVA,
  NODE
}
