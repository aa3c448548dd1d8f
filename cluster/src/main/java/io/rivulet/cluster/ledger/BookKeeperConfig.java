package io.rivulet.cluster.ledger;

import java.time.Duration;

/**
 * Immutable. How the storage nodes are reached.
 *
 * @param metadata members of the metadata quorum as {@code host:port}, separated by commas
 * @param sessionTimeout a storage node that was not heard of for so long counts as gone
 * @param answerTimeout how long a storage node may take to answer, 1 s to 1 min, in whole seconds;
 *     as long as others answer, nobody waits for it
 * @param minFreeBytes new messages are refused when fewer than two storage nodes have more left
 *     than this on their disks; what frees room goes on until a storage node has half of it left
 */
public record BookKeeperConfig(
    String metadata, Duration sessionTimeout, Duration answerTimeout, long minFreeBytes) {

  public BookKeeperConfig {
    if (metadata.isBlank()) {
      throw new IllegalArgumentException("no member of the metadata quorum is named");
    }
    if (answerTimeout.toSeconds() < 1
        || answerTimeout.toSeconds() > 60
        || answerTimeout.toNanosPart() != 0) {
      throw new IllegalArgumentException(
          "an answer of a storage node is waited for 1 to 60 whole seconds, not " + answerTimeout);
    }
    if (minFreeBytes < 0) {
      throw new IllegalArgumentException(
          "no storage node can have less than nothing left, as in " + minFreeBytes + " bytes");
    }
  }

  public static BookKeeperConfig defaults(String metadata) {
    return new BookKeeperConfig(metadata, Duration.ofSeconds(3), Duration.ofSeconds(2), 1L << 30);
  }
}
