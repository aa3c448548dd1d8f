package io.rivulet.engine.group;

/** How a group follows its messages. */
public enum GroupKind {
  /** Follows whole topics. */
  STANDARD,
  /** Follows lite topics of one bound parent topic: by name, client by client, or by prefix. */
  LITE
}
