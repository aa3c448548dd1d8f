package io.rivulet.engine.group;

/** Who may follow a lite topic within one group. */
public enum SubscriptionModel {
  /** Any number of clients; each batch goes to one of them. */
  SHARED,
  /** One client: the last to subscribe takes over. */
  EXCLUSIVE
}
