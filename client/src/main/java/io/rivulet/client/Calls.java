package io.rivulet.client;

import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Immutable. Single requests: each has its time, and fails in the words of this client. */
final class Calls {
  private Calls() {}

  /**
   * Waits for the answer.
   *
   * @throws RivuletException if the server refuses, can't be reached, or takes too long
   */
  static <S extends AbstractStub<S>, T> T call(
      S service, ClientConfig config, Function<S, T> request) {
    try {
      return request.apply(
          service.withDeadline(
              Deadline.after(config.requestTime().toMillis(), TimeUnit.MILLISECONDS)));
    } catch (StatusRuntimeException e) {
      throw RivuletException.of(e, config.endpoint());
    }
  }
}
