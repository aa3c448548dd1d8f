package io.rivulet.server.token;

/** A token is not taken; the message says why, to be shown to whoever sent it. */
public final class TokenException extends Exception {
  private static final long serialVersionUID = 1;

  TokenException(String message) {
    super(message);
  }
}
