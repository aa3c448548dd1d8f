package io.rivulet.server.telemetry;

import io.micrometer.core.instrument.Tags;
import io.rivulet.cluster.forward.CallCounters;
import io.rivulet.cluster.node.ClusterFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Immutable. One metric of a node of a cluster.
 *
 * @param name in Micrometer's form, after {@code rivulet.cluster.}
 * @param tag the label, {@code name=value}; empty: it has none
 * @param isCounter whether it only grows, since start
 */
record ClusterMetric(
    String name,
    String tag,
    boolean isCounter,
    String help,
    ToDoubleFunction<ClusterFigures> reading) {

  static final List<ClusterMetric> ALL =
      List.of(
              shards(),
              changes(),
              storage(),
              logs(),
              ledgers(),
              checkpoints(),
              standbys(),
              requests())
          .stream()
          .flatMap(List::stream)
          .toList();

  String fullName() {
    return "rivulet.cluster." + name;
  }

  Tags tags() {
    return tag.isEmpty() ? Tags.empty() : Tags.of(tag.split("=", 2));
  }

  // ---- who owns what

  private static List<ClusterMetric> shards() {
    return List.of(
        gauge("shards", "Shards of the cluster: cluster.shards.", each -> each.shards().all()),
        gauge("shards.owned", "Shards that this node serves.", each -> each.ownership().serving()),
        gauge(
            "shards.opening",
            "Shards that this node is about to serve; cluster.take-overs-at-once can be.",
            each -> each.ownership().opening()),
        gauge(
            "shards.prepared",
            "Shards that this node could open quickly.",
            each -> each.ownership().prepared()),
        gauge(
            "shards.unserved",
            "Shards of the cluster that no node serves.",
            each -> each.shards().unserved()),
        gauge(
            "shards.moving",
            "Shards on their way from a living owner to another one; cluster.moves-at-once can be.",
            each -> each.shards().moving()),
        gauge("nodes", "Nodes that are there, this one included.", each -> each.nodes().known()),
        gauge(
            "nodes.drained",
            "Of these, those that an operator wants to own nothing.",
            each -> each.nodes().drained()),
        gauge("draining", "Whether this node is drained.", each -> yes(each.nodes().isDrained())),
        gauge(
            "metadata.connected",
            "Whether the metadata quorum answers this node; if not, nothing changes hands.",
            each -> yes(each.ownership().isConnected())),
        gauge(
            "registered",
            "Whether the other nodes see this one.",
            each -> yes(each.ownership().isRegistered())),
        gauge(
            "planner",
            "Whether this node decides which node is to own which shard.",
            each -> yes(each.ownership().isPlanner())));
  }

  private static List<ClusterMetric> changes() {
    return List.of(
        counter(
            "take.overs",
            "Shards that this node took over.",
            each -> each.ownership().counted().takeOvers()),
        counter(
            "take.over.millis",
            "How long these took to open, added up.",
            each -> each.ownership().counted().takeOverMillis()),
        counter(
            "take.overs.failed",
            "Shards that this node could not take over; each is tried again.",
            each -> each.ownership().counted().failedTakeOvers()),
        counter(
            "handed.over",
            "Shards that this node let go in order, for another node that was ready.",
            each -> each.ownership().counted().handedOver()),
        counter(
            "moves",
            "Of these, those that this node saw to be served there.",
            each -> each.ownership().counted().moves()),
        counter(
            "move.stall.millis",
            "For how long nobody served these, added up.",
            each -> each.ownership().counted().moveStallMillis()),
        counter(
            "moves.given.up",
            "Moves that this node planned and gave up: cluster.move-time.",
            each -> each.ownership().counted().movesGivenUp()),
        counter(
            "shards.ended",
            "Shards that ceased to be served here by themselves.",
            each -> each.ownership().counted().ended()),
        counter(
            "claims.lost",
            "Shards that this node let go since its claim was gone.",
            each -> each.ownership().counted().lostClaims()),
        counter(
            "sessions.lost",
            "Sessions with the metadata quorum that ended; all shards are let go then.",
            each -> each.ownership().counted().lostSessions()),
        counter("plans", "Plans that this node made.", each -> each.ownership().counted().plans()));
  }

  // ---- storage and logs

  private static List<ClusterMetric> storage() {
    return List.of(
        tagged(
            "storage.nodes",
            "state=writable",
            "Storage nodes that are there.",
            each -> each.storage().writable()),
        tagged(
            "storage.nodes",
            "state=read-only",
            "Storage nodes that are there.",
            each -> each.storage().readOnly()),
        gauge(
            "storage.nearly.full",
            "Whether new messages are refused for want of room: cluster.storage-min-free-bytes.",
            each -> yes(each.storage().isNearlyFull())),
        gauge(
            "storage.writable",
            "Whether this node's own storage takes entries; 0 if it has none.",
            each -> yes(each.storage().isOwnWritable())),
        gauge(
            "ledgers.under.replicated",
            "Ledgers of the cluster that too few storage nodes hold; 1000 are counted.",
            each -> known(each.storage().underReplicated())),
        gauge(
            "ledgers.looked.millis",
            "How long ago these were counted.",
            each -> known(each.storage().lookedMillis())));
  }

  private static List<ClusterMetric> logs() {
    return List.of(
        gauge(
            "log.copies",
            "Copies of the newest entries of the shard of this node that has fewest.",
            each -> known(each.logs().leastCopies())),
        gauge(
            "log.shards.degraded",
            "Shards of this node whose newest entries have fewer than three copies.",
            each -> each.logs().degraded()),
        gauge(
            "log.shards.held",
            "Shards of this node to which nothing can be written.",
            each -> each.logs().held()),
        gauge(
            "log.held.millis",
            "For how long that has been so, at most; cluster.log-hold-limit can be.",
            each -> each.logs().heldMillis()),
        counter(
            "log.holds",
            "Times that nothing could be written to a shard of this node and later could again.",
            each -> each.logs().done().holds()),
        counter(
            "log.holds.millis",
            "How long these lasted, added up.",
            each -> each.logs().done().heldMillis()),
        counter(
            "log.fenced",
            "Logs of this node that ended since another node had taken the shard over.",
            each -> each.logs().fenced()),
        counter(
            "log.failed",
            "Logs of this node that ended for another reason.",
            each -> each.logs().failed()));
  }

  private static List<ClusterMetric> ledgers() {
    return List.of(
        gauge("log.bytes", "Bytes of the logs of this node.", each -> each.logs().sizeBytes()),
        gauge(
            "log.unwritten.bytes",
            "Bytes that wait for storage, of the shard with most; cluster.log-max-unwritten-bytes can.",
            each -> each.logs().mostUnwrittenBytes()),
        gauge("log.ledgers", "Ledgers of the logs of this node.", each -> each.logs().ledgers()),
        gauge(
            "log.ledgers.thin",
            "Of these, those that fewer storage nodes hold than should, or may.",
            each -> each.logs().thinLedgers()),
        counter(
            "log.ledgers.begun",
            "Ledgers that followed others.",
            each -> each.logs().done().ledgers()),
        counter(
            "log.ledgers.refilled",
            "Ledgers that were copied since too few storage nodes held them.",
            each -> each.logs().done().refilledLedgers()),
        counter(
            "log.refilled.bytes", "Bytes of these.", each -> each.logs().done().refilledBytes()),
        tagged(
                "orphans.removed",
                "of=log",
                "Ledgers that nobody knew of and that this node removed.",
                each -> each.orphans().ofLogs())
            .counted(),
        tagged(
                "orphans.removed",
                "of=checkpoint",
                "Ledgers that nobody knew of and that this node removed.",
                each -> each.orphans().ofCheckpoints())
            .counted(),
        counter(
            "orphans.failures",
            "Searches for such ledgers that failed.",
            each -> each.orphans().failures()));
  }

  // ---- checkpoints

  private static List<ClusterMetric> checkpoints() {
    return List.of(
        gauge(
            "checkpoint.lag.bytes",
            "Bytes of this node's logs that the newest checkpoints do not reflect.",
            each -> each.checkpoints().lagBytes()),
        gauge(
            "checkpoint.lag.most.bytes",
            "Of the shard where it is most.",
            each -> each.checkpoints().mostLagBytes()),
        gauge(
            "checkpoint.age.millis",
            "Since the newest checkpoints of this node's shards were stored, added up.",
            each -> each.checkpoints().ageMillis()),
        gauge(
            "checkpoint.age.most.millis",
            "Of the shard where it is most.",
            each -> each.checkpoints().mostAgeMillis()),
        gauge(
            "checkpoint.shards.without",
            "Shards of this node that have something in their log and no checkpoint.",
            each -> each.checkpoints().none()),
        gauge(
            "checkpoint.ledgers",
            "Ledgers that hold checkpoints of this node's shards.",
            each -> each.checkpoints().ledgers()),
        gauge("checkpoint.bytes", "Bytes of these.", each -> each.checkpoints().ledgerBytes()),
        gauge(
            "checkpoint.most.bytes",
            "Of the shard with most; cluster.checkpoint-max-shard-bytes can be.",
            each -> each.checkpoints().mostLedgerBytes()),
        gauge(
            "checkpoint.thin.ledgers",
            "Ledgers of the newest checkpoints that fewer storage nodes hold than should, or may.",
            each -> each.checkpoints().thinLedgers()),
        gauge(
            "checkpoint.storing",
            "Checkpoints that are being stored now.",
            each -> each.checkpoints().done().storing()),
        counter(
            "checkpoint.stored",
            "Checkpoints that this node stored.",
            each -> each.checkpoints().done().stored()),
        counter(
            "checkpoint.stored.bytes",
            "Bytes of files that were written for these.",
            each -> each.checkpoints().done().storedBytes()),
        counter(
            "checkpoint.shared.bytes",
            "Bytes of files that were stored already.",
            each -> each.checkpoints().done().sharedBytes()),
        counter(
            "checkpoint.store.millis",
            "How long it took to store them, added up.",
            each -> each.checkpoints().done().millis()),
        counter(
            "checkpoint.failures",
            "Checkpoints that could not be stored; each is tried again.",
            each -> each.checkpoints().done().failures()),
        counter(
            "checkpoint.too.large",
            "Of these, those that would have been too large: cluster.checkpoint-max-shard-bytes.",
            each -> each.checkpoints().done().tooLarge()),
        counter(
            "checkpoint.damaged.files",
            "Files that were stored already and found damaged.",
            each -> each.checkpoints().done().damagedFiles()));
  }

  private static List<ClusterMetric> standbys() {
    return List.of(
        gauge(
            "standby.shards",
            "Shards whose newest checkpoint this node is to have at hand.",
            each -> each.standby().shards()),
        gauge(
            "standby.shards.ready",
            "Of these, those where it has.",
            each -> each.standby().upToDate()),
        gauge(
            "standby.behind.millis",
            "For how long it has not, at most.",
            each -> each.standby().behindMillis()),
        gauge("standby.files", "Files that are at hand.", each -> each.standby().files()),
        gauge("standby.bytes", "Bytes of these.", each -> each.standby().bytes()),
        counter(
            "standby.fetched", "Checkpoints that were fetched.", each -> each.standby().fetched()),
        counter(
            "standby.fetched.bytes",
            "Bytes that were fetched for these.",
            each -> each.standby().fetchedBytes()),
        counter(
            "standby.linked.bytes",
            "Bytes of files that need not be fetched.",
            each -> each.standby().linkedBytes()),
        counter(
            "standby.failures",
            "Checkpoints that could not be fetched; each is tried again.",
            each -> each.standby().failures()),
        counter(
            "standby.damaged",
            "Checkpoints that were found damaged.",
            each -> each.standby().damaged()));
  }

  // ---- requests

  private static List<ClusterMetric> requests() {
    List<ClusterMetric> all = new ArrayList<>();
    all.add(
        gauge(
            "requests.waiting",
            "Requests that wait for the owner of a shard.",
            each -> each.requests().waiting()));
    all.add(
        gauge(
            "requests.waiting.limit",
            "How many may: cluster.max-moving-requests.",
            each -> each.requests().maxWaiting()));
    all.add(
        gauge(
            "forks",
            "Forks of streams in other shards that this node makes.",
            each -> each.requests().forks()));
    all.add(
        gauge(
            "forks.limit",
            "How many it may: cluster.max-forks.",
            each -> each.requests().maxForks()));
    all.add(
        counter(
            "requests.late",
            "Requests refused since no owner was found in time: cluster.move-patience.",
            each -> each.requests().late()));
    all.add(
        counter(
            "requests.turned.away",
            "Requests refused since too many were waiting.",
            each -> each.requests().turnedAway()));
    all.add(
        gauge(
            "polls.waiting",
            "Polls that wait on this node for messages of any shard.",
            each -> each.requests().waitingPolls()));
    all.add(
        counter(
            "polls.refused",
            "Of such polls, those refused since engine.max-waiting-polls of their consumer waited.",
            each -> each.requests().refusedPolls()));
    all.add(gauge("links", "Other nodes that are there.", each -> each.nodes().links()));
    all.add(
        gauge(
            "links.down",
            "Of these, those to which there is no connection.",
            each -> each.nodes().linksDown()));
    all.addAll(calls("out", ClusterFigures::callsOut));
    all.addAll(calls("in", ClusterFigures::callsIn));
    return all;
  }

  private static List<ClusterMetric> calls(
      String way, Function<ClusterFigures, CallCounters.Counted> of) {
    String tag = "way=" + way;
    return List.of(
        tagged(
            "calls.open",
            tag,
            "Calls between this node and others that are under way.",
            each -> of.apply(each).open()),
        tagged(
                "calls",
                tag,
                "Calls that ended and did not wait for messages.",
                each -> of.apply(each).prompt())
            .counted(),
        tagged(
                "calls.millis",
                tag,
                "How long these took, added up.",
                each -> of.apply(each).promptMillis())
            .counted(),
        tagged(
                "calls.waited",
                tag,
                "Calls that ended and could wait for messages.",
                each -> of.apply(each).waiting())
            .counted(),
        tagged(
                "calls.moved",
                tag,
                "Of both, those that met no owner of their shard.",
                each -> of.apply(each).moved())
            .counted(),
        tagged(
                "calls.failed",
                tag,
                "Of both, those whose outcome was not known.",
                each -> of.apply(each).failed())
            .counted(),
        tagged(
                "frames",
                tag,
                "Frames sent to other nodes, with calls (out) or answers (in).",
                each -> of.apply(each).frames())
            .counted(),
        tagged("frames.bytes", tag, "Bytes of these.", each -> of.apply(each).frameBytes())
            .counted(),
        tagged(
            "link.held.bytes",
            tag,
            "Bytes of bodies on their way between nodes; cluster.link-bytes can, each way.",
            each -> of.apply(each).heldBytes()));
  }

  private static double yes(boolean it) {
    return it ? 1 : 0;
  }

  /** What is not known is no number, so that no alert takes it for one. */
  private static double known(long value) {
    return value < 0 ? Double.NaN : value;
  }

  private ClusterMetric counted() {
    return new ClusterMetric(name, tag, true, help, reading);
  }

  private static ClusterMetric counter(
      String name, String help, ToDoubleFunction<ClusterFigures> reading) {
    return new ClusterMetric(name, "", true, help, reading);
  }

  private static ClusterMetric gauge(
      String name, String help, ToDoubleFunction<ClusterFigures> reading) {
    return new ClusterMetric(name, "", false, help, reading);
  }

  private static ClusterMetric tagged(
      String name, String tag, String help, ToDoubleFunction<ClusterFigures> reading) {
    return new ClusterMetric(name, tag, false, help, reading);
  }
}
