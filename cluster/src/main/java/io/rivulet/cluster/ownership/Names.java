package io.rivulet.cluster.ownership;

/** Where things are in the metadata store. */
final class Names {
  static final String CLUSTER = "/rivulet/cluster";
  static final String NODES = "/rivulet/nodes";
  static final String DRAINED = "/rivulet/drained";
  static final String PLAN = "/rivulet/plan";
  private static final String OWNERS = "/rivulet/owners";
  private static final String PREPARED = "/rivulet/prepared";

  private Names() {}

  static String node(String name) {
    return NODES + "/" + name;
  }

  static String drained(String name) {
    return DRAINED + "/" + name;
  }

  static String owner(int shard) {
    return OWNERS + "/" + shard;
  }

  /** Claimed by the planned owner of a shard that another node owns, once it is ready. */
  static String prepared(int shard) {
    return PREPARED + "/" + shard;
  }
}
