package io.rivulet.server.demo.gateway;

import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.Fairness;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.client.Admin;
import java.util.Optional;

/**
 * Immutable. How a phase's requests are served.
 *
 * @param title for people
 * @param explanation for people, too
 * @param name of topic and group
 * @param scheduling empty: in the order in which they came
 */
record Rules(String title, String explanation, String name, Optional<Scheduling> scheduling) {
  /** The property that says whose a request is. */
  static final String TENANT = "tenant";

  static Rules fifo() {
    return new Rules("plain FIFO", "who comes first is served first", "fifo", Optional.empty());
  }

  static Rules scheduler() {
    Fairness.Builder fairness = Fairness.newBuilder().setProperty(TENANT);
    for (Caller each : Caller.values()) {
      if (each.weight() > 1) {
        fairness.putWeights(each.tenant(), each.weight());
      }
    }
    Scheduling scheduling = Scheduling.newBuilder().setFairness(fairness).setAdaptive(true).build();
    return new Rules(
        "scheduler",
        "VIPs have a higher priority; group set gateway --fairness tenant --weights bolt=2"
            + " --adaptive on",
        "gateway",
        Optional.of(scheduling));
  }

  /** Without rules all requests are equal, so that none overtakes. */
  int priorityOf(Caller caller) {
    return scheduling.isPresent() ? caller.priority() : 0;
  }

  /** Makes topic and group. */
  void define(Admin admin) {
    var _ =
        admin.defineTopic(
            TopicDefinition.newBuilder()
                .setName(name)
                .setType(TopicType.TOPIC_TYPE_PRIORITY)
                .build(),
            DefineMode.DEFINE_MODE_CREATE);
    GroupDefinition.Builder group = GroupDefinition.newBuilder().setName(name);
    scheduling.ifPresent(group::setScheduling);
    var _ = admin.defineGroup(group.build(), DefineMode.DEFINE_MODE_CREATE);
  }
}
