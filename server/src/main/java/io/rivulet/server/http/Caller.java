package io.rivulet.server.http;

import io.rivulet.server.token.Action;
import io.rivulet.server.token.Scope;
import java.util.List;
import java.util.Optional;

/** Immutable. Who sent a request, and what they may do. */
public interface Caller {
  /** Whoever asks where security is off: all is allowed. */
  Caller ANYONE =
      new Caller() {
        @Override
        public Optional<String> name() {
          return Optional.empty();
        }

        @Override
        public Optional<Problem> refusal(Action action, String resource) {
          return Optional.empty();
        }

        @Override
        public Optional<Problem> grantRefusal(List<Scope> scopes, long endMillis) {
          return Optional.empty();
        }
      };

  /** What quotas and logs know it by; empty: nobody said. */
  Optional<String> name();

  /**
   * Why something may not be done; empty: it may.
   *
   * @param resource a topic, {@code topic/lite topic}, a consumer group, or nothing
   */
  Optional<Problem> refusal(Action action, String resource);

  /**
   * Why a token for somebody else may not be made; empty: it may. Nobody passes on more than he
   * has.
   *
   * @param endMillis when it is to end, in milliseconds since the epoch
   */
  Optional<Problem> grantRefusal(List<Scope> scopes, long endMillis);
}
