package io.rivulet.cluster.member;

import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.discover.RegistrationManager;
import org.apache.bookkeeper.meta.MetadataDrivers;
import org.apache.bookkeeper.meta.zk.ZKMetadataBookieDriver;

/**
 * BookKeeper's way to ZooKeeper, with {@link PatientRegistrations}. BookKeeper makes it by its
 * class; as safe for threads as the one it extends.
 */
public final class StorageDriver extends ZKMetadataBookieDriver {
  /** For BookKeeper only. */
  public StorageDriver() {}

  /** From now on it is used by all storage members in this process. */
  static void use() {
    MetadataDrivers.registerBookieDriver(SCHEME, StorageDriver.class, true);
  }

  @Override
  public synchronized RegistrationManager createRegistrationManager() {
    return new PatientRegistrations((ServerConfiguration) conf, zk);
  }
}
