package io.rivulet.cluster.forward;

/**
 * The shard ceased to be served while the request was under way: it is not known whether it was
 * carried out.
 */
public final class ShardGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ShardGoneException(String message) {
    super(message, null, false, false);
  }
}
