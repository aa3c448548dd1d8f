package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerStore.Writer;
import io.rivulet.cluster.ledger.RecentEntries.Entry;
import io.rivulet.engine.log.CorruptLogException;
import java.util.concurrent.CompletableFuture;

/**
 * Immutable. Puts entries into ledgers, each under its number, and says what became of them.
 *
 * <p>An entry is where the log says only if all before it went into its ledger. If one of them did
 * not, those behind it would take its number, and with theirs it would be acknowledged.
 */
final class Sending {
  /** Hears what became of entries; under the lock of the log if that is known at once. */
  interface Outcome {
    void acknowledged(Writer by, Entry entry);

    /** The ledger takes no more. */
    void failed(Writer by, LedgerException cause);

    /** It is not known which entry has which number: the log must take no more. */
    void broken(Throwable cause);
  }

  private final Acknowledgements acknowledgements;
  private final Outcome outcome;

  Sending(Acknowledgements acknowledgements, Outcome outcome) {
    this.acknowledgements = acknowledgements;
    this.outcome = outcome;
  }

  /**
   * Appends an entry to a ledger.
   *
   * @param number the one that it is to have there
   */
  void send(Writer to, Entry entry, long number) {
    CompletableFuture<Long> appended;
    try {
      appended = to.append(entry.buffer());
    } catch (Throwable unsent) {
      // Also for want of memory: here that ends no thread but BookKeeper's, which would not tell.
      outcome.broken(unsent);
      return;
    }
    var _ =
        appended.whenComplete((given, cause) -> {
          if (cause != null) {
            outcome.failed(to, LedgerException.of(cause));
          } else if (given == number) {
            outcome.acknowledged(to, entry);
          } else {
            outcome.broken(
                new CorruptLogException(
                    "entry %d of the log became number %d of ledger %d, where it is %d"
                        .formatted(entry.index(), given, to.id(), number)));
          }
          acknowledgements.tell();
        });
  }
}
