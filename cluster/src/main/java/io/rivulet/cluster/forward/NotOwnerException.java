package io.rivulet.cluster.forward;

/**
 * The request was not carried out, because the node does not serve the shard (any more, or yet): it
 * can be sent again, to whoever does.
 */
public final class NotOwnerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public NotOwnerException(String message) {
    // Thrown often while shards move, and never a bug: no stack trace.
    super(message, null, false, false);
  }
}
