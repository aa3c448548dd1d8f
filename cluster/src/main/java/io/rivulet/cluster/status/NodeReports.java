package io.rivulet.cluster.status;

import java.util.concurrent.CompletableFuture;

/** Safe for all threads. Where a node is asked for its report. */
@FunctionalInterface
public interface NodeReports {
  CompletableFuture<NodeReport> report();
}
