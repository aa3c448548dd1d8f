package io.rivulet.engine.refusal;

import java.util.function.Function;

/** Immutable. A value or a refusal. */
public sealed interface Outcome<T> {
  record Ok<T>(T value) implements Outcome<T> {}

  record Refused<T>(Refusal refusal) implements Outcome<T> {}

  static <T> Outcome<T> ok(T value) {
    return new Ok<>(value);
  }

  static <T> Outcome<T> refused(RefusalCode code, String message) {
    return new Refused<>(new Refusal(code, message));
  }

  static <T> Outcome<T> refused(Refusal refusal) {
    return new Refused<>(refusal);
  }

  default boolean isOk() {
    return this instanceof Ok;
  }

  /** The value; a bug if this is a refusal. */
  default T value() {
    return switch (this) {
      case Ok<T> ok -> ok.value;
      case Refused<T> refused -> throw new IllegalStateException("refused: " + refused.refusal);
    };
  }

  default <R> Outcome<R> map(Function<? super T, ? extends R> function) {
    return switch (this) {
      case Ok<T> ok -> new Ok<>(function.apply(ok.value));
      case Refused<T> refused -> new Refused<>(refused.refusal);
    };
  }
}
