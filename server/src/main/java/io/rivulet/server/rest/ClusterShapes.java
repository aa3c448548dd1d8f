package io.rivulet.server.rest;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Immutable. What stands in JSON bodies about a cluster; see {@link Shapes}. */
final class ClusterShapes {
  private ClusterShapes() {}

  record NodeDetails(
      String version,
      @JsonPropertyDescription("when it was started (RFC 3339)") String started,
      @JsonPropertyDescription("whether the metadata quorum answers it") boolean metadataConnected,
      @JsonPropertyDescription("whether it decides which node is to own which shard")
          boolean planner,
      @JsonPropertyDescription("none, writable, read-only or failed") String storage,
      @JsonPropertyDescription("shards that it is about to serve") int opening,
      @JsonPropertyDescription("shards that it could open quickly") int prepared) {}

  record Node(
      String name,
      @JsonPropertyDescription("compute, storage") List<String> roles,
      @JsonPropertyDescription(
              "active; draining: it is to own nothing and still does; drained; leaving: it is about"
                  + " to stop")
          String state,
      @JsonPropertyDescription("where it is reached, by purpose") Map<String, String> addresses,
      @JsonPropertyDescription("how much work it takes compared with the others") int capacity,
      @JsonPropertyDescription("how many shards it serves") int owned,
      @JsonPropertyDescription("what these have to do: records a second") long load,
      @JsonPropertyDescription("what it said of itself; absent: it did not answer")
          @Nullable NodeDetails report) {}

  record ShardDetails(
      @JsonPropertyDescription(
              "storage nodes that hold what is appended now; fewer than 3: degraded")
          int copies,
      @JsonPropertyDescription("for how long nothing could be written; absent: it can be")
          @Nullable String held,
      @JsonPropertyDescription("that its log is made of") int ledgers,
      @JsonPropertyDescription("of these, those that fewer storage nodes hold than should, or may")
          int thinLedgers,
      @JsonPropertyDescription("of its log, one copy of each") long sizeBytes,
      @JsonPropertyDescription("of its index") int checkpoints,
      @JsonPropertyDescription("of its log that the newest checkpoint does not reflect")
          long checkpointLagBytes,
      @JsonPropertyDescription(
              "since the newest was stored; 0s if nothing was written since; absent: there is none")
          @Nullable String checkpointAge,
      @JsonPropertyDescription(
              "of the newest checkpoint, those that fewer storage nodes hold than should, or may")
          int thinCheckpointLedgers) {}

  record Shard(
      int number,
      @JsonPropertyDescription("who serves it; absent: nobody") @Nullable String owner,
      @JsonPropertyDescription("grows with each take-over") @Nullable Long epoch,
      @JsonPropertyDescription("who is to serve it") @Nullable String plannedOwner,
      @JsonPropertyDescription("who takes it if that one is gone") @Nullable String standby,
      @JsonPropertyDescription("whether that one has the newest checkpoint at hand")
          boolean standbyReady,
      @JsonPropertyDescription("what it has to do: records a second") long load,
      @JsonPropertyDescription("what its owner said; absent: it did not answer")
          @Nullable ShardDetails report) {}

  record Storage(
      @JsonPropertyDescription("nodes that take new entries") List<String> writable,
      @JsonPropertyDescription("nodes that are there and take none") List<String> readOnly,
      @JsonPropertyDescription("new messages are refused so that what frees room can go on")
          boolean nearlyFull,
      @JsonPropertyDescription(
              "ledgers that too few nodes hold, 1000 are counted; absent: not known")
          @Nullable Integer underReplicated,
      @JsonPropertyDescription("ids of some of these") List<Long> someUnderReplicated) {}

  record SilentNode(String name, String reason) {}

  record Cluster(
      String id,
      String answeredBy,
      List<Node> nodes,
      List<Shard> shards,
      @JsonPropertyDescription("numbers of the shards that no node serves") List<Integer> unserved,
      Storage storage,
      @JsonPropertyDescription("nodes that are to own nothing and are not there")
          List<String> absentDrained,
      @JsonPropertyDescription(
              "nodes that did not say how they are: what only they know is missing")
          List<SilentNode> silent) {}

  record Drained(
      String node,
      @JsonPropertyDescription("whether it is to own nothing from now on") boolean drained,
      @JsonPropertyDescription("false: it was so before") boolean changed) {}
}
