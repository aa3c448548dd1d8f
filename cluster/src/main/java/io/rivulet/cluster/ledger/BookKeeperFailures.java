package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.apache.bookkeeper.client.api.BKException;
import org.apache.bookkeeper.client.api.BKException.Code;

/** Immutable. BookKeeper's failures as ours. */
final class BookKeeperFailures {
  private BookKeeperFailures() {}

  /** Starts something whose future is to fail as a {@link LedgerStore}'s does. */
  static <T> CompletableFuture<T> asOurs(Supplier<CompletableFuture<T>> begun, String what) {
    CompletableFuture<T> ours = new CompletableFuture<>();
    try {
      var _ =
          begun
              .get()
              .whenComplete((result, failure) -> {
                if (failure == null) {
                  ours.complete(result);
                } else {
                  ours.completeExceptionally(ours(failure, what));
                }
              });
    } catch (RejectedExecutionException closed) {
      ours.completeExceptionally(ours(closed, what));
    }
    return ours;
  }

  static LedgerException ours(Throwable failure, String what) {
    Throwable cause = LedgerException.causeOf(failure);
    if (cause instanceof BKException known) {
      return new LedgerException(
          reason(known.getCode()), what + ": " + BKException.getMessage(known.getCode()), known);
    }
    return new LedgerException(Reason.UNAVAILABLE, what + ": " + cause.getMessage(), cause);
  }

  private static Reason reason(int code) {
    return switch (code) {
      case Code.LedgerFencedException -> Reason.FENCED;
      case Code.NotEnoughBookiesException, Code.NoBookieAvailableException ->
          Reason.NOT_ENOUGH_NODES;
      case Code.NoSuchLedgerExistsException,
          Code.NoSuchLedgerExistsOnMetadataServerException,
          Code.NoSuchEntryException ->
          Reason.NOT_FOUND;
      default -> Reason.UNAVAILABLE;
    };
  }
}
